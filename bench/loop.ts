/**
 * Loop: from a push delivered to a reload in the queue of every gateway, by stage. `node bench/loop.ts` measures that, and
 * then the whole way to the answers of gateways.
 */
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { CreateQueueCommand } from '@aws-sdk/client-sqs';
import { gitHost } from '../lib/git/git-host.ts';
import { signedDelivery } from '../test/support/deliveries.ts';
import { policy } from '../test/support/world.ts';
import { enforced } from './enforced.ts';
import { startChild } from './support/child.ts';
import { atMost, type Figure, median, percentile, plain } from './support/figures.ts';
import { floorOf } from './support/floor.ts';
import { type BenchGit, startBenchGit } from './support/git.ts';
import type { PullCalls } from './support/pull-process.ts';
import { type Bench, pause, runBench, timed, type Undo } from './support/run.ts';
import { type BenchStack, type Linked, requestOf, startBenchStack } from './support/stack.ts';

const GATEWAYS = 10;
const WARM_UP = 10;
const RUNS = 50;
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
  minutes: 5,
  async measure(folder, undo) {
    const git = startBenchGit(undo);
    const stack = await startBenchStack(join(folder, 'stack'), undo);
    const push = await pushes(stack, git);
    const floor = await floors(stack, git, undo);
    const pull = await pulls(folder, git, undo);
    const runs: Run[] = [];
    const floorMs: number[] = [];
    const pullMs: number[] = [];
    for (let round = 0; round < WARM_UP + RUNS; round++) {
      const run = await push();
      await pause(SETTLE_MS);
      const floorTook = await floor();
      await pause(SETTLE_MS);
      const pullTook = await pull();
      await pause(SETTLE_MS);
      if (round < WARM_UP) continue;
      runs.push(run);
      floorMs.push(floorTook);
      pullMs.push(pullTook);
    }
    return figuresOf(runs, floorMs, pullMs);
  },
};

function figuresOf(runs: readonly Run[], floor: readonly number[], pull: readonly number[]): Figure[] {
  const total = runs.map(({ received }) => received);
  const stage = (name: keyof Run) => runs.map((run) => run[name]);
  return [
    atMost('p50', median(total), 60, 'ms'),
    atMost('p95', percentile(total, 0.95), 150, 'ms'),
    atMost('p50 ÷ floor', median(total) / median(floor), 2.5, '×'),
    atMost('p50 ÷ webhook + git pull', median(total) / median(pull), 1, '×'),
    plain('floor p50', median(floor), 'ms'),
    plain('floor p95', percentile(floor, 0.95), 'ms'),
    plain('webhook + git pull + copy p50', median(pull), 'ms'),
    plain('webhook + git pull + copy p95', percentile(pull, 0.95), 'ms'),
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

async function pulls(folder: string, git: BenchGit, undo: Undo): Promise<() => Promise<number>> {
  const name = 'pull.git';
  const { url } = await git.create({ name });
  await git.commit({ name, files: { ...OTHERS, [FILE]: nextPolicy('pull') } });
  const child = startChild<PullCalls>(new URL('./support/pull-process.ts', import.meta.url));
  undo(() => child.stop());
  const secret = 'pull secret';
  const clone = join(folder, 'clone');
  const receiver = await child.calls.start({
    url,
    clone,
    path: FILE,
    copy: join(folder, 'copy.yaml'),
    secret,
  });
  return async () => {
    const after = await git.commit({ name, files: { [FILE]: nextPolicy('pull') } });
    const request = requestOf(signedDelivery('github', secret, { after, repositoryUrl: url }));
    return timed(async () => {
      const response = await fetch(receiver.url, { method: 'POST', ...request });
      await response.arrayBuffer();
      if (!response.ok) throw new Error(`the receiver answered ${response.status}`);
    });
  };
}

if (import.meta.main) {
  await runBench(loop);
  await runBench(enforced);
}
