/** Poll: one cycle of 1,000 links over 100 sources in which nothing changed. `node bench/poll.ts` */
import { createLink } from '../lib/pipeline/manage/links.ts';
import { poll as tick } from '../lib/pipeline/poll.ts';
import { sync } from '../lib/pipeline/sync.ts';
import { CALLER, policy, startWorld } from '../test/support/world.ts';
import { atMost, type Figure, median, plain } from './support/figures.ts';
import { type Bench, runBench, timed } from './support/run.ts';

const SOURCES = 100;
const LINKS_PER_SOURCE = 10;
const CYCLES = 5;
/** As many runs at once as the template lets the sync queue have. */
const CONCURRENCY = 10;

type World = Awaited<ReturnType<Awaited<ReturnType<typeof startWorld>>['fresh']>>;

export const poll: Bench = {
  title: `a poll cycle of ${SOURCES * LINKS_PER_SOURCE} links over ${SOURCES} sources, nothing changed`,
  minutes: 15,
  async measure(_folder, undo) {
    const started = await startWorld();
    undo(() => started.close());
    const world = await started.fresh();
    const count = countCalls(started.clients.dynamodb);
    await fill(world, started.git);

    const cycles: { ms: number; git: number; calls: ReadonlyMap<string, number> }[] = [];
    for (let cycle = 0; cycle < CYCLES; cycle++) {
      world.time.at += 60_000;
      started.git.calm();
      count.clear();
      const ms = await timed(async () => {
        await tick(world.ports);
        await answer(world);
      });
      const asked = new Set(started.git.requests.map(({ repository }) => repository)).size;
      if (asked !== SOURCES) throw new Error(`${asked} sources were looked at`);
      cycles.push({ ms, git: started.git.requests.length, calls: new Map(count) });
    }
    const most = (of: (cycle: (typeof cycles)[number]) => number) => Math.max(...cycles.map(of));
    return [
      atMost(
        'git requests',
        most(({ git }) => git),
        SOURCES,
        '',
      ),
      atMost(
        'due times written',
        most(({ calls }) => calls.get('UpdateItem') ?? 0),
        SOURCES,
        '',
      ),
      atMost(
        'other writes',
        most(({ calls }) => writesIn(calls)),
        0,
        '',
      ),
      plain(
        'reads',
        most(({ calls }) => readsIn(calls)),
        '',
      ),
      plain('time', median(cycles.map(({ ms }) => ms)), 'ms'),
      plain('time per source', median(cycles.map(({ ms }) => ms)) / SOURCES, 'ms'),
    ] satisfies Figure[];
  },
};

const WRITES = ['PutItem', 'DeleteItem', 'TransactWriteItems', 'BatchWriteItem'];
const READS = ['GetItem', 'BatchGetItem', 'Query', 'Scan'];
const writesIn = (calls: ReadonlyMap<string, number>) => sum(WRITES, calls);
const readsIn = (calls: ReadonlyMap<string, number>) => sum(READS, calls);
const sum = (names: readonly string[], calls: ReadonlyMap<string, number>) =>
  names.reduce((total, name) => total + (calls.get(name) ?? 0), 0);

/** Calls by name, counted as they leave. */
function countCalls(client: Awaited<ReturnType<typeof startWorld>>['clients']['dynamodb']) {
  const calls = new Map<string, number>();
  client.middlewareStack.add(
    (next, context) => (args) => {
      const name = (context.commandName ?? '').replace(/Command$/, '');
      calls.set(name, (calls.get(name) ?? 0) + 1);
      return next(args);
    },
    { step: 'initialize' },
  );
  return calls;
}

async function fill(world: World, git: Awaited<ReturnType<typeof startWorld>>['git']): Promise<void> {
  const sources = Array.from({ length: SOURCES }, (_, source) => async () => {
    const path = (index: number) => `policies/${index}.yaml`;
    const indexes = [...Array(LINKS_PER_SOURCE).keys()];
    const files = indexes.map((index) => [path(index), policy({ id: `poll-${source}-${index}` })] as const);
    const repository = await git.createRepository({
      name: `polled-${source}.git`,
      files: Object.fromEntries(files),
    });
    for (const index of indexes) {
      const wish = { ...LINK, repoUrl: repository.url, path: path(index) };
      const { kind } = await createLink(wish, CALLER, world.ports);
      if (kind !== 'linked') throw new Error(`not linked: ${kind}`);
    }
  });
  await together(sources);
  await answer(world);
}

const LINK = {
  team: 'default',
  provider: 'generic',
  branch: 'main',
  username: null,
  accessToken: null,
  pollIntervalSeconds: 60,
  autoCreateConfiguration: true,
  configurationId: null,
} as const;

/** Answers every hint there is, as if all were due. */
async function answer({ hints, ports }: World): Promise<void> {
  const work = hints.splice(0).map(
    ({ message }) =>
      () =>
        sync({ ...message, why: message.why }, ports),
  );
  await together(work);
}

async function together(work: readonly (() => Promise<unknown>)[]): Promise<void> {
  const waiting = [...work];
  const worker = async () => {
    for (let next = waiting.shift(); next; next = waiting.shift()) await next();
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, worker));
}

if (import.meta.main) await runBench(poll);
