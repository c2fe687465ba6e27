/** The options of `kt gateway run`, as they were given. */

export interface RunOptions {
  readonly listen: string;
  readonly port?: number;
  readonly managed: boolean;
  readonly policyConfig: readonly string[];
  readonly failMode: 'block' | 'allow';
  readonly maxConcurrency: number;
  readonly allowUnenforced: readonly string[];
  readonly adminTokenFile?: string;
  readonly prices?: string;
  readonly stateDir?: string;
  readonly logDecisions: boolean;
  readonly gatewayId?: string;
  readonly upstream?: string;
  readonly upstreamApiKeyHeader?: string;
  readonly upstreamApiKeyPrefix?: string;
  readonly upstreamConnectTimeout: number;
  readonly upstreamFirstByteTimeout: number;
  readonly upstreamIdleTimeout: number;
  readonly upstreamTotalTimeout: number;
}
