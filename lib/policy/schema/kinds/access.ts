/** Kinds that say who may use which tool: `agent-firewall`, `rbac`, `tool-security`. Documented in part. */
import * as z from 'zod';
import {
  amount,
  count,
  environmentName,
  exactlyOne,
  flag,
  header,
  positive,
  text,
  texts,
  url,
} from '../fields.ts';

const FIREWALL_SIMPLE = z.strictObject({
  allowed_tools: texts.optional(),
  blocked_tools: texts.optional(),
  max_actions_per_session: count.optional(),
});

/** The types of the three `monitoring` fields are not documented; their names say what they are. */
const FIREWALL_EXPANDED = z.strictObject({
  tools: z
    .strictObject({
      roles: z.record(text, z.strictObject({ allowed: texts, denied: texts }).partial()),
    })
    .optional(),
  rate_limits: z.record(text, count).optional().describe('Calls per tool; `default` is for the others.'),
  transaction_limits: z
    .strictObject({
      max_single_transaction: amount,
      max_daily_total: amount,
      require_approval_above: amount,
    })
    .partial()
    .optional(),
  kill_switches: z
    .strictObject({
      max_errors_before_halt: positive,
      halt_on_pii_in_action: flag,
      halt_on_suspicious_pattern: flag,
    })
    .partial()
    .optional(),
  monitoring: z
    .strictObject({
      alert_on_denied_action: flag,
      alert_on_rate_limit: flag,
      alert_threshold_percent: z.number().min(0).max(100),
    })
    .partial()
    .optional(),
});

/** One of the two forms; the first that fits counts. */
export const AGENT_FIREWALL = [FIREWALL_SIMPLE, FIREWALL_EXPANDED] as const;

/** More levels of sensitivity may exist than the three documented. */
export const RBAC = z.strictObject({
  deny_if_missing: z
    .array(header)
    .default(['X-User-ID'])
    .describe('Headers without which a request is denied.'),
  require_auth: flag.default(false),
  roles: z
    .record(text, z.strictObject({ allowed_tools: texts, denied_tools: texts }).partial())
    .optional()
    .describe('`*` stands for every tool.'),
  data_access: z
    .record(
      text,
      z.strictObject({ max_sensitivity: z.enum(['public', 'confidential', 'restricted']) }).partial(),
    )
    .optional(),
  minimum_necessary: z.strictObject({ enabled: flag, allowed_phi_roles: texts }).partial().optional(),
});

export const TOOL_SECURITY = z.strictObject({
  analysis_mode: z.enum(['local', 'external']).default('local'),
  firewall_endpoint: url.optional(),
  secret_key_ref: exactlyOne({ env: environmentName }, 'write `{env: NAME}`').optional(),
  fail_closed: flag.optional(),
  blocked_entity_types: texts.optional().describe('For example pan, ssn, jwt, aws_access_key.'),
});
