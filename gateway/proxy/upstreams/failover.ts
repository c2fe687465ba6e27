/** Failover: asks one target after the other until one answers. Nothing has gone to the client by then. */
import { UpstreamFailure } from './failure.ts';
import type { Routing } from './routing.ts';
import { failureOf } from './send.ts';
import type { TargetState, TargetStates } from './target-state.ts';
import type { Upstream } from './upstream.ts';

export interface Answered<T> {
  readonly upstream: Upstream;
  readonly value: T;
  /** Its answer has begun, and may go on for long: others need not wait to see whether the target is back. */
  begun(): void;
  /** How its answer ended; to be told once, since some end long after they have begun. */
  ended(failure: UpstreamFailure | null): void;
}

export interface FailoverPorts {
  readonly states: TargetStates;
  /** Milliseconds, of a clock that never goes back. */
  readonly now: () => number;
  /** One that was asked may have done it all, for nothing. */
  lost(): void;
}

/** Failures that say something about the target, and not about the request or the client. */
const COUNTS: ReadonlySet<string> = new Set(['server_error', 'timeout']);

/** Throws the last `UpstreamFailure`. */
export async function failover<T>(
  order: readonly Upstream[],
  routing: Routing,
  { states, now, lost }: FailoverPorts,
  attempt: (upstream: Upstream) => Promise<T>,
): Promise<Answered<T>> {
  const left = new Set(order);
  let last = new UpstreamFailure(
    'server_error',
    order.length === 0
      ? 'there is no provider to send it to'
      : 'every provider is left alone for a while: each has failed',
  );
  let next: Upstream | undefined;
  for (let tries = 0; tries <= routing.maxFallbacks; ) {
    const upstream: Upstream | undefined = next && left.has(next) ? next : first(left);
    if (!upstream) break;
    left.delete(upstream);
    next = order.find(({ id }) => id === upstream.fallbackTo);
    const state = states.of(upstream.identity);
    if (!state.breaker.admits(routing.breaker)) continue;
    tries++;
    state.requests++;
    const started = now();
    try {
      const value = await attempt(upstream);
      state.took(now() - started, routing.latencyWindow);
      return {
        upstream,
        value,
        begun: () => state.breaker.dropped(),
        ended: (failure) => note(state, failure, routing),
      };
    } catch (error) {
      const failure = failureOf(error);
      if (!failure) {
        state.breaker.dropped();
        throw error;
      }
      note(state, failure, routing);
      if (failure.mayHaveCost) lost();
      if (!routing.fallsBackOn.has(failure.kind)) throw failure;
      last = failure;
    }
  }
  throw last;
}

function note(state: TargetState, failure: UpstreamFailure | null, { breaker }: Routing): void {
  if (failure && COUNTS.has(failure.kind)) {
    state.failures++;
    state.lastFailure = failure.kind;
    state.breaker.failed(breaker);
  } else if (failure?.kind === 'aborted') state.breaker.dropped();
  // It is there, and answers or says no.
  else state.breaker.succeeded(breaker);
}

function first<T>(set: ReadonlySet<T>): T | undefined {
  for (const each of set) return each;
  return undefined;
}
