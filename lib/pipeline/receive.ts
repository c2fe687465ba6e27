/** Receive: turn an authentic delivery into hints to look, and nothing more. */
import { type Hook, liveSecrets } from '../domain/hook.ts';
import type { ReceiveOutcome } from '../domain/outcome.ts';
import { Unopenable } from '../domain/sealed.ts';
import type { Clock, Hooks, Opener, Sources, SyncQueue } from '../ports.ts';
import { type Delivery, MAX_DELIVERY_BYTES } from '../providers/delivery.ts';
import { readDelivery } from '../providers/read-delivery.ts';
import type { MalformedCode, Push } from '../providers/verdict.ts';

export interface ReceivePorts {
  readonly hooks: Hooks;
  readonly sources: Sources;
  readonly syncQueue: SyncQueue;
  readonly opener: Opener;
  readonly clock: Clock;
}

const BRANCH = 'refs/heads/';

const MALFORMED = {
  400: 'malformed',
  413: 'too large',
  415: 'unsupported media type',
} as const satisfies Record<MalformedCode, ReceiveOutcome['kind']>;

/**
 * The provider is the hook's, never what the headers say. A push of several refs hints every source that reads
 * one of them. Replays cost a look-up: nothing in the payload is believed but which branch to look at.
 */
export async function receive(
  hookId: string,
  delivery: Delivery,
  ports: ReceivePorts,
): Promise<ReceiveOutcome> {
  if (delivery.body.length > MAX_DELIVERY_BYTES) {
    return { kind: 'too large', why: `a delivery may have at most ${MAX_DELIVERY_BYTES} bytes` };
  }
  const hook = await ports.hooks.find(hookId);
  if (!hook) return { kind: 'unknown hook' };
  const now = ports.clock.now();
  const secrets = await openSecrets(hook, now, ports);
  const verdict = await readDelivery(hook.provider, delivery, secrets, now);
  if (verdict.kind === 'malformed') return { kind: MALFORMED[verdict.code], why: verdict.why };
  if (verdict.kind !== 'push') return { kind: verdict.kind, why: verdict.why };
  const repository = verdict.repository.id;
  if (repository !== null && repository !== hook.repositoryId) {
    const known = await ports.hooks.learnRepository(hook.id, repository);
    if (known !== repository) return { kind: 'ignored', why: 'the delivery is about another repository' };
  }
  return hint(hookId, verdict, now, ports);
}

/** One that will never open again is no secret: a delivery that no other verifies is refused. */
async function openSecrets(hook: Hook, now: Date, { opener }: ReceivePorts): Promise<readonly string[]> {
  const opened = liveSecrets(hook, now).map(async ({ id, sealed }) => {
    try {
      return [await opener.open({ purpose: 'hook-secret', hook: hook.id, secret: id }, sealed)];
    } catch (error) {
      if (error instanceof Unopenable) return [];
      throw error;
    }
  });
  return (await Promise.all(opened)).flat();
}

async function hint(hookId: string, push: Push, now: Date, ports: ReceivePorts): Promise<ReceiveOutcome> {
  const commits = new Map<string, string | null>();
  const branches = new Map(
    push.refs.flatMap(({ ref, after }) =>
      ref.startsWith(BRANCH) ? [[ref.slice(BRANCH.length), after] as const] : [],
    ),
  );
  // Side by side: a delivery may name a thousand, and its sender does not wait.
  const found = [...branches].map(async ([branch, after]) => {
    for (const id of await ports.hooks.sourcesOf(hookId, branch)) commits.set(id, after);
  });
  await Promise.all(found);
  if (commits.size === 0) return { kind: 'ignored', why: 'no link tracks a branch in this push' };
  // The mark comes first: if sending fails, the poller finds the source wanting.
  const messages = await Promise.all(
    [...commits].map(async ([source, commit]) => {
      const wanted = (await ports.sources.hint(source, now))?.wanted;
      return { message: { source, why: 'hint' as const, commit, attempt: 0, wanted }, delaySeconds: 0 };
    }),
  );
  await ports.syncQueue.send(messages);
  return { kind: 'queued', sources: commits.size, deliveryId: push.deliveryId };
}
