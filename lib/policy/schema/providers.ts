/**
 * `providers`: where requests go. Documented in part: model groups, `models` of a target and further `routing` fields
 * are not, nor are the names of the circuit breaker's other two fields and of mirroring, which are presumed.
 */
import * as z from 'zod';
import {
  count,
  exactlyOne,
  flag,
  fraction,
  header,
  literalSecret,
  NOTES,
  positive,
  secretRef,
  text,
  url,
} from './fields.ts';

const UUID = z
  .string()
  .regex(/^[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}$/, { error: 'must be a UUID' });

/** Every provider whose name is documented; the list is open, so others only earn a warning. */
export const PROVIDERS: readonly string[] = [
  'openai',
  'anthropic',
  'google',
  'azure',
  'azure-openai',
  'bedrock',
  'mcp',
  'cloudflare-gateway',
  'cloudera',
  'litellm',
  'localai',
  'llamaApi',
  'truefoundry',
  'xai',
  'aimlapi',
  'alibaba',
];

const DATA_POLICY = z.strictObject({
  zero_data_retention: flag.default(false),
  training_opt_out: flag.default(false),
  retention_days: z.int().min(0).max(36_500).optional(),
});

/** Each `*_env` field names the variable that holds the field it is called after; only some are documented. */
const TARGET = z
  .strictObject({
    id: text.describe('Unique in this file.'),
    provider: text.optional(),
    provider_type: text.optional(),
    format: text.optional(),
    model: text.optional(),
    base_url: url.optional(),
    secret_key_ref: secretRef.optional(),
    api_key: literalSecret.optional(),
    api_key_header: header.optional(),
    api_key_prefix: z.string().max(200).optional(),
    data_policy: DATA_POLICY.optional(),
    zdr: flag.optional().describe('Short for zero data retention.'),
    data_collection: z.enum(['allow', 'deny']).optional(),
    escalation_routing: exactlyOne(
      { team_id: UUID, user_id: UUID },
      'write `{team_id: UUID}` or `{user_id: UUID}`',
    ).optional(),
    azure_api_version: text.default('2024-02-01'),
    azure_deployment: text.optional(),
    path_template: text.optional(),
    fallback_to: text.optional().describe('The id of the target to try when this one fails.'),
  })
  .register(NOTES, { takesEnvKeys: true });

const TRIGGERS = ['rate_limit', 'server_error', 'timeout'] as const;
const STRATEGIES = ['ordered', 'round-robin', 'latency', 'cost', 'random'] as const;

const FALLBACK_BY_TRIGGER = z
  .strictObject({ triggers: z.array(z.enum(TRIGGERS)), max_fallback_attempts: count })
  .partial();
const FALLBACK_BY_STRATEGY = z
  .strictObject({
    strategy: z.enum(STRATEGIES),
    max_retries: count,
    retry_on: z.array(z.enum(['5xx', 'timeout', 'rate_limit'])),
    latency_window: positive,
    max_latency_ms: positive,
  })
  .partial();

export const PROVIDERS_SECTION = z.strictObject({
  targets: z.array(TARGET).optional(),
  routing: z
    .strictObject({ strategy: z.enum(STRATEGIES) })
    .partial()
    .optional(),
  fallback: z.union([FALLBACK_BY_TRIGGER, FALLBACK_BY_STRATEGY]).optional(),
  circuit_breaker: z
    .strictObject({
      failure_threshold: positive.describe('Consecutive failures that open the circuit.'),
      cooldown_seconds: positive,
      half_open_probes: positive,
    })
    .partial()
    .optional(),
  ab_test: z
    .strictObject({
      enabled: flag.optional(),
      sticky_by: text.optional(),
      variants: z.array(z.strictObject({ provider_id: text, weight: z.number().min(0) })).optional(),
    })
    .optional(),
  mirroring: z
    .strictObject({
      enabled: flag.default(false),
      mirror_target: text.optional(),
      sample_rate: fraction.default(1),
      log_mirror_response: flag.default(false),
      timeout_ms: positive.default(5000),
    })
    .optional(),
});
