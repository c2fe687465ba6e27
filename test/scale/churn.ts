/** Churn: pushes, broken documents, polls, reloads and heartbeats, for as long as is wanted, and what they leave behind. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { configurationOf, type Installation, type InstalledGateway, together } from './installation.ts';

export interface Sample {
  readonly minutes: number;
  readonly pushes: number;
  /** Megabytes. Of the stack: after a collection of its main thread's garbage; `rss` has the functions' threads in it. */
  readonly heap: number;
  readonly rss: number;
  /** Megabytes: the least that each of the functions' threads held since the last sample, in all. */
  readonly functions: number;
  /** Megabytes of the database's process, and of all files of the stack. */
  readonly database: number;
  readonly disk: number;
}

export interface Churn {
  pushes: number;
  /** Deliveries that the stack could not answer in time: the poller finds what they told of. */
  lost: number;
  broken: number;
  polls: number;
  heartbeats: number;
  reloads: number;
}

const POLL_MS = 60_000;
const BROKEN = 'pack: {name: broken';
/** One in so many pushes is of a document that cannot be published. */
const ONE_BROKEN_IN = 10;
const MB = 1024 * 1024;

/** The same numbers for the same seed: the low bits of such a sequence repeat too soon, the high ones will do. */
function numbers(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

export function churning(here: Installation, gateways: readonly InstalledGateway[], seed: number) {
  const below = numbers(seed);
  const done: Churn = { pushes: 0, lost: 0, broken: 0, polls: 0, heartbeats: 0, reloads: 0 };
  const started = performance.now();
  const minutes = () => (performance.now() - started) / 60_000;

  async function deliver(source: number, after: string): Promise<void> {
    done.pushes++;
    await here.push(source, after).catch(() => {
      done.lost++;
    });
  }

  async function push(): Promise<void> {
    const source = 1 + below(here.counts.length - 1);
    const index = below(here.counts[source] ?? 1);
    const broken = below(ONE_BROKEN_IN) === 0;
    const after = await here.commit(source, [index], ...(broken ? [() => BROKEN] : []));
    await deliver(source, after);
    if (broken) done.broken++;
  }

  /** The fleet's own document changes; every gateway takes its message and says what it runs. */
  async function fleet(): Promise<void> {
    await deliver(1, await here.commit(1, [0]));
    await here.quiet({ late: false });
    await together(gateways, async (gateway) => {
      const told = await here.reloads(gateway);
      done.reloads += told.length;
      const manifest = told.at(-1)?.manifest;
      if (!manifest) return;
      const said = { content_hash: manifest.content_hash, sequence: manifest.sequence };
      await here.stack.call('POST', `/v1/gateways/${gateway.id}/heartbeat`, said, gateway.token);
      done.heartbeats++;
    });
  }

  async function people(): Promise<void> {
    const id = configurationOf(1, 0);
    for (const path of [
      '/v1/git-repos',
      '/v1/configurations',
      `/v1/configurations/${id}/versions`,
      `/v1/configurations/${id}/convergence`,
      '/v1/events?since=1h',
      '/metrics',
    ])
      await here.stack.read(path);
  }

  return {
    done,
    push,
    fleet,
    people,
    async poll(): Promise<void> {
      if (!(await here.stack.poll())) throw new Error('the poll function failed');
      done.polls++;
    },
    async sample(): Promise<Sample> {
      const { heap, rss, functions } = await here.stack.memory();
      return {
        minutes: minutes(),
        pushes: done.pushes,
        heap: heap / MB,
        rss: rss / MB,
        functions: functions / MB,
        database: residentSet(here.stack.databasePid) / MB,
        disk: sizeOf(here.dataDir) / MB,
      };
    },
    /** Pushes `everyMs` apart, a poll a minute with everything that gateways and people do, samples in between. */
    async run(forMinutes: number, everyMs: number, sampled: (sample: Sample) => void): Promise<void> {
      const end = performance.now() + forMinutes * 60_000;
      let nextMinute = performance.now();
      let nextSample = performance.now();
      for (let next = performance.now(); performance.now() < end; next += everyMs) {
        if (performance.now() >= nextMinute) {
          nextMinute += POLL_MS;
          await this.poll();
          await fleet();
          await people();
        }
        if (performance.now() >= nextSample) {
          nextSample += POLL_MS / 2;
          sampled(await this.sample());
        }
        await push();
        const wait = next + everyMs - performance.now();
        if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait));
        else next = performance.now();
      }
      await here.quiet();
      sampled(await this.sample());
    },
  };
}

/** Growth an hour by least squares. */
export function slopeOf(samples: readonly Sample[], of: (sample: Sample) => number): number {
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const x = mean(samples.map(({ minutes }) => minutes));
  const y = mean(samples.map(of));
  const up = samples.reduce((sum, one) => sum + (one.minutes - x) * (of(one) - y), 0);
  const across = samples.reduce((sum, { minutes }) => sum + (minutes - x) ** 2, 0);
  return (up / across) * 60;
}

/** Bytes; 0 where there is no /proc. */
function residentSet(pid: number | null): number {
  try {
    return Number(/^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) * 1024;
  } catch {
    return 0;
  }
}

function sizeOf(folder: string): number {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' }).reduce((sum, name) => {
    const stat = statSync(join(folder, name), { throwIfNoEntry: false });
    return sum + (stat?.isFile() ? stat.size : 0);
  }, 0);
}
