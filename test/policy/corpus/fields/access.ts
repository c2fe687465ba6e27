/** `agent-firewall`, `rbac`, `tool-security`. */
import { AMOUNT, COUNT, FLAG, NAME, oneOf, POSITIVE, type Row, rows, TEXTS, URL } from '../row.ts';

/** Globs are documented both ways, as patterns and as exact names; `*` alone is every tool. */
const FIREWALL_SIMPLE: readonly Row[] = [
  {
    field: 'policy.agent-firewall.allowed_tools',
    ...TEXTS,
    right: [[], ['search', 'read'], ['*']],
    doubtful: [[['search_*'], 'E052', '[0]']],
    typo: 'allowed_tool',
  },
  {
    field: 'policy.agent-firewall.blocked_tools',
    ...TEXTS,
    doubtful: [[['shell', '*_delete'], 'E052', '[1]']],
    typo: 'blocked-tools',
  },
  { field: 'policy.agent-firewall.max_actions_per_session', ...COUNT, typo: 'max_action_per_session' },
];

const FIREWALL_EXPANDED: readonly Row[] = [
  {
    field: 'policy.agent-firewall.tools.roles.*.allowed',
    ...TEXTS,
    doubtful: [[['search', 'read_?'], 'E052', '[1]']],
    typo: 'alowed',
  },
  { field: 'policy.agent-firewall.tools.roles.*.denied', ...TEXTS, typo: 'denyed' },
  { field: 'policy.agent-firewall.rate_limits.*', ...COUNT },
  ...['max_single_transaction', 'max_daily_total', 'require_approval_above'].map(
    (name): Row => ({
      field: `policy.agent-firewall.transaction_limits.${name}`,
      ...AMOUNT,
      typo: name.slice(0, -1),
    }),
  ),
  {
    field: 'policy.agent-firewall.kill_switches.max_errors_before_halt',
    ...POSITIVE,
    typo: 'max_error_before_halt',
  },
  ...['halt_on_pii_in_action', 'halt_on_suspicious_pattern'].map(
    (name): Row => ({ field: `policy.agent-firewall.kill_switches.${name}`, ...FLAG, typo: `${name}s` }),
  ),
  ...['alert_on_denied_action', 'alert_on_rate_limit'].map(
    (name): Row => ({ field: `policy.agent-firewall.monitoring.${name}`, ...FLAG, typo: `${name}s` }),
  ),
  {
    field: 'policy.agent-firewall.monitoring.alert_threshold_percent',
    right: [0, 80, 99.5, 100],
    wrong: [
      [-1, 'E034'],
      [101, 'E034'],
      ['80%', 'E033'],
    ],
    typo: 'alert_treshold_percent',
  },
];

const RBAC: readonly Row[] = [
  {
    field: 'policy.rbac.deny_if_missing',
    right: [[], ['X-User-ID'], ['X-User-ID', 'X-Team']],
    wrong: [
      ['X-User-ID', 'E033'],
      [[7], 'E033', '[0]'],
      [['X User'], 'E034', '[0]'],
      [['X-User-ID', ''], 'E034', '[1]'],
    ],
    typo: 'deny_if_mising',
  },
  { field: 'policy.rbac.require_auth', ...FLAG, typo: 'requires_auth' },
  { field: 'policy.rbac.roles.*.allowed_tools', ...TEXTS, right: [[], ['*'], ['read']], typo: 'allow_tools' },
  { field: 'policy.rbac.roles.*.denied_tools', ...TEXTS, typo: 'deny_tools' },
  {
    field: 'policy.rbac.data_access.*.max_sensitivity',
    ...oneOf(['public', 'confidential', 'restricted'], 'secret', 'Public'),
    typo: 'max_sensitivty',
  },
  { field: 'policy.rbac.minimum_necessary.enabled', ...FLAG, typo: 'enable' },
  { field: 'policy.rbac.minimum_necessary.allowed_phi_roles', ...TEXTS, typo: 'allowed_phi_role' },
];

const TOOL_SECURITY = rows({}, [
  {
    field: 'policy.tool-security.analysis_mode',
    ...oneOf(['local', 'external'], 'remote'),
    also: {
      'policy.tool-security.firewall_endpoint': 'https://firewall.example.com',
      'policy.tool-security.secret_key_ref': { env: 'FIREWALL_KEY' },
    },
    typo: 'analysis_modes',
  },
  {
    field: 'policy.tool-security.firewall_endpoint',
    ...URL,
    also: { 'policy.tool-security.analysis_mode': 'external' },
    typo: 'firewall_endpoints',
  },
  {
    field: 'policy.tool-security.secret_key_ref.env',
    ...NAME,
    also: { 'policy.tool-security.analysis_mode': 'external' },
    typo: 'evn',
  },
  { field: 'policy.tool-security.fail_closed', ...FLAG, typo: 'fail_close' },
  {
    field: 'policy.tool-security.blocked_entity_types',
    ...TEXTS,
    right: [[], ['pan', 'ssn', 'jwt', 'aws_access_key']],
    typo: 'blocked_entities_types',
  },
]);

export const ACCESS: readonly Row[] = [...FIREWALL_SIMPLE, ...FIREWALL_EXPANDED, ...RBAC, ...TOOL_SECURITY];
