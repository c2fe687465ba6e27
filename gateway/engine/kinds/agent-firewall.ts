/** `agent-firewall`: which tools are offered and called, and how many calls a conversation may hold. */
import { toolsUsed } from '../request.ts';
import type { Block, Check, Enforcement } from './enforcement.ts';
import { denied, deniedByRole } from './tool-rules.ts';

type Form = Block<'agent-firewall'>;

export const AGENT_FIREWALL: Enforcement<'agent-firewall'> = {
  enforced: true,
  without: ['rate_limits', 'transaction_limits', 'kill_switches', 'monitoring'],
  checks(block) {
    const check = 'tools' in block ? byRole(block) : byName(block);
    return { phase: 'tool', request: check, answer: check };
  },
};

function byName(block: Form): Check {
  const rules = {
    allowed: 'allowed_tools' in block ? block.allowed_tools : undefined,
    denied: 'blocked_tools' in block ? block.blocked_tools : undefined,
  };
  const most = 'max_actions_per_session' in block ? block.max_actions_per_session : undefined;
  return (stage) => {
    // A session is what the conversation itself shows of it.
    const before = stage.side === 'answer' ? toolsUsed(stage.request.messages).length : 0;
    if (before + toolsUsed(stage.messages).length > (most ?? Number.POSITIVE_INFINITY))
      return { verdict: 'block', reasonCode: 'agent_firewall.too_many_actions' };
    return denied(stage, rules, 'agent_firewall.tool_denied');
  };
}

function byRole({ tools }: Extract<Form, { tools?: unknown }>): Check {
  const roles = new Map(Object.entries(tools?.roles ?? {}));
  return (stage) => (tools ? deniedByRole(stage, roles, 'agent_firewall') : null);
}
