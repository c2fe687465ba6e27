/** Heartbeats: what the gateway says it runs, every half a minute and after every change. Nothing in them is proof. */
import type { Beat, GatewayApi } from './api.ts';
import { bell } from './bell.ts';
import type { Clock } from './clock.ts';
import type { Conditions } from './conditions.ts';
import type { Enforcement } from './enforcement.ts';
import { jittered, pause } from './pause.ts';
import type { Target } from './target.ts';

/** Several changes in a row are said once. */
const GATHER_MS = 20;

interface HeartbeatOptions {
  readonly api: Pick<GatewayApi, 'heartbeat'>;
  readonly target: Pick<Target, 'running'>;
  readonly enforcement: Pick<Enforcement, 'good'>;
  readonly conditions: Conditions;
  readonly intervalMs: number;
  readonly clock: Clock;
  readonly random: () => number;
  readonly signal: AbortSignal;
}

export type Heartbeats = ReturnType<typeof heartbeatsOf>;

export function heartbeatsOf(options: HeartbeatOptions) {
  const { api, target, enforcement, conditions, intervalMs, clock, random, signal } = options;
  const startedAt = clock.uptimeMs();
  /** To be said as they were found, before what is now. */
  const found: (string | null)[] = [];
  const change = bell();

  const beatOf = (contentHash: string | null): Beat => {
    const manifest = enforcement.good()?.manifest ?? null;
    const runsIt = manifest !== null && manifest.content_hash === contentHash;
    const isOther = manifest !== null && !runsIt;
    return {
      content_hash: contentHash,
      sequence: runsIt ? manifest.sequence : null,
      version_id: runsIt ? manifest.version_id : null,
      uptime_seconds: Math.floor((clock.uptimeMs() - startedAt) / 1000),
      health: contentHash === null ? 'unhealthy' : isOther ? 'degraded' : conditions.health(),
      reason: conditions.reason() ?? (contentHash === null ? 'it is not known to run anything' : null),
    };
  };

  /** Fails without a word: the reconciler asks the same API, and says so. */
  async function send(contentHash: string | null): Promise<void> {
    await api.heartbeat(beatOf(contentHash)).catch(() => {});
  }

  async function run(): Promise<void> {
    while (!signal.aborted) {
      for (const hash of found.splice(0)) await send(hash);
      const running = await target.running().catch(() => null);
      await send(running ?? null);
      if (await change.wait(jittered(intervalMs, random), signal)) await pause(GATHER_MS, signal);
    }
  }

  return {
    run,
    /** There is something new to say. */
    wake: () => change.ring(),
    /** Says what was found to run, although by the time it is said something else does. */
    report(contentHash: string | null): void {
      if (found.length < 10) found.push(contentHash);
      change.ring();
    },
  };
}
