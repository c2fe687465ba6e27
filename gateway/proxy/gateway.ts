/** The gateway: listens, holds the current version, and serves it. */
import type { RequestListener } from 'node:http';
import type { Decision } from '../../lib/domain/decision.ts';
import type { Log } from '../../lib/log.ts';
import type { Message } from '../engine/request.ts';
import { Current } from './current.ts';
import { type ListenerBounds, listen } from './http/listener.ts';
import { BodyReader } from './http/read-body.ts';
import { Slots } from './http/slots.ts';
import { type FailMode, Judge } from './judge.ts';
import { type LoadOptions, type LoadOutcome, load, type Provenance } from './loaded.ts';
import type { GatewayPorts, ReloadOutcome } from './ports.ts';
import { dispatch } from './routes/table.ts';
import { type Gauge, Metrics } from './telemetry/metrics.ts';
import { DEFAULT_TIMEOUTS, newAgents, type Timeouts } from './upstreams/send.ts';
import { TargetStates } from './upstreams/target-state.ts';

export interface GatewayOptions {
  readonly host: string;
  readonly port: number;
  readonly failMode: FailMode;
  readonly maxConcurrency: number;
  readonly load: LoadOptions;
  readonly timeouts?: Timeouts;
  readonly bounds?: ListenerBounds;
  readonly adminToken?: string | null;
  readonly reload?: (() => Promise<ReloadOutcome>) | null;
  /** Called once for every request that a policy was asked about; never waited for. */
  readonly decided?: (decision: Decision) => void;
  readonly promptHash?: (messages: readonly Message[]) => string | null;
  readonly gauges?: () => readonly Gauge[];
  /** From 0 up to 1. */
  readonly random?: () => number;
  readonly log: Log;
  readonly version: string;
}

export interface Gateway {
  readonly port: number;
  readonly current: Current;
  /** Compiles beside what runs, and swaps if it can be enforced. */
  load(bytes: Uint8Array, provenance: Provenance | null): LoadOutcome;
  /** Takes no more requests, and resolves when those in flight are answered; after `graceMs` they are cut off. */
  stop(graceMs?: number): Promise<void>;
}

const DEFAULT_GRACE_MS = 30_000;

export async function startGateway(options: GatewayOptions): Promise<Gateway> {
  const elapsed = () => performance.now();
  const current = new Current();
  const states = new TargetStates(elapsed);
  const metrics = new Metrics();
  const agents = newAgents();
  const price = (model: string) => {
    const found = options.load.prices.get(model);
    return found && found.input + found.output;
  };
  const ports: GatewayPorts = {
    current,
    states,
    metrics,
    failMode: options.failMode,
    version: options.version,
    startedAt: elapsed(),
    adminToken: options.adminToken ?? null,
    reload: options.reload ?? null,
    decided: options.decided ?? (() => {}),
    gauges: options.gauges ?? (() => []),
    now: options.load.now,
    log: options.log,
    chat: {
      bodies: new BodyReader(),
      slots: new Slots(options.maxConcurrency),
      judge: new Judge(options.failMode, options.log),
      order: { states, random: options.random ?? Math.random, price },
      agents,
      timeouts: options.timeouts ?? DEFAULT_TIMEOUTS,
      elapsed,
      promptHash: options.promptHash ?? (() => null),
      version: options.version,
    },
  };
  const handle: RequestListener = (request, response) => void dispatch(request, response, ports);
  const listener = await listen(options.host, options.port, handle, options.bounds);
  return {
    port: listener.port,
    current,
    load(bytes, provenance) {
      const outcome = load(bytes, provenance, options.load);
      metrics.count('reloads', { result: outcome.kind });
      if (outcome.kind === 'loaded') {
        current.swap(outcome.loaded);
        states.keepOnly(new Set(outcome.loaded.upstreams.map(({ identity }) => identity)));
      }
      tell(options.log, outcome);
      return outcome;
    },
    async stop(graceMs = DEFAULT_GRACE_MS) {
      await listener.stop(graceMs);
      agents.http.destroy();
      agents.https.destroy();
    },
  };
}

function tell(log: Log, outcome: LoadOutcome): void {
  if (outcome.kind === 'refused') {
    log.fact('policy.refused', { reasons: outcome.reasons });
    return;
  }
  const { contentHash, pack, provenance, unenforced, without, upstreams } = outcome.loaded;
  const unavailable = upstreams.flatMap(({ id, unavailable: why }) => (why === null ? [] : [{ id, why }]));
  log.fact('policy.loaded', {
    content_hash: contentHash,
    version: pack.version,
    sequence: provenance?.sequence ?? null,
    ...(unenforced.length > 0 ? { unenforced } : {}),
    ...(without.length > 0 ? { without_effect: without } : {}),
    ...(unavailable.length > 0 ? { unavailable } : {}),
    ...(upstreams.length === 0 ? { providers: 'none: every request that passes is answered with 502' } : {}),
  });
}
