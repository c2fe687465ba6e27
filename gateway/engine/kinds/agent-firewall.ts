/** `agent-firewall`: which tools may be called, how often, for how much, and when an agent is stopped altogether. */
import { byName } from './agent-firewall/by-name.ts';
import { expanded } from './agent-firewall/expanded.ts';
import type { Block, Enforcement } from './enforcement.ts';

type Form = Block<'agent-firewall'>;
type Expanded = Extract<Form, { tools?: unknown }>;

const EXPANDED_KEYS: readonly (keyof Expanded)[] = [
  'tools',
  'rate_limits',
  'transaction_limits',
  'kill_switches',
  'monitoring',
];

export const AGENT_FIREWALL: Enforcement<'agent-firewall'> = {
  enforced: true,
  checks(block, { state }) {
    const check = isExpanded(block) ? expanded(block, state) : byName(block, state);
    return { phase: 'tool', request: check, answer: check };
  },
};

const isExpanded = (block: Form): block is Expanded => EXPANDED_KEYS.some((key) => key in block);
