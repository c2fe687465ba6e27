/** The bounds of one evaluation. What goes beyond them is not looked at in part: it is blocked. */

/** UTF-16 units, over everything in the request and the answer. */
export const MAX_TEXT_UNITS = 200_000;
/** Instructions of a compiled pattern times the text it looks at: one takes up to 35 ns, so at most about 1.5 s. */
const MAX_STEPS = 40_000_000;
/** In one text, of one kind. */
export const MAX_MATCHES = 1000;

/** Thrown within the engine, and never out of it. */
export class BoundExceeded extends Error {
  override readonly name: string = 'BoundExceeded';
}

export class Budget {
  #left = MAX_STEPS;

  spend(steps: number): void {
    this.#left -= steps;
    if (this.#left < 0) throw new BoundExceeded('the work for one request');
  }
}
