/** The JSON text of a delivery, whichever way it was wrapped. */
import { type Delivery, mediaType } from './delivery.ts';
import { decodeUtf8 } from './json.ts';
import { Unusable } from './verdict.ts';

const FORM = 'application/x-www-form-urlencoded';

export function isForm(delivery: Delivery): boolean {
  return mediaType(delivery) === FORM;
}

export function jsonText(delivery: Delivery): string {
  if (mediaType(delivery) === 'application/json') return decodeUtf8(delivery.body);
  throw new Unusable('the hook must send `application/json`', 415);
}

/** Also takes a form with a `payload` field, which GitHub and Gitea can be set to send. */
export function jsonOrFormText(delivery: Delivery): string {
  return isForm(delivery) ? formPayload(delivery.body) : jsonText(delivery);
}

/**
 * The `payload` field. It must come first and be the only one: the content type is not signed, so a JSON
 * body with `&payload=` inside a commit message must not be readable as a form.
 */
export function formPayload(body: Uint8Array): string {
  const text = decodeUtf8(body);
  const fields = new URLSearchParams(text).getAll('payload');
  const [payload] = fields;
  if (!text.startsWith('payload=') || payload === undefined || fields.length > 1) {
    throw new Unusable('the form must hold one `payload` field');
  }
  return payload;
}
