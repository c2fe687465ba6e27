/** `kill_switches`: when the agent of a session is stopped, until the session is over. */
import type { Budget } from '../../budget.ts';
import type { Message, ToolCall } from '../../request.ts';
import type { State } from '../../state.ts';
import { findAll } from '../../text/finder.ts';
import { PERSONAL, type PersonalLabel } from '../../text/personal.ts';
import { SEEN, viewOf } from '../../text/view.ts';
import { argumentTexts } from '../../tools/arguments.ts';
import { dangerIn } from '../../tools/dangers.ts';
import { poisonIn } from '../../tools/poisoning.ts';
import type { Block } from '../enforcement.ts';
import { type Rule, refusal } from './rule.ts';

type Switches = NonNullable<Extract<Block<'agent-firewall'>, { tools?: unknown }>['kill_switches']>;

const PERSONAL_LABELS: readonly PersonalLabel[] = ['email', 'iban', 'card', 'ssn', 'ip_address', 'phone'];
const RESULT_ROLES: ReadonlySet<string> = new Set(['tool', 'function']);

export function killSwitches(switches: Switches, { sessions }: State): Rule {
  const {
    max_errors_before_halt: mostErrors = Number.POSITIVE_INFINITY,
    halt_on_pii_in_action: onPersonal = false,
    halt_on_suspicious_pattern: onSuspicious = false,
  } = switches;
  return ({ side, request, messages, budget }, { key }) => {
    const errors = side === 'request' ? request.messages.filter(isError).length : 0;
    if (errors > sessions.of(key).toolErrors)
      sessions.change(key, (session) => {
        session.toolErrors = errors;
      });
    const { halted, refusals, toolErrors } = sessions.of(key);
    const halt = () =>
      sessions.change(key, (session) => {
        session.halted = true;
      });
    if (halted || refusals + toolErrors >= mostErrors) {
      halt();
      return refusal('halted');
    }
    for (const call of messages.flatMap(({ toolCalls }) => toolCalls)) {
      const why =
        (onPersonal && hasPersonal(call, budget) && 'pii_in_action') ||
        (onSuspicious && isSuspicious(call, budget) && 'suspicious_pattern');
      if (!why) continue;
      halt();
      return refusal(why, { tool: call.name.slice(0, 200) });
    }
    const used = refusals + toolErrors;
    return { uses: [{ limit: 'kill_switches.max_errors_before_halt', used, most: mostErrors }] };
  };
}

const textsIn = (call: ToolCall) =>
  [call.arguments, ...(argumentTexts(call) ?? [])].map((text) => viewOf(text, SEEN).text);

const hasPersonal = (call: ToolCall, budget: Budget) =>
  textsIn(call).some((text) => findAll(PERSONAL, PERSONAL_LABELS, text, budget).length > 0);

/** What nobody can read is suspicious too. */
const isSuspicious = (call: ToolCall, budget: Budget) =>
  argumentTexts(call) === null ||
  textsIn(call).some((text) => dangerIn(text, budget) !== null || poisonIn(text, budget) !== null);

/** No field of a tool's result says that it failed. These are the ways in which results usually say so. */
function isError({ role, content }: Message): boolean {
  if (!RESULT_ROLES.has(role)) return false;
  if (/^\s*(?:error|exception|traceback|fatal|failed|failure)\b/i.test(content)) return true;
  if (!/^\s*\{/.test(content)) return false;
  try {
    const result: unknown = JSON.parse(content);
    if (typeof result !== 'object' || result === null) return false;
    const says = (key: string): unknown => Reflect.get(result, key);
    return (
      Boolean(says('error')) ||
      says('is_error') === true ||
      says('isError') === true ||
      says('success') === false ||
      says('ok') === false ||
      says('status') === 'error' ||
      says('status') === 'failed'
    );
  } catch {
    return false;
  }
}
