/** GitLab deliveries: the plain token, and the signed scheme (Standard Webhooks). */
import { jsonText } from './content.ts';
import { type Delivery, header, token } from './delivery.ts';
import { isObject } from './json.ts';
import { field, idField, pushedRef, textFields } from './payload.ts';
import type { DeliveryReader } from './provider.ts';
import { hmacSha256, sameSecret } from './same-secret.ts';
import { Unusable } from './verdict.ts';

const SIGNING_TOKEN = /^whsec_((?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?)$/;

/** Standard Webhooks asks for 24 to 64 bytes. */
const MIN_KEY_BYTES = 24;
const TOLERANCE_SECONDS = 5 * 60;
const MAX_SIGNATURES = 16;

export const gitlab: DeliveryReader = {
  /**
   * Once a signing token is live, only signatures count: GitLab sends a static token alongside when one is
   * set, and whoever learned that one could simply leave the signature out.
   */
  verify(delivery, secrets, now) {
    const signing = secrets.filter((secret) => secret.startsWith('whsec_'));
    if (signing.length > 0) return isSigned(delivery, signing, now);
    const given = header(delivery, 'x-gitlab-token');
    return given !== '' && secrets.some((secret) => sameSecret(secret, given));
  },
  deliveryId: (delivery) => token(delivery, 'webhook-id', 'idempotency-key', 'x-gitlab-event-uuid'),
  event: (delivery) => token(delivery, 'x-gitlab-event'),
  pushEvent: 'Push Hook',
  payload: jsonText,
  push(payload) {
    // A custom payload template may leave anything out; the project's own id is enough.
    const project = field(payload, 'project') ?? {};
    if (!isObject(project)) throw new Unusable('`project` is not an object');
    return {
      refs: [pushedRef(payload)],
      repository: {
        id: idField(payload, 'project_id') ?? idField(project, 'id'),
        name: idField(project, 'path_with_namespace'),
        urls: textFields(project, ['web_url', 'git_http_url', 'git_ssh_url']),
      },
    };
  },
};

/** https://github.com/standard-webhooks/standard-webhooks: `{id}.{timestamp}.{body}`, any of several signatures. */
function isSigned(delivery: Delivery, secrets: readonly string[], now: Date): boolean {
  const id = header(delivery, 'webhook-id');
  const timestamp = header(delivery, 'webhook-timestamp');
  // No dots in either: where one part ends must not be open to interpretation.
  if (!/^[\w-]{1,128}$/.test(id) || !/^\d{1,12}$/.test(timestamp)) return false;
  if (Math.abs(now.getTime() / 1000 - Number(timestamp)) > TOLERANCE_SECONDS) return false;
  const given = header(delivery, 'webhook-signature')
    .split(' ', MAX_SIGNATURES)
    .filter((signature) => /^v1,[A-Za-z0-9+/]{43}=$/.test(signature));
  return secrets.some((secret) => {
    const key = signingKey(secret);
    if (!key) return false;
    const expected = `v1,${hmacSha256(key, 'base64', `${id}.${timestamp}.`, delivery.body)}`;
    return given.some((signature) => sameSecret(expected, signature));
  });
}

/** Whether a secret has the form of a signing token, and so must be a good one. */
export function isBadSigningToken(secret: string): boolean {
  return secret.startsWith('whsec_') && signingKey(secret) === null;
}

function signingKey(secret: string): Uint8Array | null {
  const key = Buffer.from(SIGNING_TOKEN.exec(secret)?.[1] ?? '', 'base64');
  return key.length >= MIN_KEY_BYTES ? key : null;
}
