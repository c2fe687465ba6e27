/** The log: one JSON line per fact. */

export interface Log {
  /** `name` is `noun.verb` in the past (`webhook.received`). Never a secret, a header or a body. */
  fact(name: string, fields?: Readonly<Record<string, unknown>>): void;
}

/**
 * Lambda's own `console.log` puts a time and a request id before the text, which metric filters on JSON do not
 * see through; what is written straight to standard output becomes a log event as it is.
 */
export const standardOutput = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

/** Writes each fact to `out`, as one line. */
export function jsonLog(out: (line: string) => void, base: Readonly<Record<string, unknown>> = {}): Log {
  return {
    fact: (name, fields = {}) =>
      out(JSON.stringify({ at: new Date().toISOString(), fact: name, ...base, ...fields })),
  };
}
