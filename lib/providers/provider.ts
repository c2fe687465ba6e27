/** What each git host's file provides: is this delivery authentic, and what does it say? */
import type { Delivery } from './delivery.ts';
import type { JsonObject } from './json.ts';
import type { PushedRef, PushedRepository } from './verdict.ts';

export interface DeliveryReader {
  /**
   * Whether one of the secrets vouches for the bytes as sent. The secrets are not empty.
   * Throws `Unusable` for bytes that cannot be checked at all.
   */
  verify(delivery: Delivery, secrets: readonly string[], now: Date): boolean | Promise<boolean>;
  deliveryId(delivery: Delivery): string | null;
  /** The event's name as the host calls it; null when absent or not a name. */
  event(delivery: Delivery): string | null;
  readonly pushEvent: string;
  /** The JSON text of the payload. Throws `Unusable` for content types that the host does not send. */
  payload(delivery: Delivery): string;
  /** Throws `Unusable` for payloads the host would not send. */
  push(payload: JsonObject): { refs: readonly PushedRef[]; repository: PushedRepository };
}
