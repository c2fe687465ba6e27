/** Flows: everything that happens again and again, done once by the real adapters, and what it used. */
import { createHash } from 'node:crypto';
import { apiApp } from '../../lib/api/app.ts';
import type { ReadRequest, Repository } from '../../lib/domain/git.ts';
import { registerGateway } from '../../lib/pipeline/manage/gateways.ts';
import { poll } from '../../lib/pipeline/poll.ts';
import { receive } from '../../lib/pipeline/receive.ts';
import { signedDelivery } from '../../test/support/deliveries.ts';
import { memoryWorld } from '../../test/support/memory-world.ts';
import { policy } from '../../test/support/policy.ts';
import { applied, signingGateway } from '../../test/support/signing-gateway.ts';
import { CALLER } from '../../test/support/world-of.ts';
import { metered, nothing, type Use } from './meter.ts';
import type { Role } from './prices.ts';

export interface Flow extends Use {
  readonly what: string;
  /** The function that does it. */
  readonly role: Role;
  /** Bytes of the lines that we log. */
  readonly logged: number;
  /** Bytes that leave AWS by the API. */
  readonly sent: number;
}

export type Flows = Awaited<ReturnType<typeof measureFlows>>;

const REPOSITORY = 'https://github.com/acme/policies.git';
const FILE = 'policies/payments.yaml';
const ID = 'payments';
/** What is kept of secrets that were opened is forgotten in between, as in a function that rested. */
const LATER_MS = 10 * 60_000;

export async function measureFlows() {
  const world = await memoryWorld();
  const { ports, below, time, git } = world;
  const repository = git.at(REPOSITORY);
  let use = nothing();
  metered({ dynamodb: below.table.client, kms: below.kms, sqs: below.sqs }, () => use);
  const { resolve, read } = ports.git;
  Object.assign(ports, {
    git: {
      ...ports.git,
      resolve: (of: Repository, branch: string) => {
        use.git++;
        return resolve(of, branch);
      },
      read: (request: ReadRequest) => {
        use.git++;
        return read(request);
      },
    },
  });
  const app = apiApp({
    ...ports,
    queueAccess: {
      lend: async () => ({
        region: 'us-east-1',
        endpoint: null,
        ...LENT,
        expiresAt: new Date(time.at + 3_600_000).toISOString(),
      }),
    },
    settings: { publicUrl: 'https://kt.example', gatewayQueuePrefix: 'kt-gw-', gitAllowedNetworks: [] },
    ready: async () => {},
  } as never);

  async function flow(what: string, role: Role, work: () => Promise<number>): Promise<Flow> {
    time.at += LATER_MS;
    world.facts.length = 0;
    use = nothing();
    const sent = await work();
    const logged = world.facts.reduce((sum, { name, fields }) => sum + lineOf(name, fields).length, 0);
    return { what, role, ...use, logged, sent };
  }

  async function ask(method: string, path: string, token: string, body?: object, etag?: string) {
    const response = await app.request(path, {
      method,
      headers: {
        authorization: `Bearer ${token}`,
        ...(body ? { 'content-type': 'application/json' } : {}),
        ...(etag ? { 'if-none-match': etag } : {}),
      },
      ...(body ? { body: JSON.stringify(body) } : {}),
    });
    const text = await response.text();
    if (response.status >= 400) throw new Error(`${method} ${path}: ${response.status} ${text}`);
    return {
      bytes: text.length,
      etag: response.headers.get('etag') ?? '',
      json: text ? JSON.parse(text) : null,
    };
  }

  repository.commit({ [FILE]: policy({ id: ID }) });
  const linked = await world.link(REPOSITORY, { provider: 'github', path: FILE, accessToken: 'ghp_cost' });
  await world.deliver();
  const key = signingGateway();
  const wish = { team: 'default', configurationId: ID, publicKey: key.pem, labels: {} };
  const first = await registerGateway({ ...wish, name: 'one' }, CALLER, ports);
  const path = `/v1/gateways/${first.gateway.id}`;
  const { json: told, etag } = await ask('GET', `${path}/configuration`, first.token);
  const running = { content_hash: told.manifest.content_hash, sequence: told.manifest.sequence };
  await ask('POST', `${path}/heartbeat`, first.token, running);

  const tick = await flow('a tick of the poller, nothing due', 'poll', async () => {
    await world.ports.sources.looked(await sourceNow(), {
      at: new Date(time.at),
      // Behind what a tick plans for, and no later than its interval puts it.
      dueAt: new Date(time.at + 90_000).toISOString(),
    });
    use = nothing();
    await poll(ports);
    return 0;
  });
  world.hints.length = 0;

  const look = await flow('a look at a source, nothing new', 'sync', async () => {
    const source = linked.link.sourceId;
    await ports.syncQueue.send([
      { message: { source, why: 'poll', commit: null, attempt: 0 }, delaySeconds: 0 },
    ]);
    await world.deliver();
    return 0;
  });

  let limit = 1;
  const change = () =>
    repository.commit({ [FILE]: policy({ id: ID, limit: ++limit, version: `1.0.${limit}` }) });
  const deliver = async () => {
    const after = change();
    const delivery = signedDelivery('github', linked.secret ?? '', { after, repositoryUrl: REPOSITORY });
    const outcome = await receive(linked.hook?.id ?? '', delivery, ports);
    if (outcome.kind !== 'queued') throw new Error(`the delivery was ${outcome.kind}`);
    return 0;
  };
  const webhook = await flow('a push: webhook', 'webhook', deliver);
  const sync = await flow('a push: sync, one file changed', 'sync', async () => {
    await onlyHints();
    return 0;
  });
  const fanOut = await flow('a push: fan-out to 1 gateway', 'fanOut', async () => {
    await world.deliver();
    return 0;
  });
  for (let index = 0; index < 99; index++)
    await registerGateway({ ...wish, name: `more ${index}` }, CALLER, ports);
  await deliver();
  await onlyHints();
  const fanOutToMany = await flow('a push: fan-out to 100 gateways', 'fanOut', async () => {
    await world.deliver();
    return 0;
  });

  const fetched = await flow(
    'a gateway: the new document',
    'api',
    async () => (await ask('GET', `${path}/configuration`, first.token)).bytes,
  );
  const { json: next, etag: nextTag } = await ask('GET', `${path}/configuration`, first.token);
  const receipt = await flow(
    'a gateway: receipt',
    'api',
    async () =>
      (
        await ask(
          'POST',
          `${path}/receipts`,
          first.token,
          key.signed(applied(first.gateway.id, next.manifest)),
        )
      ).bytes,
  );
  const applies = { content_hash: next.manifest.content_hash, sequence: next.manifest.sequence };
  await ask('POST', `${path}/heartbeat`, first.token, applies);
  const heartbeat = await flow(
    'a gateway: heartbeat',
    'api',
    async () => (await ask('POST', `${path}/heartbeat`, first.token, applies)).bytes,
  );
  const reconcile = await flow(
    'a gateway: nothing new (304)',
    'api',
    async () => (await ask('GET', `${path}/configuration`, first.token, undefined, nextTag || etag)).bytes,
  );
  const credentials = await flow(
    'a gateway: queue credentials',
    'api',
    async () => (await ask('POST', `${path}/queue-credentials`, first.token)).bytes,
  );
  return {
    tick,
    look,
    webhook,
    sync,
    fanOut,
    fanOutToMany,
    fetched,
    receipt,
    heartbeat,
    reconcile,
    credentials,
  };

  async function sourceNow() {
    const source = await ports.sources.find(linked.link.sourceId);
    if (!source) throw new Error('the source is gone');
    return source;
  }

  /** Delivers to sync only, so that fan-out can be counted by itself. */
  async function onlyHints(): Promise<void> {
    const { sync: run } = await import('../../lib/pipeline/sync.ts');
    for (const { message } of world.hints.splice(0)) await run(message, ports);
  }
}

/** Times as they would be written if all took as long, so that the same is counted every time. */
function lineOf(fact: string, fields: object): string {
  return JSON.stringify({ fact, ...fields }).replace(/"(\w*(?:ms|seconds))":[\d.e-]+/g, '"$1":100');
}

const LENT = {
  accessKeyId: 'ASIAEXAMPLE',
  secretAccessKey: createHash('sha256').update('example').digest('base64').slice(0, 40),
  sessionToken: 'x'.repeat(700),
};
