/** A verdict: what one delivery turned out to be. */

export type Verdict =
  /** Not authentic: answer 401. */
  | { readonly kind: 'refused'; readonly why: string }
  /** Cannot be used as it is: answer `code`. */
  | { readonly kind: 'malformed'; readonly why: string; readonly code: MalformedCode }
  /** Authentic, and nothing to do: a ping, a tag, a deleted branch, another event. Answer 2xx. */
  | Ignored
  | Push;

export type MalformedCode = 400 | 413 | 415;

export interface Ignored {
  readonly kind: 'ignored';
  readonly why: string;
  readonly deliveryId: string | null;
  readonly event: string | null;
}

/** Authentic, and at least one branch now points somewhere. `refs` names every ref in the delivery. */
export interface Push {
  readonly kind: 'push';
  /** As sent; unsigned, so a convenience for logs and never proof of anything. */
  readonly deliveryId: string | null;
  readonly refs: readonly PushedRef[];
  readonly repository: PushedRepository;
}

export interface PushedRef {
  /** Full: `refs/heads/main`, `refs/tags/v1`. */
  readonly ref: string;
  /** Null when the ref was created. */
  readonly before: string | null;
  /** Null when the ref was deleted. A hint: the branch may have moved on since. */
  readonly after: string | null;
}

export interface PushedRepository {
  /** The provider's own id, which survives renames; null when the payload names none. */
  readonly id: string | null;
  /** `owner/name`; null when the payload names none. */
  readonly name: string | null;
  /** Every web and clone address in the payload. */
  readonly urls: readonly string[];
}

/** Thrown while a delivery is read, caught in `readDelivery` only: it becomes a `malformed` verdict. */
export class Unusable extends Error {
  override readonly name = 'Unusable';
  readonly code: MalformedCode;

  constructor(why: string, code: MalformedCode = 400) {
    super(why);
    this.code = code;
  }
}
