/** A target: the gateway that an agent drives, be it another process that reads a file or this very one. */
import type { Manifest } from '../../lib/domain/reload.ts';

export type ApplyOutcome =
  | { readonly kind: 'applied' }
  /** One line that says why. */
  | { readonly kind: 'refused'; readonly reason: string };

export interface Target {
  /**
   * Makes the gateway run these bytes, which are verified; called with what runs already, it changes nothing. On a
   * refusal the gateway runs `good`, which was verified before; only where there is none, what it ran before.
   */
  apply(content: Uint8Array, manifest: Manifest, good?: Uint8Array): Promise<ApplyOutcome>;

  /** SHA-256 of what runs now; null when nothing does; undefined when it cannot say. */
  running(): Promise<string | null | undefined>;

  /**
   * SHA-256 of what the gateway would load if it started now, null when that is nothing. Only of a target that keeps it
   * where others can change it.
   */
  stored?(): Promise<string | null>;

  /** What is enforced can no longer be vouched for: the gateway is to refuse requests; or may serve again. */
  failClosed(closed: boolean): Promise<void>;

  /** Kinds in the running chain that are let through unenforced. */
  unenforced(): readonly string[];
}
