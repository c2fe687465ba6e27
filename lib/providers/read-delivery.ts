/** Read a delivery: is it authentic, and which refs does it say were pushed? */
import type { HookProvider } from '../domain/provider.ts';
import { bitbucket } from './bitbucket.ts';
import { type Delivery, MAX_DELIVERY_BYTES } from './delivery.ts';
import { gitea } from './gitea.ts';
import { github } from './github.ts';
import { gitlab } from './gitlab.ts';
import { parseObject } from './json.ts';
import type { DeliveryReader } from './provider.ts';
import { type PushedRef, Unusable, type Verdict } from './verdict.ts';

const READERS = { github, gitlab, bitbucket, gitea } as const satisfies Record<HookProvider, DeliveryReader>;

/**
 * The provider is the hook's, never guessed from headers: Gitea sends GitHub's too. `secrets` are all that
 * are live now, two during a rotation; blank ones do not count, and with none left nothing gets in.
 * `why` is fit to be shown and logged: it repeats nothing that was sent.
 */
export async function readDelivery(
  provider: HookProvider,
  delivery: Delivery,
  secrets: readonly string[],
  now: Date,
): Promise<Verdict> {
  try {
    return await read(READERS[provider], delivery, secrets, now);
  } catch (error) {
    if (!(error instanceof Unusable)) throw error;
    return { kind: 'malformed', why: error.message, code: error.code };
  }
}

async function read(
  reader: DeliveryReader,
  delivery: Delivery,
  secrets: readonly string[],
  now: Date,
): Promise<Verdict> {
  if (delivery.body.length > MAX_DELIVERY_BYTES) throw new Unusable('the delivery is too large', 413);
  const live = secrets.filter((secret) => secret.trim() !== '');
  if (live.length === 0) return { kind: 'refused', why: 'the hook has no secret' };
  if (!(await reader.verify(delivery, live, now)))
    return { kind: 'refused', why: 'the signature is not valid' };

  const told = { deliveryId: reader.deliveryId(delivery), event: reader.event(delivery) };
  if (told.event !== reader.pushEvent) return { kind: 'ignored', why: 'not a push to a branch', ...told };
  const { refs, repository } = reader.push(parseObject(reader.payload(delivery)));
  if (!refs.some(isLiveBranch)) return { kind: 'ignored', why: whyNothing(refs), ...told };
  return { kind: 'push', deliveryId: told.deliveryId, refs, repository };
}

function isLiveBranch({ ref, after }: PushedRef): boolean {
  return isBranch(ref) && after !== null;
}

function isBranch(ref: string): boolean {
  return ref.startsWith('refs/heads/') && ref.length > 'refs/heads/'.length;
}

function whyNothing(refs: readonly PushedRef[]): string {
  if (refs.length === 0) return 'no ref was pushed';
  return refs.some(({ ref }) => isBranch(ref)) ? 'the branch was deleted' : 'not a branch';
}
