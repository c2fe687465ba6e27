/**
 * Loop: from a push delivered to a reload in the queue of every gateway, by stage. `node bench/loop.ts` measures that, and
 * then the whole way to the answers of gateways.
 */
import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CreateQueueCommand } from '@aws-sdk/client-sqs';
import { gitHost } from '../lib/git/git-host.ts';
import { signedDelivery } from '../test/support/deliveries.ts';
import { policy } from '../test/support/world.ts';
import { enforced } from './enforced.ts';
import { atMost, type Figure, median, notMeasured, percentile, plain } from './support/figures.ts';
import { floorOf } from './support/floor.ts';
import { type BenchGit, startBenchGit } from './support/git.ts';
import { fill, NAMES, type Size } from './support/repositories.ts';
import { type Bench, pause, runBench, timed, type Undo } from './support/run.ts';
import { type BenchStack, type Linked, requestOf, startBenchStack } from './support/stack.ts';
import { HOW_TO_INSTALL, startWebhookBinary, webhookVersion } from './support/webhook-binary.ts';

const GATEWAYS = 10;
const WARM_UP = 10;
const RUNS = 40;
/** So that what a run does after its reloads is not counted against the next measurement. */
const SETTLE_MS = 40;
const FILE = 'policies/policy-config.yaml';
const OTHERS = Object.fromEntries(
  Array.from({ length: 49 }, (_, index) => [`other/file-${index}.txt`, randomUUID().repeat(20)]),
);

interface Run {
  readonly answered: number;
  readonly validated: number;
  readonly published: number;
  readonly announced: number;
  readonly received: number;
}

export const loop: Bench = {
  title: `push → reload in ${GATEWAYS} gateways' queues`,
  minutes: 15,
  async measure(folder, undo) {
    const git = startBenchGit(undo);
    const stack = await startBenchStack(join(folder, 'stack'), undo);
    const push = await pushes(stack, git);
    const floor = await floors(stack, git, undo);
    const pull = {
      small: await pulls('small', folder, git, undo),
      big: await pulls('big', folder, git, undo),
    };
    const runs: Run[] = [];
    const floorMs: number[] = [];
    const pullMs: Record<Size, number[]> = { small: [], big: [] };
    for (let round = 0; round < WARM_UP + RUNS; round++) {
      const run = await push();
      await pause(SETTLE_MS);
      const floorTook = await floor();
      await pause(SETTLE_MS);
      if (round >= WARM_UP) {
        runs.push(run);
        floorMs.push(floorTook);
      }
      for (const name of NAMES) {
        const took = await pull[name]?.();
        await pause(SETTLE_MS);
        if (round >= WARM_UP && took !== undefined) pullMs[name].push(took);
      }
    }
    return figuresOf(runs, floorMs, pullMs);
  },
};

function figuresOf(
  runs: readonly Run[],
  floor: readonly number[],
  pull: Readonly<Record<Size, readonly number[]>>,
): Figure[] {
  const total = runs.map(({ received }) => received);
  const stage = (name: keyof Run) => runs.map((run) => run[name]);
  return [
    atMost('p50 ÷ floor', median(total) / median(floor), 2.5, '×'),
    ...NAMES.map((name) => {
      const what = `p50 ÷ webhook + git pull + copy, ${name}`;
      if (pull[name].length === 0) return notMeasured(what, HOW_TO_INSTALL);
      return atMost(what, median(total) / median(pull[name]), 1, '×');
    }),
    atMost('p50', median(total), 60, 'ms'),
    atMost('p95', percentile(total, 0.95), 150, 'ms'),
    plain('floor p50', median(floor), 'ms'),
    plain('floor p95', percentile(floor, 0.95), 'ms'),
    ...NAMES.filter((name) => pull[name].length > 0).flatMap((name) => [
      plain(`webhook + git pull + copy, ${name}, p50`, median(pull[name]), 'ms'),
      plain(`webhook + git pull + copy, ${name}, p95`, percentile(pull[name], 0.95), 'ms'),
    ]),
    ...(['answered', 'validated', 'published', 'announced', 'received'] as const).flatMap((name) => [
      plain(`… ${name} after, p50`, median(stage(name)), 'ms'),
      plain(`… ${name} after, p95`, percentile(stage(name), 0.95), 'ms'),
    ]),
  ];
}

let commits = 0;
const nextPolicy = (id: string) => policy({ id, limit: ++commits, version: `1.0.${commits}` });

async function pushes(stack: BenchStack, git: BenchGit): Promise<() => Promise<Run>> {
  const id = 'bench-loop';
  const { url } = await git.create({ name: 'loop.git' });
  await git.commit({ name: 'loop.git', files: { ...OTHERS, [FILE]: nextPolicy(id) } });
  const linked = await stack.link(url, FILE);
  await stack.announced(id, 1);
  const queues = await Promise.all(Array.from({ length: GATEWAYS }, () => stack.gateway(id)));
  return async () => {
    const after = await git.commit({ name: 'loop.git', files: { [FILE]: nextPolicy(id) } });
    return onePush(stack, linked, after, queues);
  };
}

async function onePush(
  stack: BenchStack,
  linked: Linked,
  after: string,
  queues: readonly string[],
): Promise<Run> {
  const waiting = Promise.all(queues.map((queue) => stack.reload(queue)));
  await pause(20); // every gateway waits by now
  const { sent, answered } = await stack.push(linked, after);
  const reloads = await waiting;
  const [first] = reloads;
  if (!first || reloads.some(({ manifest }) => manifest.commit !== after))
    throw new Error('a reload is about another commit');
  const { configuration_id, number, issued_at } = first.manifest;
  const validated = await stack.createdAt(configuration_id, number);
  return {
    answered: answered - sent,
    validated: validated - sent,
    published: Date.parse(issued_at) - sent,
    announced: Math.max(...reloads.map((reload) => reload.sent)) - sent,
    received: Math.max(...reloads.map((reload) => reload.received)) - sent,
  };
}

async function floors(stack: BenchStack, git: BenchGit, undo: Undo): Promise<() => Promise<number>> {
  const name = 'floor.git';
  const { url } = await git.create({ name });
  await git.commit({ name, files: { ...OTHERS, [FILE]: nextPolicy('floor') } });
  const host = gitHost({ allowedNetworks: ['127.0.0.0/8'] });
  undo(() => host.close());
  const made = Array.from({ length: GATEWAYS + 1 }, async (_, index) => {
    const command = new CreateQueueCommand({ QueueName: `bench-floor-${index}` });
    return (await stack.clients.sqs.send(command)).QueueUrl ?? '';
  });
  const [queue = '', ...gateways] = await Promise.all(made);
  const repository = { url, provider: 'github', credential: null } as const;
  const run = floorOf({ stack, git: host, repository, path: FILE, queue, gateways });
  return async () => {
    await git.commit({ name, files: { [FILE]: nextPolicy('floor') } });
    return run();
  };
}

/** Null where there is no `webhook`. Milliseconds from the push to its answer, which comes when the file is in place. */
async function pulls(
  size: Size,
  folder: string,
  git: BenchGit,
  undo: Undo,
): Promise<(() => Promise<number>) | null> {
  if ((await webhookVersion()) === null) return null;
  const name = `pull-${size}.git`;
  const url = await fill(git, { name, size, path: FILE, content: nextPolicy('pull') });
  const secret = 'pull secret';
  const receiver = await startWebhookBinary({ folder: join(folder, size), url, path: FILE, secret }, undo);
  return async () => {
    const content = nextPolicy('pull');
    const after = await git.commit({ name, files: { [FILE]: content } });
    const request = requestOf(signedDelivery('github', secret, { after, repositoryUrl: url }));
    const took = await timed(async () => {
      const response = await fetch(receiver.url, { method: 'POST', ...request });
      await response.arrayBuffer();
      if (!response.ok) throw new Error(`webhook answered ${response.status}`);
    });
    if ((await readFile(receiver.copy, 'utf8')) !== content) throw new Error('webhook did not copy the file');
    return took;
  };
}

if (import.meta.main) {
  await runBench(loop);
  await runBench(enforced);
}
