/** What the gateway is made of beside the version it runs: all of it outlives versions. */
import type { Decision } from '../../lib/domain/decision.ts';
import type { Log } from '../../lib/log.ts';
import type { ChatPorts } from './chat/ports.ts';
import type { Current } from './current.ts';
import type { FailMode } from './judge.ts';
import type { LoadOutcome } from './loaded.ts';
import type { Gauge, Metrics } from './telemetry/metrics.ts';
import type { TargetStates } from './upstreams/target-state.ts';

export type ReloadOutcome = LoadOutcome | { readonly kind: 'unreadable'; readonly why: string };

export interface GatewayPorts {
  readonly current: Current;
  readonly states: TargetStates;
  readonly metrics: Metrics;
  readonly chat: ChatPorts;
  readonly failMode: FailMode;
  readonly version: string;
  readonly startedAt: number;
  /** Null when nobody may reload. */
  readonly adminToken: string | null;
  /** Reads the policy again from where it was read; null when the control plane says what runs. */
  readonly reload: (() => Promise<ReloadOutcome>) | null;
  readonly decided: (decision: Decision) => void;
  /** What others count. */
  readonly gauges: () => readonly Gauge[];
  readonly now: () => Date;
  readonly log: Log;
}
