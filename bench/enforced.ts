/** Enforced: from `git push` to the changed answer of every gateway, by stage. Part of `npm run bench:loop`. */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import * as z from 'zod';
import { type ManagedGateway, startManagedGateway } from '../test/support/managed-gateway.ts';
import { startChild } from './support/child.ts';
import type { EchoCalls } from './support/echo-process.ts';
import { atMost, type Figure, median, percentile, plain } from './support/figures.ts';
import { startBenchGit } from './support/git.ts';
import { type Bench, nowMs, pause, type Undo } from './support/run.ts';
import { type BenchStack, startBenchStack } from './support/stack.ts';

const GATEWAYS = 10;
const WARM_UP = 10;
const PUSHES = 100;
/** So that receipts and heartbeats of one push are not counted against the next. */
const SETTLE_MS = 150;
const ID = 'enforced';
const REPOSITORY = 'enforced.git';
const FILE = 'policies/policy-config.yaml';

const CONVERGENCE = z.object({
  converged: z.boolean(),
  gateways: z.array(
    z.object({
      latency: z.object({
        control_plane: z.object({
          fetched_at: z.string(),
          published_at: z.string(),
          announced_at: z.string(),
        }),
        gateway: z.object({ received_at: z.string(), applied_at: z.string() }),
      }),
    }),
  ),
});

/** Milliseconds after `git push` was started. */
const STAGES = [
  'pushed',
  'acknowledged',
  'fetched',
  'published',
  'announced',
  'received',
  'applied',
  'first',
  'last',
] as const;
type Run = Readonly<Record<(typeof STAGES)[number], number>>;

const MEANING: Readonly<Record<keyof Run, string>> = {
  pushed: 'git push was done, and the webhook sent',
  acknowledged: 'the webhook was answered',
  fetched: 'the file was read',
  published: 'the version was made',
  announced: 'it was signed',
  received: 'the last gateway had its message',
  applied: 'the last gateway ran it',
  first: 'the first gateway answered by it',
  last: 'the last gateway answered by it',
};

export const enforced: Bench = {
  title: `git push → the changed answer of ${GATEWAYS} gateways`,
  minutes: 15,
  async measure(folder, undo) {
    const push = await pushing(folder, undo);
    const runs: Run[] = [];
    for (let round = 0; round < WARM_UP + PUSHES; round++) {
      const run = await push();
      if (round >= WARM_UP) runs.push(run);
      await pause(SETTLE_MS);
    }
    return figuresOf(runs);
  },
};

function figuresOf(runs: readonly Run[]): Figure[] {
  const last = runs.map((run) => run.last);
  return [
    atMost('p50', median(last), 250, 'ms'),
    plain('p95', percentile(last, 0.95), 'ms'),
    ...STAGES.flatMap((stage) => {
      const after = runs.map((run) => run[stage]);
      return [
        plain(`… ${MEANING[stage]} after, p50`, median(after), 'ms'),
        plain(`… ${MEANING[stage]} after, p95`, percentile(after, 0.95), 'ms'),
      ];
    }),
  ];
}

async function pushing(folder: string, undo: Undo): Promise<() => Promise<Run>> {
  const git = startBenchGit(undo);
  const stack = await startBenchStack(join(folder, 'stack'), undo);
  const echo = startChild<EchoCalls>(new URL('./support/echo-process.ts', import.meta.url));
  undo(() => echo.stop());
  const { url: provider } = await echo.calls.start(undefined);

  let round = 0;
  const next = () => documentOf(++round, provider);
  const { url } = await git.create({ name: REPOSITORY });
  await git.clone({ name: REPOSITORY });
  await git.change({ name: REPOSITORY, path: FILE, content: next() });
  await git.push({ name: REPOSITORY });
  const linked = await stack.link(url, FILE);
  await stack.announced(ID, 1);
  const gateways: ManagedGateway[] = [];
  for (let i = 0; i < GATEWAYS; i++) {
    const wish = { configurationId: ID, stateDir: join(folder, `gateway-${i}`), upstream: provider };
    const gateway = await startManagedGateway({ url: stack.url, adminToken: stack.token }, wish);
    undo(() => gateway.kill());
    gateways.push(gateway);
  }

  return async () => {
    const document = next();
    const contentHash = createHash('sha256').update(document).digest('hex');
    const answered = gateways.map(async ({ runs, ask }) => {
      await runs(contentHash);
      const { status } = await ask(`is it word${round} ?`);
      if (status !== 409) throw new Error(`a gateway answered ${status} to word${round}`);
      return nowMs();
    });
    const after = await git.change({ name: REPOSITORY, path: FILE, content: document });
    const sent = nowMs();
    await git.push({ name: REPOSITORY });
    const delivery = await stack.push(linked, after);
    const times = await Promise.all(answered);
    const seen = await convergence(stack);
    const since = (at: string) => Date.parse(at) - sent;
    const latest = (pick: (latency: (typeof seen)[number]) => string) =>
      Math.max(...seen.map((latency) => since(pick(latency))));
    return {
      pushed: delivery.sent - sent,
      acknowledged: delivery.answered - sent,
      fetched: latest(({ control_plane: at }) => at.fetched_at),
      published: latest(({ control_plane: at }) => at.published_at),
      announced: latest(({ control_plane: at }) => at.announced_at),
      received: latest(({ gateway: at }) => at.received_at),
      applied: latest(({ gateway: at }) => at.applied_at),
      first: Math.min(...times) - sent,
      last: Math.max(...times) - sent,
    };
  };
}

async function convergence(stack: BenchStack) {
  const answer = CONVERGENCE.parse(await stack.call('GET', `/v1/configurations/${ID}/convergence?wait=20`));
  if (!answer.converged) throw new Error('not converged within 20 s');
  return answer.gateways.map(({ latency }) => latency);
}

/** Each forbids a word of its own. */
function documentOf(round: number, provider: string): string {
  return JSON.stringify({
    pack: { id: ID, name: ID, version: `1.0.${round}`, enabled: true },
    policies: { chain: ['prompt-injection', 'pii-detector', 'dlp-filter', 'audit-logger'] },
    policy: {
      'prompt-injection': {},
      'pii-detector': { action: 'redact' },
      'dlp-filter': { blocked_terms: [`word${round}`], action: 'block' },
      'audit-logger': { retention_days: 365 },
    },
    providers: { targets: [{ id: 'echo', provider: 'openai', model: 'echo', base_url: provider }] },
  });
}
