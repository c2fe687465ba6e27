/** Manage gateways: register one with its queue and its token, bind it, delete it. */
import { newEvent } from '../../domain/event.ts';
import type { Gateway } from '../../domain/gateway.ts';
import { randomId } from '../../domain/ids.ts';
import { newSecret, type Token } from '../../domain/token.ts';
import type { Clock, Gateways, QueueKeeper } from '../../ports.ts';
import type { Caller } from '../activate.ts';

export interface GatewayPorts {
  readonly gateways: Gateways;
  readonly queues: QueueKeeper;
  readonly gatewayQueuePrefix: string;
  readonly clock: Clock;
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
  const gateway: Gateway = { ...wish, id, queueName, tokenId: secret.id, createdAt: now.toISOString() };
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
  ports: GatewayPorts,
): Promise<Gateway | 'conflict'> {
  const after: Gateway = {
    ...before,
    name: patch.name ?? before.name,
    configurationId: patch.configurationId === undefined ? before.configurationId : patch.configurationId,
    publicKey: patch.publicKey === undefined ? before.publicKey : patch.publicKey,
    labels: patch.labels ?? before.labels,
  };
  const changed = Object.entries(patch).flatMap(([name, value]) => (value === undefined ? [] : [name]));
  const event = gatewayEvent('gateway.updated', after, caller, ports.clock.now(), { changed });
  return (await ports.gateways.update(before, after, event)) ? after : 'conflict';
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
  type: 'gateway.registered' | 'gateway.updated' | 'gateway.deleted',
  { id, team, configurationId }: Gateway,
  { actor, requestId }: Caller,
  now: Date,
  detail: Readonly<Record<string, unknown>>,
) {
  const about = configurationId ? { configurationId } : {};
  return newEvent(now, { type, actor, requestId, team, gatewayId: id, ...about, detail });
}
