/** Stances on the kinds that say who may use which tool: `agent-firewall`, `rbac`, `tool-security`. */
import { byWildcard } from '../cover.ts';
import { comesAndGoes } from '../groups.ts';
import { ceiling, guard, neutral, ranked, undecided } from '../ordered.ts';
import { allowing, blocking, restricting } from '../sets.ts';
import type { StanceTable } from '../stance.ts';
import { at, type Mapping } from '../values.ts';

const EXPANDED = ['tools', 'rate_limits', 'transaction_limits', 'kill_switches', 'monitoring'];
const SIMPLE = ['allowed_tools', 'blocked_tools', 'max_actions_per_session'];

function holdsAny(block: Mapping | null, keys: readonly string[]): boolean {
  return keys.some((key) => (at(block, key) ?? null) !== null);
}

const alertOnly = neutral('alerts decide nothing');

export const AGENT_FIREWALL: StanceTable = {
  '': {
    shape: 'map',
    whole: (before, after) => {
      const became = (from: readonly string[], to: readonly string[]): boolean =>
        holdsAny(before, from) && !holdsAny(before, to) && holdsAny(after, to) && !holdsAny(after, from);
      if (!became(SIMPLE, EXPANDED) && !became(EXPANDED, SIMPLE)) return null;
      return {
        effect: 'unknown',
        reason: 'the block went from one of its two forms to the other: compare them by hand',
      };
    },
  },
  allowed_tools: restricting('the allowed tools', { cover: byWildcard }),
  blocked_tools: blocking('the blocked tools', { cover: byWildcard }),
  max_actions_per_session: ceiling('the number of actions per session'),
  'tools.roles.*': comesAndGoes(
    'the role `*`',
    'unknown',
    'what a role without an entry may do is not documented',
  ),
  'tools.roles.*.allowed': restricting('the tools allowed to `*`', { cover: byWildcard }),
  'tools.roles.*.denied': blocking('the tools denied to `*`', { cover: byWildcard }),
  'rate_limits.*': ceiling('the rate limit of `*`', { sibling: 'default' }),
  'transaction_limits.max_single_transaction': ceiling('the limit of a single transaction'),
  'transaction_limits.max_daily_total': ceiling('the limit of all transactions of a day'),
  'transaction_limits.require_approval_above': ceiling('the amount above which somebody must approve'),
  'kill_switches.max_errors_before_halt': ceiling('the number of errors before a halt'),
  'kill_switches.halt_on_pii_in_action': guard('the halt on personal data in an action'),
  'kill_switches.halt_on_suspicious_pattern': guard('the halt on suspicious patterns'),
  'monitoring.alert_on_denied_action': alertOnly,
  'monitoring.alert_on_rate_limit': alertOnly,
  'monitoring.alert_threshold_percent': alertOnly,
};

/** More levels than these may exist. */
const SENSITIVITY = [['public'], ['confidential'], ['restricted']];

export const RBAC: StanceTable = {
  deny_if_missing: blocking('the headers without which a request is denied', { fallback: ['X-User-ID'] }),
  require_auth: guard('the need to be authenticated', false),
  'roles.*': comesAndGoes('the role `*`', 'unknown', 'what a role without an entry may do is not documented'),
  'roles.*.allowed_tools': restricting('the tools allowed to `*`', { cover: byWildcard }),
  'roles.*.denied_tools': blocking('the tools denied to `*`', { cover: byWildcard }),
  'data_access.*.max_sensitivity': ranked('the most sensitive data that `*` may see', SENSITIVITY),
  'minimum_necessary.enabled': guard('the minimum necessary rule'),
  'minimum_necessary.allowed_phi_roles': allowing('the roles that may see health data'),
};

export const TOOL_SECURITY: StanceTable = {
  analysis_mode: undecided('somebody else analyses the calls of tools', 'local'),
  firewall_endpoint: undecided('somebody else analyses the calls of tools'),
  secret_key_ref: neutral('another credential for the same service'),
  fail_closed: guard('refusing calls that cannot be analysed'),
  blocked_entity_types: blocking('the data that tools may not be given'),
};
