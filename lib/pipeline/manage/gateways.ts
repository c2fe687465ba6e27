/** Manage gateways: register one with its queue and its token, bind it, delete it. */
import { newEvent } from '../../domain/event.ts';
import type { Gateway } from '../../domain/gateway.ts';
import { randomId } from '../../domain/ids.ts';
import type { Announcement } from '../../domain/reload.ts';
import { newSecret, type Token } from '../../domain/token.ts';
import type { Log } from '../../log.ts';
import type { Clock, Configurations, Events, Gateways, QueueKeeper, ReloadQueues } from '../../ports.ts';
import type { Caller } from '../activate.ts';

export interface GatewayPorts {
  readonly gateways: Gateways;
  readonly queues: QueueKeeper;
  readonly gatewayQueuePrefix: string;
  readonly clock: Clock;
}

/** What it takes to tell one gateway what to run. */
export interface TellPorts {
  readonly configurations: Pick<Configurations, 'find'>;
  readonly reloads: Pick<ReloadQueues, 'send'>;
}

export interface GatewayWish {
  readonly team: string;
  readonly name: string;
  readonly configurationId: string | null;
  readonly publicKey: string | null;
  readonly labels: Readonly<Record<string, string>>;
}

export interface Registered {
  readonly gateway: Gateway;
  /** Given once. */
  readonly token: string;
  readonly queueUrl: string;
}

/** The queue comes first: a gateway without one would miss reloads, a queue without a gateway costs nothing. */
export async function registerGateway(
  wish: GatewayWish,
  caller: Caller,
  ports: GatewayPorts,
): Promise<Registered> {
  const now = ports.clock.now();
  const id = randomId('gw');
  const queueName = ports.gatewayQueuePrefix + id;
  const secret = newSecret();
  const gateway: Gateway = {
    ...wish,
    id,
    queueName,
    tokenId: secret.id,
    boundAt: now.toISOString(),
    createdAt: now.toISOString(),
  };
  const token: Token = {
    id: secret.id,
    name: `gateway ${wish.name}`,
    hash: secret.hash,
    role: null,
    permissions: [],
    team: wish.team,
    gatewayId: id,
    createdAt: now.toISOString(),
    createdBy: caller.actor,
    expiresAt: null,
  };
  const queueUrl = await ports.queues.create(queueName);
  const event = gatewayEvent('gateway.registered', gateway, caller, now, { name: wish.name });
  if (!(await ports.gateways.create(gateway, token, event)))
    throw new Error(`gateway id ${id} came up twice`);
  return { gateway, token: secret.text, queueUrl };
}

export async function updateGateway(
  before: Gateway,
  patch: {
    name?: string | undefined;
    configurationId?: string | null | undefined;
    publicKey?: string | null | undefined;
    labels?: Readonly<Record<string, string>> | undefined;
  },
  caller: Caller,
  ports: Pick<GatewayPorts, 'gateways' | 'clock'> & TellPorts & { readonly log: Log },
): Promise<Gateway | 'conflict'> {
  const now = ports.clock.now();
  const rebound = patch.configurationId !== undefined && patch.configurationId !== before.configurationId;
  const after: Gateway = {
    ...before,
    boundAt: rebound ? now.toISOString() : before.boundAt,
    name: patch.name ?? before.name,
    configurationId: patch.configurationId === undefined ? before.configurationId : patch.configurationId,
    publicKey: patch.publicKey === undefined ? before.publicKey : patch.publicKey,
    labels: patch.labels ?? before.labels,
  };
  const changed = Object.entries(patch).flatMap(([name, value]) => (value === undefined ? [] : [name]));
  const event = gatewayEvent('gateway.updated', after, caller, now, { changed });
  if (!(await ports.gateways.update(before, after, event))) return 'conflict';
  // After the binding: a fan-out that came too early to see it has recorded by now what it announced.
  if (after.configurationId !== before.configurationId) await tell(after, ports);
  return after;
}

export type ResendOutcome =
  | { readonly kind: 'sent'; readonly sequence: number }
  | { readonly kind: 'not bound' }
  | { readonly kind: 'not announced' }
  | { readonly kind: 'queue gone' };

/** Sends what was announced last once more. A gateway that runs it already ignores it. */
export async function resendReload(
  gateway: Gateway,
  caller: Caller,
  ports: TellPorts & { readonly events: Pick<Events, 'record'>; readonly clock: Clock },
): Promise<ResendOutcome> {
  const announced = await announcedTo(gateway, ports);
  if (typeof announced === 'string') return { kind: announced };
  const { sequence } = announced.manifest;
  // First, so that nothing is sent that the audit log does not tell of.
  await ports.events.record(
    gatewayEvent('gateway.reload_requested', gateway, caller, ports.clock.now(), { sequence }),
  );
  const result = await ports.reloads.send(gateway.queueName, { type: 'reload', ...announced });
  return result === 'gone' ? { kind: 'queue gone' } : { kind: 'sent', sequence };
}

async function announcedTo(
  { configurationId }: Gateway,
  { configurations }: TellPorts,
): Promise<Announcement | 'not bound' | 'not announced'> {
  const configuration = configurationId === null ? null : await configurations.find(configurationId);
  if (!configuration || configuration.deletedAt !== null) return 'not bound';
  return configuration.announced ?? 'not announced';
}

/** Best effort: a gateway that was not told finds out when it next asks. */
async function tell(gateway: Gateway, ports: TellPorts & { readonly log: Log }): Promise<void> {
  try {
    const announced = await announcedTo(gateway, ports);
    if (typeof announced === 'string') return;
    await ports.reloads.send(gateway.queueName, { type: 'reload', ...announced });
  } catch {
    ports.log.fact('reload.not_sent', { gateway: gateway.id });
  }
}

/** The row goes first: nothing is sent to a gateway that is not there, and a queue left over costs nothing. */
export async function removeGateway(gateway: Gateway, caller: Caller, ports: GatewayPorts): Promise<boolean> {
  for (let now: Gateway | null = gateway, attempt = 0; now && attempt < REMOVE_RETRIES; attempt++) {
    const event = gatewayEvent('gateway.deleted', now, caller, ports.clock.now(), { name: now.name });
    if (await ports.gateways.remove(now, event)) {
      await ports.queues.remove(now.queueName);
      return true;
    }
    now = await ports.gateways.find(gateway.id);
  }
  return false;
}

/** It may be changed as it is removed. */
const REMOVE_RETRIES = 5;

function gatewayEvent(
  type: 'gateway.registered' | 'gateway.updated' | 'gateway.deleted' | 'gateway.reload_requested',
  { id, team, configurationId }: Gateway,
  { actor, requestId }: Caller,
  now: Date,
  detail: Readonly<Record<string, unknown>>,
) {
  const about = configurationId ? { configurationId } : {};
  return newEvent(now, { type, actor, requestId, team, gatewayId: id, ...about, detail });
}
