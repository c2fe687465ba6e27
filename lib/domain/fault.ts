/** A fault: why something did not work, and whether time or a person can fix it. */

/** What kind of trouble a link is in; the values of `error.class` in the API. */
export const FAULT_CLASSES = [
  'auth',
  'not_found',
  'network',
  'rate_limited',
  'too_large',
  'parse',
  'validation',
  'unsupported',
] as const;
export type FaultClass = (typeof FAULT_CLASSES)[number];

/**
 * Thrown when a use case cannot go on. `advice` says what may help: the same call later (`retry`), or only
 * a change by a person (`give_up`). The message is shown to users and stored: it never holds a secret.
 */
export class Fault extends Error {
  override readonly name = 'Fault';
  readonly class: FaultClass;
  readonly advice: 'retry' | 'give_up';
  /** Seconds the other side asked us to wait (`Retry-After`), when it said so. */
  readonly retryAfter: number | null;

  constructor(
    faultClass: FaultClass,
    message: string,
    options: { advice?: 'retry' | 'give_up'; retryAfter?: number | null; cause?: unknown } = {},
  ) {
    super(message, options.cause === undefined ? {} : { cause: options.cause });
    this.class = faultClass;
    this.advice = options.advice ?? (RETRYABLE.has(faultClass) ? 'retry' : 'give_up');
    this.retryAfter = options.retryAfter ?? null;
  }
}

/** A row that is not as our code writes it: a person must look at it, and nothing else must wait for that. */
export class UnreadableRow extends Error {
  override readonly name = 'UnreadableRow';
}

const RETRYABLE: ReadonlySet<FaultClass> = new Set(['network', 'rate_limited']);
