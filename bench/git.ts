/** Git: one tracked file of a repository of any size, beside a shallow clone. `node bench/git.ts` */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Known } from '../lib/domain/git.ts';
import { gitHost } from '../lib/git/git-host.ts';
import { git as runGit } from '../test/support/git-command.ts';
import { policy } from '../test/support/world.ts';
import { startChild } from './support/child.ts';
import { atLeast, atMost, type Figure, median, percentile, plain } from './support/figures.ts';
import { type BenchGit, startBenchGit } from './support/git.ts';
import type { IsomorphicCalls } from './support/isomorphic-process.ts';
import type { ReaderCalls } from './support/reader-process.ts';
import { fill, NAMES, SIZES, type Size } from './support/repositories.ts';
import { type Bench, runBench, timed } from './support/run.ts';

const FILE = 'team/gateways/policy-config.yaml';
const WARM_UP = 5;
const RUNS = 30;
const FRESH_RUNS = 5;
const CLONES = 3;
const ISOMORPHIC_RUNS = { small: 5, big: 2 } as const;
const FETCHES = { small: 5, big: 2 } as const;

export const git: Bench = {
  title: `one file of ${SIZES.big.files} files, and of ${SIZES.small.files}`,
  minutes: 15,
  async measure(folder, undo) {
    const server = startBenchGit(undo);
    const make = (size: Size) =>
      fill(server, { name: `${size}.git`, size, path: FILE, content: document(0) });
    const urls = { small: await make('small'), big: await make('big') };
    await server.traffic(null);
    const warm = await warmReads(urls, server);
    const fresh = await freshReads(urls);
    const clones = await cloning(urls.big, folder, server);
    const other = {
      small: await isomorphic('small', urls.small, server),
      big: await isomorphic('big', urls.big, server),
    };
    const bytes = Math.max(...warm.big.bytes) / 1024;
    const delta = median(warm.big.ms);
    return [
      atMost('sync, big ÷ small', delta / median(warm.small.ms), 1.3, '×'),
      atMost('most received for a sync, big', bytes, 16, 'KB'),
      atMost('extra memory, big − small', median(fresh.big.rss) - median(fresh.small.rss), 20, 'MB'),
      atLeast('isomorphic-git, shallow clone ÷ sync, big', median(other.big.clone) / delta, 10, '×'),
      atLeast(
        'isomorphic-git, shallow clone ÷ first sync of a fresh process, big',
        median(other.big.clone) / median(fresh.big.ms),
        10,
        '×',
      ),
      ...NAMES.map((name) =>
        plain(
          `isomorphic-git, fetch --depth 1 ÷ sync, ${name}`,
          median(other[name].fetch) / median(warm[name].ms),
          '×',
        ),
      ),
      plain(
        'isomorphic-git, shallow clone ÷ sync, small',
        median(other.small.clone) / median(warm.small.ms),
        '×',
      ),
      plain('git clone --depth 1 ÷ sync, big', median(clones.ms) / delta, '×'),
      ...NAMES.flatMap((name) => [
        plain(`sync, ${name}, p50`, median(warm[name].ms), 'ms'),
        plain(`sync, ${name}, p95`, percentile(warm[name].ms, 0.95), 'ms'),
        plain(`sync, ${name}, requests`, median(warm[name].requests), ''),
        plain(`fresh process, first sync, ${name}`, median(fresh[name].ms), 'ms'),
        plain(`fresh process, peak memory, ${name}`, median(fresh[name].rss), 'MB'),
      ]),
      ...NAMES.flatMap((name) => [
        plain(`isomorphic-git, shallow clone, ${name}`, median(other[name].clone), 'ms'),
        plain(`isomorphic-git, fetch --depth 1, ${name}`, median(other[name].fetch), 'ms'),
        plain(`isomorphic-git, peak memory, ${name}`, other[name].peakMb, 'MB'),
      ]),
      plain('git clone --depth 1, big', median(clones.ms), 'ms'),
      plain('git clone --depth 1, big, received', clones.bytes / 1024, 'KB'),
    ] satisfies Figure[];
  },
};

const document = (run: number) => policy({ id: 'bench', limit: run, version: `1.0.${run}` });

interface Reads {
  readonly ms: number[];
  readonly bytes: number[];
  readonly requests: number[];
}

/** What a run of a kept function does on a push: where is the branch, and what did the file become. */
async function warmReads(urls: Record<Size, string>, server: BenchGit): Promise<Record<Size, Reads>> {
  const host = gitHost({ allowedNetworks: ['127.0.0.0/8'] });
  const found: Record<Size, Reads> = { small: reads(), big: reads() };
  const known: Record<Size, Known | null> = { small: null, big: null };
  try {
    for (let run = 1; run <= WARM_UP + RUNS; run++) {
      for (const name of run % 2 ? NAMES : [...NAMES].reverse()) {
        await server.commit({ name: `${name}.git`, files: { [FILE]: document(run) } });
        await server.traffic(null);
        const ms = await timed(async () => {
          const repository = { url: urls[name], provider: 'generic', credential: null } as const;
          const commit = (await host.resolve(repository, 'main')) ?? '';
          const result = await host.read({ repository, commit, paths: [FILE], known: known[name] });
          const file = result.paths.get(FILE);
          if (file?.kind !== 'file' || Buffer.from(file.bytes ?? []).toString() !== document(run))
            throw new Error('the file was not read');
          known[name] = { commit, trees: result.trees, blobs: { [FILE]: file.blob } };
        });
        const { requests, bytes } = await server.traffic(null);
        if (run <= WARM_UP) continue;
        found[name].ms.push(ms);
        found[name].bytes.push(bytes);
        found[name].requests.push(requests.length);
      }
    }
  } finally {
    host.close();
  }
  return found;
}

const reads = (): Reads => ({ ms: [], bytes: [], requests: [] });

/** A process that never saw the repository: the walk, and what it costs in memory. */
async function freshReads(urls: Record<Size, string>) {
  const found = {
    small: { ms: [] as number[], rss: [] as number[] },
    big: { ms: [] as number[], rss: [] as number[] },
  };
  for (let run = 0; run < FRESH_RUNS; run++) {
    for (const name of NAMES) {
      const reader = startChild<ReaderCalls>(new URL('./support/reader-process.ts', import.meta.url));
      try {
        const { ms, peakMb } = await reader.calls.read({ url: urls[name], path: FILE });
        found[name].ms.push(ms);
        found[name].rss.push(peakMb);
      } finally {
        await reader.stop();
      }
    }
  }
  return found;
}

async function cloning(url: string, folder: string, server: BenchGit) {
  const ms: number[] = [];
  await server.traffic(null);
  for (let run = 0; run < CLONES; run++) {
    const target = join(folder, 'clone');
    ms.push(await timed(() => runGit(folder, ['clone', '-q', '--depth', '1', '--bare', url, target])));
    await rm(target, { recursive: true });
  }
  return { ms, bytes: (await server.traffic(null)).bytes / CLONES };
}

/** A fresh clone in memory, then a fetch into it after each commit: what a function that keeps nothing, or all, would do. */
async function isomorphic(name: Size, url: string, server: BenchGit) {
  const child = startChild<IsomorphicCalls>(new URL('./support/isomorphic-process.ts', import.meta.url));
  const clone: number[] = [];
  const fetched: number[] = [];
  let peakMb = 0;
  try {
    for (let run = 1; run <= ISOMORPHIC_RUNS[name] + FETCHES[name]; run++) {
      const content = document(1000 + run);
      await server.commit({ name: `${name}.git`, files: { [FILE]: content } });
      const cloning = run <= ISOMORPHIC_RUNS[name];
      const done = await (cloning ? child.calls.clone : child.calls.fetch)({ url, path: FILE });
      if (done.text !== content) throw new Error('isomorphic-git read something else');
      (cloning ? clone : fetched).push(done.ms);
      if ('peakMb' in done) peakMb = Number(done.peakMb);
    }
  } finally {
    await child.stop();
  }
  return { clone, fetch: fetched, peakMb };
}

if (import.meta.main) await runBench(git);
