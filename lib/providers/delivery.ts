/** A delivery: one webhook request as received, and the limits it must keep. */

export interface Delivery {
  /** Names in lower case, as HTTP APIs hand them over. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** Exactly the bytes that were sent: signatures are over these. */
  readonly body: Uint8Array;
}

/** What a synchronous Lambda event can hold; larger deliveries are refused before they are hashed. */
export const MAX_DELIVERY_BYTES = 6 * 1024 * 1024;

/** The header's value, or an empty string: no check here tells an absent header from an empty one. */
export function header(delivery: Delivery, name: string): string {
  const value = delivery.headers[name];
  return typeof value === 'string' ? value : '';
}

/**
 * A header's value when it is a short, harmless token, else null. Delivery ids and event names are sent
 * unsigned and end in logs and rows, so nothing else may pass.
 */
export function token(delivery: Delivery, ...names: readonly string[]): string | null {
  for (const name of names) {
    const value = header(delivery, name);
    if (/^[\w{][\w {}.:-]{0,127}$/.test(value)) return value;
  }
  return null;
}

/** The media type in lower case, without parameters; empty when none was sent. */
export function mediaType(delivery: Delivery): string {
  return (header(delivery, 'content-type').split(';', 1)[0] ?? '').trim().toLowerCase();
}
