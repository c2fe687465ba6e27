/** A hold: keeps Active against git until a stated time, with a reason and an actor. */

export const HOLD_MINUTES = { least: 1, most: 30 * 24 * 60 } as const;

export interface Hold {
  readonly until: string;
  readonly reason: string;
  readonly actor: string;
  readonly at: string;
}

export function holdStands(hold: Hold, now: Date): boolean {
  return Date.parse(hold.until) > now.getTime();
}
