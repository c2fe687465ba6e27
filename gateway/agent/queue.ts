/** The queue of a gateway, in which it is told that there is something new to run. */
import type { Lent } from './api.ts';

export interface QueueMessage {
  readonly body: string;
  readonly handle: string;
}

export interface Queue {
  /** Waits for up to 20 seconds; throws a `QueueTrouble`. */
  receive(signal: AbortSignal): Promise<readonly QueueMessage[]>;
  remove(handle: string): Promise<void>;
  close(): void;
}

export type OpenQueue = (lent: Lent) => Promise<Queue>;

export class QueueTrouble extends Error {
  override readonly name = 'QueueTrouble';
  /** `credentials`: others may be taken. `gone`: there is no such queue. */
  readonly kind: 'credentials' | 'gone' | 'other';

  constructor(kind: QueueTrouble['kind'], message: string) {
    super(message);
    this.kind = kind;
  }
}
