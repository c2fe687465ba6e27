/** The options of `kt gateway run`, as they were given. */
import type { AgentFlags } from '../gateway-agent/agent-flags.ts';

export interface RunOptions extends AgentFlags {
  readonly listen: string;
  readonly port?: number;
  readonly managed: boolean;
  readonly policyConfig: readonly string[];
  readonly failMode: 'block' | 'allow';
  readonly maxConcurrency: number;
  readonly allowUnenforced: readonly string[];
  readonly allowUnreadable: boolean;
  readonly adminTokenFile?: string;
  readonly gatewayToken?: string;
  readonly pollInterval?: number;
  readonly prices?: string;
  readonly logDecisions: boolean;
  readonly upstream?: string;
  readonly upstreamApiKeyHeader?: string;
  readonly upstreamApiKeyPrefix?: string;
  readonly upstreamConnectTimeout: number;
  readonly upstreamFirstByteTimeout: number;
  readonly upstreamIdleTimeout: number;
  readonly upstreamTotalTimeout: number;
  readonly stopTimeout: number;
}
