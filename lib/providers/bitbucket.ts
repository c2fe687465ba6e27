/** Bitbucket Cloud deliveries. https://support.atlassian.com/bitbucket-cloud/docs/event-payloads/ */
import { jsonText } from './content.ts';
import { header, token } from './delivery.ts';
import { isObject, type JsonObject } from './json.ts';
import { commitId, field, idField, MAX_REFS, objectField, refName, textField } from './payload.ts';
import type { DeliveryReader } from './provider.ts';
import { hmacSha256, sameSecret } from './same-secret.ts';
import { type PushedRef, Unusable } from './verdict.ts';

const PREFIX: Readonly<Record<string, string>> = { branch: 'refs/heads/', tag: 'refs/tags/' };

export const bitbucket: DeliveryReader = {
  verify(delivery, secrets) {
    const signature = header(delivery, 'x-hub-signature');
    if (!/^sha256=[0-9a-f]{64}$/.test(signature)) return false;
    return secrets.some((secret) =>
      sameSecret(`sha256=${hmacSha256(secret, 'hex', delivery.body)}`, signature),
    );
  },
  deliveryId: (delivery) => token(delivery, 'x-request-uuid'),
  event: (delivery) => token(delivery, 'x-event-key'),
  pushEvent: 'repo:push',
  payload: jsonText,
  /** One push may move several refs; Argo CD reads only the first and misses the rest. */
  push(payload) {
    const changes = field(objectField(payload, 'push'), 'changes');
    if (!Array.isArray(changes)) throw new Unusable('`push.changes` is not a list');
    if (changes.length > MAX_REFS) throw new Unusable(`\`push.changes\` holds more than ${MAX_REFS} refs`);
    const repository = objectField(payload, 'repository');
    return {
      refs: changes.map(changedRef).filter((ref) => ref !== null),
      repository: {
        id: idField(repository, 'uuid'),
        name: idField(repository, 'full_name'),
        urls: htmlLink(repository),
      },
    };
  },
};

/** Null when neither side is a branch or a tag (Mercurial bookmarks, once). */
function changedRef(change: unknown): PushedRef | null {
  if (!isObject(change)) throw new Unusable('an entry of `push.changes` is not an object');
  const [before, after] = [side(change, 'old'), side(change, 'new')];
  const named = after ?? before;
  if (!named) throw new Unusable('an entry of `push.changes` has neither `new` nor `old`');
  const prefix = PREFIX[textField(named, 'type')];
  if (prefix === undefined) return null;
  return { ref: refName(prefix + textField(named, 'name')), before: target(before), after: target(after) };
}

/** `new` is null when the ref was deleted, `old` when it was created. */
function side(change: JsonObject, name: 'old' | 'new'): JsonObject | null {
  const value = field(change, name) ?? null;
  if (value === null || isObject(value)) return value;
  throw new Unusable(`\`${name}\` in \`push.changes\` is not an object`);
}

function target(of: JsonObject | null): string | null {
  return of && commitId(textField(objectField(of, 'target'), 'hash'), 'hash');
}

function htmlLink(repository: JsonObject): string[] {
  const links = field(repository, 'links');
  const html = isObject(links) ? field(links, 'html') : null;
  const href = isObject(html) ? field(html, 'href') : null;
  return typeof href === 'string' && href !== '' ? [href] : [];
}
