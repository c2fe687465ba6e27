/** Health: whether the gateway enforces and reaches its providers, and what it does not enforce. */
import type { Current } from '../current.ts';
import type { Loaded } from '../loaded.ts';
import type { TargetStates } from '../upstreams/target-state.ts';

export type Status = 'healthy' | 'degraded' | 'unhealthy';

/** As far as is known from using it: nobody is asked for this. */
export function reachability(
  { upstreams, routing }: Loaded,
  states: TargetStates,
): Readonly<Record<string, 'reachable' | 'unreachable'>> {
  return Object.fromEntries(
    upstreams.map(({ id, identity, address }) => {
      const isOpen = states.of(identity).breaker.state(routing.breaker) === 'open';
      return [id, address && !isOpen ? 'reachable' : 'unreachable'];
    }),
  );
}

export function statusOf({ loaded, isClosed }: Current, states: TargetStates): Status {
  if (!loaded || isClosed) return 'unhealthy';
  const providers = Object.values(reachability(loaded, states));
  const reachable = providers.filter((each) => each === 'reachable').length;
  if (reachable === 0) return 'unhealthy';
  return reachable < providers.length || loaded.unenforced.length > 0 ? 'degraded' : 'healthy';
}

export interface HealthFacts {
  readonly uptimeSeconds: number;
  readonly version: string;
  readonly requests: number;
}

export function healthView(
  current: Current,
  states: TargetStates,
  { uptimeSeconds, version, requests }: HealthFacts,
) {
  const { loaded, isClosed } = current;
  return {
    status: statusOf(current, states),
    uptime_seconds: Math.floor(uptimeSeconds),
    version,
    providers: loaded ? reachability(loaded, states) : {},
    policies_loaded: loaded?.pack.enabled ? loaded.kinds.length : 0,
    requests_processed: requests,
    // Answers are not kept: each request is forwarded.
    cache: { entries: 0, hit_rate_pct: 0 },
    unenforced: loaded?.unenforced ?? [],
    without_effect: loaded?.without ?? [],
    content_hash: loaded?.contentHash ?? null,
    sequence: loaded?.provenance?.sequence ?? null,
    closed: isClosed,
  };
}
