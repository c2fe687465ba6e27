/** Outcomes: how a stage ended, as values that a handler logs and acts on. */

export type ReceiveOutcome =
  | { readonly kind: 'queued'; readonly sources: number; readonly deliveryId: string | null }
  | { readonly kind: 'ignored'; readonly why: string }
  | { readonly kind: 'refused'; readonly why: string }
  | { readonly kind: 'malformed'; readonly why: string }
  | { readonly kind: 'unsupported media type'; readonly why: string }
  | { readonly kind: 'too large'; readonly why: string }
  | { readonly kind: 'unknown hook' };

export type SyncOutcome =
  /** Nothing to do: gone, answered by an earlier run, not due yet, or in the hands of another run. */
  | { readonly kind: 'skipped'; readonly why: string }
  /** A poll that found the branch where it was. */
  | { readonly kind: 'unchanged'; readonly tip: string }
  | {
      readonly kind: 'synced';
      readonly tip: string;
      readonly how: string;
      readonly published: number;
      readonly activated: number;
      readonly failed: number;
      /** Files for which the run had no time; the next one goes on with them. */
      readonly putOff?: number;
    }
  | { readonly kind: 'failed'; readonly class: string; readonly message: string }
  /** Another run took the source; this one wrote nothing more. */
  | { readonly kind: 'lost' };

export type FanOutOutcome =
  | { readonly kind: 'announced'; readonly sequence: number; readonly sent: number; readonly gone: number }
  | { readonly kind: 'continued'; readonly sequence: number; readonly sent: number; readonly gone: number }
  | { readonly kind: 'skipped'; readonly why: string };
