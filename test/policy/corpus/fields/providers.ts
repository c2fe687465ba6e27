/** `providers`: targets, and how one is chosen. */
import { COUNT, FLAG, FRACTION, HEADER, NAME, oneOf, POSITIVE, type Row, rows, TEXT, URL } from '../row.ts';

const UUID = '7f6c1f8e-2c43-4f0e-9d1a-0c8b5a4e3d21';
const uuid = {
  right: [UUID, UUID.toUpperCase()],
  wrong: [
    ['team-7', 'E034'],
    [UUID.slice(1), 'E034'],
    ['', 'E034'],
    [7, 'E033'],
  ],
} as const satisfies Pick<Row, 'right' | 'wrong'>;

const TARGET = rows({ 'providers.targets': [{ id: 'primary', provider: 'openai' }] }, [
  { field: 'providers.targets[].id', ...TEXT, required: true, typo: 'ids' },
  {
    field: 'providers.targets[].provider',
    right: ['openai', 'anthropic', 'google', 'azure', 'azure-openai', 'bedrock', 'mcp', 'llamaApi', 'xai'],
    doubtful: [
      ['open-ai', 'E051'],
      ['my-own', 'E051'],
    ],
    wrong: [
      ['', 'E034'],
      [['openai'], 'E033'],
    ],
    typo: 'providers',
  },
  { field: 'providers.targets[].provider_type', ...TEXT, typo: 'provider_typ' },
  { field: 'providers.targets[].format', ...TEXT, typo: 'formats' },
  { field: 'providers.targets[].model', ...TEXT, typo: 'models' },
  { field: 'providers.targets[].base_url', ...URL, typo: 'base-uri' },
  { field: 'providers.targets[].secret_key_ref.env', ...NAME, typo: 'envv' },
  { field: 'providers.targets[].secret_key_ref.store', ...NAME, typo: 'stores' },
  {
    field: 'providers.targets[].api_key',
    right: [''],
    wrong: [
      ['not-a-real-key', 'E042'],
      [7, 'E033'],
    ],
  },
  { field: 'providers.targets[].api_key_header', ...HEADER, typo: 'api_key_heder' },
  {
    field: 'providers.targets[].api_key_prefix',
    right: ['', 'Bearer '],
    wrong: [
      [7, 'E033'],
      ['x'.repeat(201), 'E034'],
    ],
    typo: 'api_key_prefixes',
  },
  { field: 'providers.targets[].data_policy.zero_data_retention', ...FLAG, typo: 'zero_data_retension' },
  { field: 'providers.targets[].data_policy.training_opt_out', ...FLAG, typo: 'training_optout' },
  {
    field: 'providers.targets[].data_policy.retention_days',
    right: [0, 30, 36_500],
    wrong: [
      [-1, 'E034'],
      [36_501, 'E034'],
      ['30', 'E033'],
    ],
    typo: 'retention_day',
  },
  { field: 'providers.targets[].zdr', ...FLAG, typo: 'zdrs' },
  {
    field: 'providers.targets[].data_collection',
    ...oneOf(['allow', 'deny'], 'none', 'denied'),
    typo: 'data_collections',
  },
  { field: 'providers.targets[].escalation_routing.team_id', ...uuid, typo: 'teams_id' },
  { field: 'providers.targets[].escalation_routing.user_id', ...uuid, typo: 'users_id' },
  {
    field: 'providers.targets[].azure_api_version',
    ...TEXT,
    right: ['2024-02-01'],
    typo: 'azure_api_versions',
  },
  { field: 'providers.targets[].azure_deployment', ...TEXT, typo: 'azure_deployments' },
  { field: 'providers.targets[].path_template', ...TEXT, typo: 'path_templates' },
  {
    field: 'providers.targets[].fallback_to',
    right: ['spare'],
    wrong: [
      ['nobody', 'E041'],
      ['', 'E034'],
      [1, 'E033'],
    ],
    also: { 'providers.targets[1]': { id: 'spare', provider: 'anthropic' } },
    typo: 'fallback_too',
  },
  { field: 'providers.targets[].*', any: 'cloudflare_account_id_env', ...NAME },
]);

const STRATEGIES = ['ordered', 'round-robin', 'latency', 'cost', 'random'];

const CHOICE: readonly Row[] = [
  { field: 'providers.routing.strategy', ...oneOf(STRATEGIES, 'fastest', 'round_robin'), typo: 'strategys' },
  {
    field: 'providers.fallback.triggers',
    right: [[], ['rate_limit', 'server_error', 'timeout']],
    wrong: [
      ['timeout', 'E033'],
      [['5xx'], 'E034', '[0]'],
      [['timeout', 1], 'E033', '[1]'],
    ],
    typo: 'trigger',
  },
  { field: 'providers.fallback.max_fallback_attempts', ...COUNT, typo: 'max_fallback_attempt' },
  { field: 'providers.fallback.strategy', ...oneOf(STRATEGIES, 'fastest'), typo: 'stratgy' },
  { field: 'providers.fallback.max_retries', ...COUNT, typo: 'max_retry' },
  {
    field: 'providers.fallback.retry_on',
    right: [[], ['5xx', 'timeout', 'rate_limit']],
    wrong: [
      ['5xx', 'E033'],
      [['server_error'], 'E034', '[0]'],
      [[500], 'E033', '[0]'],
    ],
    typo: 'retries_on',
  },
  { field: 'providers.fallback.latency_window', ...POSITIVE, typo: 'latency_windows' },
  { field: 'providers.fallback.max_latency_ms', ...POSITIVE, typo: 'max_latency' },
  { field: 'providers.circuit_breaker.failure_threshold', ...POSITIVE, typo: 'failure_treshold' },
  { field: 'providers.circuit_breaker.cooldown_seconds', ...POSITIVE, typo: 'cooldown_second' },
  { field: 'providers.circuit_breaker.half_open_probes', ...POSITIVE, typo: 'half_open_probe' },
];

/** Two targets to choose between, and a complete variant. */
const two = [
  { id: 'primary', provider: 'openai' },
  { id: 'spare', provider: 'anthropic' },
];
const SPLIT = rows(
  { 'providers.targets': two, 'providers.ab_test.variants': [{ provider_id: 'primary', weight: 1 }] },
  [
    { field: 'providers.ab_test.enabled', ...FLAG, typo: 'enable' },
    { field: 'providers.ab_test.sticky_by', ...TEXT, typo: 'stick_by' },
    {
      field: 'providers.ab_test.variants[].provider_id',
      right: ['primary', 'spare'],
      wrong: [
        ['nobody', 'E041'],
        ['', 'E034'],
        [1, 'E033'],
      ],
      required: true,
      typo: 'providers_id',
    },
    {
      field: 'providers.ab_test.variants[].weight',
      right: [0, 0.5, 90],
      wrong: [
        [-1, 'E034'],
        ['90%', 'E033'],
      ],
      required: true,
      typo: 'weigth',
    },
  ],
);

const MIRROR = rows(
  { 'providers.targets': two, 'providers.mirroring': { enabled: true, mirror_target: 'spare' } },
  [
    { field: 'providers.mirroring.enabled', ...FLAG, typo: 'enable' },
    {
      field: 'providers.mirroring.mirror_target',
      right: ['spare', 'primary'],
      wrong: [
        ['nobody', 'E041'],
        ['', 'E034'],
        [1, 'E033'],
      ],
      typo: 'mirror_targets',
    },
    { field: 'providers.mirroring.sample_rate', ...FRACTION, typo: 'sample_rates' },
    { field: 'providers.mirroring.log_mirror_response', ...FLAG, typo: 'log_mirror_responses' },
    { field: 'providers.mirroring.timeout_ms', ...POSITIVE, typo: 'timeouts_ms' },
  ],
);

export const PROVIDERS: readonly Row[] = [...TARGET, ...CHOICE, ...SPLIT, ...MIRROR];
