/** The expanded form: tools by role, rates, amounts and kill switches, one after the other, and what to say about it. */
import type { State } from '../../state.ts';
import { type SessionName, sessionOf } from '../../tools/session.ts';
import type { Block, Check, Opinion, Stage } from '../enforcement.ts';
import { deniedByRole } from '../tool-rules.ts';
import { killSwitches } from './kill-switches.ts';
import { rates } from './rates.ts';
import type { Finding, Rule } from './rule.ts';
import { transactions } from './transactions.ts';

type Form = Extract<Block<'agent-firewall'>, { tools?: unknown }>;
type Monitoring = NonNullable<Form['monitoring']>;

const DENIED: ReadonlySet<string> = new Set([
  'agent_firewall.tool_denied',
  'agent_firewall.role_missing',
  'agent_firewall.role_unknown',
]);

export function expanded(block: Form, state: State): Check {
  const roles = block.tools && new Map(Object.entries(block.tools.roles));
  const rules: Rule[] = [];
  if (block.kill_switches) rules.push(killSwitches(block.kill_switches, state));
  if (roles)
    rules.push((stage) => {
      const refused = deniedByRole(stage, roles, 'agent_firewall');
      return refused && { refused };
    });
  if (block.rate_limits) rules.push(rates(block.rate_limits, state));
  if (block.transaction_limits) rules.push(transactions(block.transaction_limits, state));
  const { monitoring = {} } = block;
  return (stage) => {
    const session = sessionOf(stage.request);
    const passed: Finding[] = [];
    for (const rule of rules) {
      const finding = rule(stage, session);
      if (finding?.refused) return refused(finding.refused, session, monitoring, state);
      if (finding) passed.push(finding);
    }
    return passedWith(passed, stage, monitoring);
  };
}

/** A person who has to approve is no error. */
function refused(opinion: Opinion, { key }: SessionName, monitoring: Monitoring, state: State): Opinion {
  if (opinion.verdict === 'block' && opinion.reasonCode !== 'agent_firewall.halted')
    state.sessions.change(key, (session) => {
      session.refusals += 1;
    });
  const alert =
    monitoring.alert_on_denied_action && DENIED.has(opinion.reasonCode)
      ? 'denied_action'
      : monitoring.alert_on_rate_limit && opinion.reasonCode === 'agent_firewall.rate_limited'
        ? 'rate_limit'
        : null;
  return alert === null ? opinion : { ...opinion, metadata: { ...opinion.metadata, alert } };
}

function passedWith(passed: readonly Finding[], { side }: Stage, monitoring: Monitoring): Opinion | null {
  const percent = monitoring.alert_threshold_percent ?? Number.POSITIVE_INFINITY;
  const limits = passed
    .flatMap(({ uses = [] }) => uses)
    .filter(({ used, most }) => used > 0 && Number.isFinite(most) && (used / most) * 100 >= percent)
    .map(({ limit, used, most }) => ({ limit, used_percent: Math.round((used / most) * 100) }));
  const metadata = limits.length === 0 ? {} : { metadata: { alert: 'threshold', limits } };
  const onPass = () => {
    for (const finding of passed) finding.onPass?.();
  };
  if (side === 'request' && limits.length === 0) return null;
  return { verdict: 'allow', reasonCode: 'agent_firewall.passed', ...metadata, onPass };
}
