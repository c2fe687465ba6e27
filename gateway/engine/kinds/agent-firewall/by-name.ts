/** The simple form: tools by name, and how many calls a session may hold. */
import { toolsUsed } from '../../request.ts';
import type { State } from '../../state.ts';
import { sessionOf } from '../../tools/session.ts';
import type { Block, Check } from '../enforcement.ts';
import { denied } from '../tool-rules.ts';

type Form = Exclude<Block<'agent-firewall'>, { tools?: unknown }>;

export function byName(block: Form, { sessions }: State): Check {
  const { allowed_tools: allowed, blocked_tools: blocked, max_actions_per_session: most } = block;
  return (stage) => {
    const { request, side, messages } = stage;
    const session = sessionOf(request);
    // Without a name for it, a session is what the conversation itself shows.
    const counted = session.isNamed && most !== undefined ? sessions.of(session.key).calls : 0;
    const before = side === 'answer' ? toolsUsed(request.messages).length : 0;
    const now = toolsUsed(messages).length;
    const total = side === 'answer' ? Math.max(before, counted) + now : Math.max(now, counted);
    if (most !== undefined && total > most)
      return { verdict: 'block', reasonCode: 'agent_firewall.too_many_actions' };
    const refused = denied(stage, { allowed, denied: blocked }, 'agent_firewall.tool_denied');
    if (refused || side === 'request' || now === 0 || !session.isNamed || most === undefined) return refused;
    const onPass = () =>
      sessions.change(session.key, (known) => {
        known.calls += now;
      });
    return { verdict: 'allow', reasonCode: 'agent_firewall.passed', onPass };
  };
}
