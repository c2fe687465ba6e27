/**
 * Cold starts: from the start of a process to the first answer, for each function as it is deployed, and which packages
 * take their share of it. `npm run bench cold`
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { SourceMap, type SourceMapPayload } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import * as z from 'zod';
import { bundleFunctions, type FunctionName, NAMES, ownerOf, packagesIn } from '../scripts/build.ts';
import { signedDelivery } from '../test/support/deliveries.ts';
import { policy } from '../test/support/world.ts';
import { atMost, type Figure, median, plain } from './support/figures.ts';
import { startBenchGit } from './support/git.ts';
import { type Bench, runBench, timed } from './support/run.ts';
import { type BenchStack, type Linked, startBenchStack } from './support/stack.ts';

const RUNS = 15;
const PROFILES = 5;
const SHOWN = 5;
const FILE = 'policy-config.yaml';
const ID = 'cold';
const COLD = fileURLToPath(new URL('./support/cold.mjs', import.meta.url));

const SAID = z.object({ started: z.number(), loaded: z.number(), answered: z.number(), answer: z.unknown() });

interface Start {
  /** Of the process until our first line runs; then until the module is loaded; then until it has answered. */
  readonly node: number;
  readonly load: number;
  readonly answer: number;
  /** From outside: from the moment the process was asked for to its answer. */
  readonly whole: number;
}

export const coldStarts: Bench = {
  title: 'cold starts, from process start to first answer',
  minutes: 15,
  async measure(folder, undo) {
    const git = startBenchGit(undo);
    const stack = await startBenchStack(join(folder, 'stack'), undo);
    const { url } = await git.create({ name: 'cold.git' });
    const after = await git.commit({ name: 'cold.git', files: { [FILE]: policy({ id: ID }) } });
    const linked = await stack.link(url, FILE);
    await stack.announced(ID, 1);
    const events = await eventsOf(stack, linked, after);
    const files = {} as Record<FunctionName, string>;
    for (const name of NAMES) {
      files[name] = join(folder, `${name}.json`);
      await writeFile(files[name], JSON.stringify(events[name].event));
    }

    const starts = Object.fromEntries(NAMES.map((name) => [name, [] as Start[]])) as Record<
      FunctionName,
      Start[]
    >;
    const empty: number[] = [];
    // In turns: what else the machine does then falls on all of them.
    for (let run = 0; run < RUNS; run++) {
      empty.push(await timed(() => nothing()));
      for (const name of NAMES)
        starts[name].push(await coldStart(name, stack, files[name], events[name].passes));
    }
    const metafile = await bundleFunctions(join(folder, 'functions'));
    const figures: Figure[] = [plain('an empty Node (node -e 0)', median(empty), 'ms')];
    for (const name of NAMES) {
      const of = (part: keyof Start) => median(starts[name].map((start) => start[part]));
      const packages = packagesIn(metafile, name);
      const bytes = packages.reduce((sum, [, weight]) => sum + weight, 0);
      const times = await profiled(name, join(folder, `profile-${name}`), stack, files[name]);
      figures.push(
        name === 'webhook' ? atMost(`${name}`, of('whole'), 250, 'ms') : plain(`${name}`, of('whole'), 'ms'),
        plain(`${name}, times an empty Node`, of('whole') / median(empty), '×'),
        plain(`${name}, … Node itself until our first line`, of('node'), 'ms'),
        plain(`${name}, … the bundle loaded`, of('load'), 'ms'),
        plain(`${name}, … the first event answered`, of('answer'), 'ms'),
        plain(`${name}, bundle`, bytes / 1024, 'KB'),
        ...packages
          .slice(0, SHOWN)
          .map(([owner, weight]) => plain(`${name}, … bytes of ${owner}`, weight / 1024, 'KB')),
        ...times.slice(0, SHOWN).map(([owner, ms]) => plain(`${name}, … busy in ${owner}`, ms, 'ms')),
      );
    }
    return figures;
  },
};

type Events = Record<FunctionName, { event: object; passes: (answer: unknown) => boolean }>;

/** What each is asked first: the cheapest thing that takes it to the table and back. */
async function eventsOf(stack: BenchStack, linked: Linked, after: string): Promise<Events> {
  const { headers, body } = signedDelivery('github', linked.secret, {
    after,
    repositoryUrl: linked.repositoryUrl,
  });
  const source = await stack.sourceOf(linked);
  const record = (message: object) => ({
    Records: [
      {
        messageId: 'm',
        receiptHandle: 'r',
        body: JSON.stringify(message),
        attributes: {},
        eventSource: 'aws:sqs',
      },
    ],
  });
  const done = (answer: unknown) => JSON.stringify(answer) === '{"batchItemFailures":[]}';
  const status = (wanted: number) => (answer: unknown) =>
    z.object({ statusCode: z.number() }).parse(answer).statusCode === wanted;
  return {
    webhook: {
      event: {
        headers,
        body: Buffer.from(body).toString('base64'),
        isBase64Encoded: true,
        pathParameters: { hookId: linked.hookUrl.slice(linked.hookUrl.lastIndexOf('/') + 1) },
      },
      passes: status(202),
    },
    poll: { event: {}, passes: () => true },
    sync: { event: record({ source, why: 'poll', commit: null, attempt: 0 }), passes: done },
    'fan-out': { event: record({ configuration: ID, sequence: 1, after: null }), passes: done },
    api: {
      event: {
        version: '2.0',
        routeKey: '$default',
        rawPath: '/v1/whoami',
        rawQueryString: '',
        headers: { authorization: `Bearer ${stack.token}`, host: 'localhost' },
        requestContext: {
          http: {
            method: 'GET',
            path: '/v1/whoami',
            protocol: 'HTTP/1.1',
            sourceIp: '127.0.0.1',
            userAgent: 'bench',
          },
          requestId: 'cold',
          domainName: 'localhost',
        },
        isBase64Encoded: false,
      },
      passes: status(200),
    },
  };
}

const bundleOf = (name: FunctionName, stack: BenchStack) => join(stack.functions, name, 'index.mjs');

async function coldStart(
  name: FunctionName,
  stack: BenchStack,
  file: string,
  passes: (answer: unknown) => boolean,
): Promise<Start> {
  const begun = performance.now();
  const { started, loaded, answered, answer } = await said(
    [COLD, pathToFileURL(bundleOf(name, stack)).href, file],
    name,
    stack,
  );
  const whole = performance.now() - begun;
  if (!passes(answer)) throw new Error(`a fresh ${name} answered ${JSON.stringify(answer)}`);
  return { node: started, load: loaded - started, answer: answered - loaded, whole };
}

async function said(args: readonly string[], name: FunctionName, stack: BenchStack) {
  const env = { ...stack.environment[name] };
  const child = spawn(process.execPath, args, { env, stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = once(child, 'close');
  let text = '';
  for await (const chunk of child.stdout) text += String(chunk);
  await ended;
  const line = /^cold (.*)$/m.exec(text)?.[1];
  if (line === undefined) throw new Error(`a fresh ${name} said ${text.slice(0, 500)}`);
  return SAID.parse(JSON.parse(line));
}

async function nothing(): Promise<void> {
  await once(spawn(process.execPath, ['-e', '0'], { env: {}, stdio: 'ignore' }), 'close');
}

const PROFILE = z.object({
  nodes: z.array(
    z.object({
      id: z.number(),
      callFrame: z.object({
        functionName: z.string(),
        url: z.string(),
        lineNumber: z.number(),
        columnNumber: z.number(),
      }),
    }),
  ),
  samples: z.array(z.number()),
  timeDeltas: z.array(z.number()),
});

/**
 * Milliseconds by package in which the main thread was busy, by a sample every 0.1 ms: the place of each sampled
 * function in the bundle says, by the source map, whose it is. Profiling makes everything slower, so these are shares.
 */
async function profiled(name: FunctionName, folder: string, stack: BenchStack, file: string) {
  const bundle = bundleOf(name, stack);
  const map = new SourceMap(JSON.parse(readFileSync(`${bundle}.map`, 'utf8')) as SourceMapPayload);
  const url = pathToFileURL(bundle).href;
  const busy = new Map<string, number>();
  for (let run = 0; run < PROFILES; run++) {
    const flags = ['--cpu-prof', '--cpu-prof-interval=100', `--cpu-prof-dir=${folder}`];
    await said([...flags, COLD, url, file], name, stack);
  }
  for (const profile of readdirSync(folder)) {
    const { nodes, samples, timeDeltas } = PROFILE.parse(
      JSON.parse(readFileSync(join(folder, profile), 'utf8')),
    );
    const owners = new Map(nodes.map(({ id, callFrame }) => [id, ownerOfFrame(callFrame, url, map)]));
    samples.forEach((id, index) => {
      const owner = owners.get(id) ?? null;
      if (owner !== null)
        busy.set(owner, (busy.get(owner) ?? 0) + (timeDeltas[index] ?? 0) / 1000 / PROFILES);
    });
  }
  await rm(folder, { recursive: true });
  return [...busy].sort(([, a], [, b]) => b - a);
}

type CallFrame = z.infer<typeof PROFILE>['nodes'][number]['callFrame'];

/** Null while it waits. */
function ownerOfFrame(
  { functionName, url, lineNumber, columnNumber }: CallFrame,
  bundle: string,
  map: SourceMap,
) {
  if (functionName === '(idle)') return null;
  if (url === '') return 'the engine (parsing, compiling, collecting)';
  if (url.startsWith('node:')) return 'Node itself';
  if (url !== bundle) return 'the harness';
  const entry = map.findEntry(lineNumber, columnNumber);
  return 'originalSource' in entry && entry.originalSource ? ownerOf(entry.originalSource) : 'own code';
}

if (import.meta.main) await runBench(coldStarts);
