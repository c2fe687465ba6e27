/** A failure of an upstream: what went wrong, and what may be told to the client. */

export type FailureKind =
  | 'rate_limit'
  | 'server_error'
  | 'timeout'
  /** The request itself is not to its liking: another would say the same. */
  | 'rejected'
  /** The client has gone. */
  | 'aborted';

/** Thrown while talking to an upstream, and turned into an answer by whoever asked. */
export class UpstreamFailure extends Error {
  override readonly name: string = 'UpstreamFailure';
  readonly kind: FailureKind;
  /** Of its answer; null when there was none. */
  readonly status: number | null;
  readonly retryAfterSeconds: number | null;
  /** The provider was at work on it, and nobody knows what that came to. */
  readonly mayHaveCost: boolean;

  /** `message` is shown to the client: it says nothing of keys and addresses. */
  constructor(
    kind: FailureKind,
    message: string,
    {
      status = null,
      retryAfterSeconds = null,
      mayHaveCost = false,
    }: { status?: number | null; retryAfterSeconds?: number | null; mayHaveCost?: boolean } = {},
  ) {
    super(message);
    this.kind = kind;
    this.status = status;
    this.retryAfterSeconds = retryAfterSeconds;
    this.mayHaveCost = mayHaveCost;
  }

  /** The same, of a provider that had begun to answer. */
  afterBeginning(): UpstreamFailure {
    const { kind, message, status, retryAfterSeconds, cause } = this;
    const failure = new UpstreamFailure(kind, message, { status, retryAfterSeconds, mayHaveCost: true });
    failure.cause = cause;
    return failure;
  }
}
