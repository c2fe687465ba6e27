/** `npm run demo`: the loop on one machine, with a git repository of its own and the milliseconds of each stage. */
import { createHash } from 'node:crypto';
import { styleText } from 'node:util';
import * as z from 'zod';
import { signedDelivery } from '../test/support/deliveries.ts';
import type { WorkClone } from '../test/support/git-server.ts';
import { type DemoWorld, startDemoWorld } from './demo-world.ts';

const FILE = 'policies/payments.yaml';
const CONFIGURATION = 'payments';
const VERSIONS = `/v1/configurations/${CONFIGURATION}/versions`;

const LINKED = z.object({ id: z.string(), webhook: z.object({ url: z.string(), secret: z.string() }) });
const LINK = z.object({ status: z.string() });
const GATEWAY = z.object({ queue_url: z.string() });
const STATE = z.object({ active_version: z.object({ number: z.number() }) });
const ANYTHING = z.unknown();

const isStyled = process.stdout.isTTY === true && !process.env['NO_COLOR'];
const styled = (format: 'bold' | 'dim' | 'green', text: string) =>
  isStyled ? styleText(format, text) : text;

const STAGES = ['accepted', 'published', 'received', 'announced'] as const;
/** Milliseconds since a step began; absent for a stage that must not or need not happen. */
type Times = Partial<Record<(typeof STAGES)[number], number>>;

const TITLE = 48;
const CELL = 11;

function head(): string {
  return styled(
    'bold',
    `\n${'milliseconds since the step began'.padEnd(TITLE)}${STAGES.map((stage) => stage.padStart(CELL)).join('')}`,
  );
}

function row(title: string, times: Times, result: string): string {
  const cells = STAGES.map((stage) => String(times[stage] ?? '·').padStart(CELL)).join('');
  return `${title.padEnd(TITLE)}${cells}   ${styled('green', result)}`;
}

function policy(limit: number): string {
  return `pack: {name: ${CONFIGURATION}, version: 1.0.${limit}, enabled: true}
policies: {chain: [spend-limit]}
policy:
  spend-limit: {max_daily_usd: ${limit}}
`;
}

interface Scene {
  readonly world: DemoWorld;
  readonly clone: WorkClone;
  readonly link: z.output<typeof LINKED>;
  readonly repositoryUrl: string;
  readonly queueUrl: string;
}

/** A repository that is linked and synced, and a gateway that runs what it holds. */
async function setScene(world: DemoWorld): Promise<Scene> {
  const began = Date.now();
  const repository = await world.git.createRepository({ name: 'you/policies.git' });
  const clone = await repository.clone();
  await clone.push({ [FILE]: policy(100) }, { message: 'Limit spending to 100' });
  const link = await world.call('POST', '/v1/git-repos', LINKED, {
    repo_url: repository.url,
    path: FILE,
    provider: 'gitea',
    auto_create_configuration: true,
  });
  await world.until('the first sync', async () => {
    const { status } = await world.call('GET', `/v1/git-repos/${link.id}`, LINK);
    return status === 'synced' ? status : undefined;
  });
  await world.event('version.announced', CONFIGURATION, began);
  const wish = { name: 'gateway', configuration_id: CONFIGURATION };
  const { queue_url: queueUrl } = await world.call('POST', '/v1/gateways', GATEWAY, wish);
  return { world, clone, link, repositoryUrl: repository.url, queueUrl };
}

/** Does `act` and waits until the gateway was told to run that version; throws when it is told anything else. */
async function untilReload(
  { world, queueUrl }: Scene,
  expected: { number: number; content: string },
  act: () => Promise<unknown>,
): Promise<Required<Pick<Times, 'accepted' | 'received' | 'announced'>> & { began: number }> {
  const began = Date.now();
  const waiting = world.reload(queueUrl).then((message) => ({ message, at: Date.now() }));
  await act();
  const accepted = Date.now() - began;
  const { message, at } = await waiting;
  if (!message) throw new Error('no reload reached the queue of the gateway');
  const { number, content_hash: hash } = message.manifest;
  if (number !== expected.number) throw new Error(`version ${number} was announced, not ${expected.number}`);
  if (hash !== createHash('sha256').update(expected.content).digest('hex'))
    throw new Error('the reload names another content than was pushed');
  if (!(await world.isSigned(message))) throw new Error('the signature of the reload does not verify');
  const announced = (await world.event('version.announced', CONFIGURATION, began)) - began;
  return { began, accepted, received: at - began, announced };
}

async function deliver({ link, repositoryUrl }: Scene, after: string): Promise<void> {
  const { headers, body } = signedDelivery('gitea', link.webhook.secret, { after, repositoryUrl });
  const sent = Object.entries(headers).filter((entry): entry is [string, string] => entry[1] !== undefined);
  const response = await fetch(link.webhook.url, { method: 'POST', headers: sent, body: Buffer.from(body) });
  if (response.status !== 202)
    throw new Error(`the webhook answered ${response.status}: ${await response.text()}`);
}

const activate = (world: DemoWorld, number: number, body: object) =>
  world.call('POST', `${VERSIONS}/${number}/activate`, ANYTHING, body);

async function play(scene: Scene): Promise<void> {
  const { world, clone, link } = scene;
  console.log(head());

  const pushing = Date.now();
  const second = await clone.push({ [FILE]: policy(250) }, { message: 'Raise the limit to 250' });
  const pushed = Date.now() - pushing;
  const push = await untilReload(scene, { number: 2, content: policy(250) }, () => deliver(scene, second));
  const published = (await world.event('version.published', CONFIGURATION, push.began)) - push.began;
  console.log(row('git push, signed webhook (202)', { ...push, published }, 'version 2 runs'));

  const back = () => activate(world, 1, { reason: 'emergency' });
  const emergency = await untilReload(scene, { number: 1, content: policy(100) }, back);
  console.log(row('emergency: an operator activates version 1', emergency, 'version 1 runs'));

  // Asked for, where a running stack would wait for the interval of the link.
  const look = () => world.call('POST', `/v1/git-repos/${link.id}/sync`, ANYTHING);
  const retaken = await untilReload(scene, { number: 2, content: policy(250) }, look);
  console.log(row('the next sync cycle: git wins again', retaken, 'version 2 runs'));

  const hold = () => activate(world, 1, { reason: 'incident', hold: { minutes: 60 } });
  const held = await untilReload(scene, { number: 1, content: policy(100) }, hold);
  console.log(row('activate version 1 with a hold of 60 minutes', held, 'version 1 runs'));

  console.log(
    row('git push, signed webhook, under the hold', await pushUnderHold(scene), 'version 3 is recorded only'),
  );

  const lift = () => world.call('DELETE', `/v1/configurations/${CONFIGURATION}/hold`, ANYTHING);
  const lifted = await untilReload(scene, { number: 3, content: policy(300) }, lift);
  console.log(row('the hold is lifted', lifted, 'version 3 runs'));

  console.log(
    styled(
      'dim',
      `\naccepted: the request was answered · published: the version is stored · received: the reload came out
of the gateway's own queue, its signature and hash checked · announced: every bound gateway was told.
The git push itself took ${pushed} ms before the first step began.`,
    ),
  );
}

async function pushUnderHold(scene: Scene): Promise<Times> {
  const { world, clone, queueUrl } = scene;
  const third = await clone.push({ [FILE]: policy(300) }, { message: 'Raise the limit to 300' });
  const began = Date.now();
  await deliver(scene, third);
  const accepted = Date.now() - began;
  const published = (await world.event('version.published', CONFIGURATION, began)) - began;
  const told = await world.reload(queueUrl, 1);
  const { active_version: active } = await world.call('GET', `/v1/configurations/${CONFIGURATION}`, STATE);
  if (told || active.number !== 1) throw new Error('the hold did not hold');
  return { accepted, published };
}

const undo: (() => Promise<unknown>)[] = [];
async function end(): Promise<void> {
  for (let step = undo.pop(); step; step = undo.pop()) await step();
}
const SIGNALS = { SIGINT: 130, SIGTERM: 143 } as const;
let isInterrupted = false;
for (const [signal, code] of Object.entries(SIGNALS)) {
  process.once(signal, () => {
    isInterrupted = true;
    void end().finally(() => process.exit(code));
  });
}

try {
  const began = performance.now();
  const world = await startDemoWorld(undo);
  console.log(
    `kt-gitops listens on ${world.url}, started in ${((performance.now() - began) / 1000).toFixed(1)} s`,
  );
  const scene = await setScene(world);
  console.log(
    `${scene.repositoryUrl} is linked: ${FILE} feeds the configuration "${CONFIGURATION}", version 1`,
  );
  await play(scene);
} catch (error) {
  if (!isInterrupted)
    console.error(`the demo failed: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
} finally {
  await end();
}
