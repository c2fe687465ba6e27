/** Routing: which targets a request may go to, in which order, and after which failures it goes on to the next. */
import { createHash } from 'node:crypto';
import type { Sections } from '../../engine/sections.ts';
import { type BreakerSettings, DEFAULT_BREAKER } from './breaker.ts';
import type { FailureKind } from './failure.ts';
import type { TargetStates } from './target-state.ts';
import type { Upstream } from './upstream.ts';

export type Strategy = 'ordered' | 'round-robin' | 'latency' | 'cost' | 'random';

export interface Routing {
  readonly strategy: Strategy;
  /** Tries after the first. */
  readonly maxFallbacks: number;
  readonly fallsBackOn: ReadonlySet<FailureKind>;
  readonly breaker: BreakerSettings;
  readonly latencyWindow: number | undefined;
  readonly maxLatencyMs: number | undefined;
  readonly split: Split | null;
}

/** An A/B test: whom a share of the requests goes to first. */
export interface Split {
  readonly stickyBy: string | null;
  readonly variants: readonly { readonly id: string; readonly weight: number }[];
}

/** What orders targets beside the document. Injected, so that tests know what comes. */
export interface OrderPorts {
  readonly states: TargetStates;
  /** From 0 up to 1. */
  readonly random: () => number;
  /** USD for a million tokens in and out; undefined when not known. */
  readonly price: (model: string) => number | undefined;
}

const RETRY_ON = { '5xx': 'server_error', timeout: 'timeout', rate_limit: 'rate_limit' } as const;
const ALL: readonly FailureKind[] = ['server_error', 'timeout', 'rate_limit'];

export function routingOf({
  routing,
  fallback,
  circuit_breaker: circuit,
  ab_test: test,
}: Sections['providers']): Routing {
  const triggers = fallback && 'triggers' in fallback ? fallback.triggers : undefined;
  const retryOn =
    fallback && 'retry_on' in fallback ? fallback.retry_on?.map((each) => RETRY_ON[each]) : undefined;
  const most =
    (fallback && 'max_fallback_attempts' in fallback ? fallback.max_fallback_attempts : undefined) ??
    (fallback && 'max_retries' in fallback ? fallback.max_retries : undefined);
  return {
    strategy:
      (fallback && 'strategy' in fallback ? fallback.strategy : undefined) ?? routing?.strategy ?? 'ordered',
    maxFallbacks: most ?? Number.POSITIVE_INFINITY,
    fallsBackOn: new Set<FailureKind>(triggers ?? retryOn ?? ALL),
    breaker: {
      failureThreshold: circuit?.failure_threshold ?? DEFAULT_BREAKER.failureThreshold,
      cooldownMs: (circuit?.cooldown_seconds ?? DEFAULT_BREAKER.cooldownMs / 1000) * 1000,
      halfOpenProbes: circuit?.half_open_probes ?? DEFAULT_BREAKER.halfOpenProbes,
    },
    latencyWindow: fallback && 'latency_window' in fallback ? fallback.latency_window : undefined,
    maxLatencyMs: fallback && 'max_latency_ms' in fallback ? fallback.max_latency_ms : undefined,
    split:
      test && test.enabled !== false && test.variants
        ? {
            stickyBy: test.sticky_by?.toLowerCase() ?? null,
            variants: test.variants.map(({ provider_id: id, weight }) => ({ id, weight })),
          }
        : null,
  };
}

export interface Asked {
  readonly model: string;
  /** By lower-case name. */
  readonly headers: ReadonlyMap<string, string>;
}

/** Those that have what was asked for come before the others; each group in the order of the strategy. */
export function orderOf(
  upstreams: readonly Upstream[],
  routing: Routing,
  asked: Asked,
  ports: OrderPorts,
): Upstream[] {
  const usable = upstreams.filter(({ address }) => address !== null);
  const ordered = byStrategy(usable, routing, asked, ports);
  const has = ({ model, id }: Upstream) => model === asked.model || id === asked.model;
  const grouped = [...ordered.filter(has), ...ordered.filter((each) => !has(each))];
  const first = routing.split && chosen(routing.split, usable, asked, ports.random);
  return first ? [first, ...grouped.filter((each) => each !== first)] : grouped;
}

function byStrategy(
  upstreams: readonly Upstream[],
  routing: Routing,
  asked: Asked,
  ports: OrderPorts,
): Upstream[] {
  const { states, random, price } = ports;
  switch (routing.strategy) {
    case 'ordered':
      return [...upstreams];
    case 'round-robin': {
      const at = upstreams.length === 0 ? 0 : states.turn() % upstreams.length;
      return [...upstreams.slice(at), ...upstreams.slice(0, at)];
    }
    case 'random':
      return sortedBy(upstreams, () => random());
    case 'latency':
      // One that was never asked is asked, or nothing would ever be known of it.
      return sortedBy(upstreams, ({ identity }) => {
        const latency = states.of(identity).latency() ?? 0;
        return latency > (routing.maxLatencyMs ?? Number.POSITIVE_INFINITY) ? Number.MAX_VALUE : latency;
      });
    case 'cost':
      return sortedBy(upstreams, ({ pricedAs }) => price(pricedAs ?? asked.model) ?? Number.MAX_VALUE);
  }
}

function sortedBy(upstreams: readonly Upstream[], weight: (upstream: Upstream) => number): Upstream[] {
  return upstreams
    .map((upstream) => ({ upstream, weight: weight(upstream) }))
    .toSorted((a, b) => a.weight - b.weight)
    .map(({ upstream }) => upstream);
}

/** Whoever sends the same header goes the same way, as long as the weights are the same. */
function chosen(
  { stickyBy, variants }: Split,
  usable: readonly Upstream[],
  { headers }: Asked,
  random: () => number,
) {
  const offered = variants.flatMap(({ id, weight }) => {
    const upstream = usable.find((each) => each.id === id);
    return upstream && weight > 0 ? [{ upstream, weight }] : [];
  });
  const key = stickyBy === null ? undefined : headers.get(stickyBy);
  const share = key === undefined ? random() : shareOf(key);
  let left = share * offered.reduce((sum, { weight }) => sum + weight, 0);
  for (const { upstream, weight } of offered) {
    if (left < weight) return upstream;
    left -= weight;
  }
  return undefined;
}

const shareOf = (key: string): number => createHash('sha256').update(key).digest().readUInt32BE(0) / 2 ** 32;
