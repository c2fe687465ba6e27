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
 * The `payload` field, which must be all there is: the content type is not signed, so a JSON body with `&payload=`
 * inside a commit message must not be readable as a form.
 *
 * Not by `URLSearchParams`: it takes minutes for 6 MB of `&a&a`, and Gitea's forms are read before they are believed.
 */
export function formPayload(body: Uint8Array): string {
  const text = decodeUtf8(body.map((byte) => (byte === PLUS ? SPACE : byte)));
  if (!text.startsWith(PAYLOAD) || text.includes('&')) {
    throw new Unusable('the form must hold one `payload` field');
  }
  try {
    return decodeURIComponent(text.slice(PAYLOAD.length));
  } catch {
    throw new Unusable('the form is not encoded as one');
  }
}

const PAYLOAD = 'payload=';
const PLUS = 0x2b;
const SPACE = 0x20;
