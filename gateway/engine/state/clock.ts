/** The clock of the engine: what time it is, and how much of it has passed. */

export interface EngineClock {
  /** For days, which are UTC days. */
  now(): Date;
  /** Milliseconds since some moment. Never goes back, whatever is done to the time of the machine. */
  elapsed(): number;
}

export const systemClock: EngineClock = { now: () => new Date(), elapsed: () => performance.now() };
