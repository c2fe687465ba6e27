/** What is known of each provider from using it. */
import type { Loaded } from '../loaded.ts';
import type { TargetStates } from '../upstreams/target-state.ts';

export function providerViews({ upstreams, routing }: Loaded, states: TargetStates) {
  return upstreams.map(({ id, provider, model, identity, unavailable }) => {
    const state = states.of(identity);
    const { requests, failures, lastFailure } = state;
    const latency = state.latency();
    return {
      id,
      provider,
      model,
      available: unavailable === null,
      unavailable,
      circuit: state.breaker.state(routing.breaker),
      requests,
      failures,
      last_failure: lastFailure,
      latency_ms: latency === null ? null : Math.round(latency),
    };
  });
}
