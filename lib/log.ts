/** The log: one JSON line per fact. */

export interface Log {
  /** `name` is `noun.verb` in the past (`webhook.received`). Never a secret, a header or a body. */
  fact(name: string, fields?: Readonly<Record<string, unknown>>): void;
}

/** Writes to `out` (standard output on Lambda, where CloudWatch keeps each line as an event). */
export function jsonLog(out: (line: string) => void, base: Readonly<Record<string, unknown>> = {}): Log {
  return {
    fact: (name, fields = {}) =>
      out(JSON.stringify({ at: new Date().toISOString(), fact: name, ...base, ...fields })),
  };
}

export const silentLog: Log = { fact: () => {} };
