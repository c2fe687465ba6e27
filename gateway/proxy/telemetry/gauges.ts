/** Gauges: what holds at the moment of asking. */
import type { GatewayPorts } from '../ports.ts';
import { reachability } from './health.ts';
import type { Gauge } from './metrics.ts';

export function gatewayGauges({ current, states, chat, startedAt }: GatewayPorts): readonly Gauge[] {
  const { loaded, isClosed } = current;
  const providers = loaded ? Object.entries(reachability(loaded, states)) : [];
  return [
    {
      name: 'keeptrusts_gateway_config_info',
      help: 'The policy document that runs.',
      values: loaded
        ? [[{ content_hash: loaded.contentHash, pack: loaded.pack.name, version: loaded.pack.version }, 1]]
        : [],
    },
    {
      name: 'keeptrusts_gateway_config_sequence',
      help: 'The sequence of the version that runs; only of one from a control plane.',
      values: loaded?.provenance ? [[{}, loaded.provenance.sequence]] : [],
    },
    {
      name: 'keeptrusts_gateway_closed',
      help: '1 while requests are refused because the policy is not confirmed any more.',
      values: [[{}, isClosed ? 1 : 0]],
    },
    {
      name: 'keeptrusts_gateway_unenforced',
      help: 'Kinds in the chain that nothing here enforces.',
      values: (loaded?.unenforced ?? []).map((policy) => [{ policy }, 1] as const),
    },
    {
      name: 'keeptrusts_gateway_provider_reachable',
      help: '0 for a provider that is left alone, or cannot be used.',
      values: providers.map(([provider, state]) => [{ provider }, state === 'reachable' ? 1 : 0] as const),
    },
    {
      name: 'keeptrusts_gateway_requests_in_flight',
      help: 'Requests that are worked on.',
      values: [[{}, chat.slots.used]],
    },
    {
      name: 'keeptrusts_gateway_uptime_seconds',
      help: 'Since the gateway started.',
      values: [[{}, Math.floor((chat.elapsed() - startedAt) / 1000)]],
    },
  ];
}
