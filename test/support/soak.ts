/** Soak: how often a test does what it does, from which seed, and what it counted. */
import { appendFileSync } from 'node:fs';
import { inject } from 'vitest';

declare module 'vitest' {
  interface ProvidedContext {
    /** Full counts instead of those that `npm test` has time for. */
    readonly soak: boolean;
    /** `SEED=…`: one for everything, to see a failure again; null for the test's own. */
    readonly seed: string | null;
    /** The file that tallies are appended to, a JSON line each; null keeps none. */
    readonly tallies: string | null;
  }
}

/** `few` in `npm test`, `full` in `npm run test:soak`. */
export function times(few: number, full: number): number {
  return inject('soak') ? full : few;
}

/** The seed of a part: its own, so that a run says something about the change and not about luck, unless one is given. */
export function seedOf(own: number): number {
  const given = inject('seed');
  return given === null ? own : Number(given);
}

/** Keeps what a part counted, for the table in `docs/proof.md`. `part` is its name there. */
export function tally(part: string, counts: Readonly<Record<string, number | string>>): void {
  const file = inject('tallies');
  if (file !== null) appendFileSync(file, `${JSON.stringify({ part, ...counts })}\n`);
}
