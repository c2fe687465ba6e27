/** The template for agents that call tools. */
import { OPENAI_TARGET, passes, type Template } from '../template.ts';

export const AGENT_FIREWALL: Template = {
  description: 'which tools an agent may call, and how often',
  config: `# Which tools an agent may call, and how often.
pack:
  name: agent-firewall
  version: 0.1.0
  enabled: true
  description: An agent calls the tools it is meant to call, and no others.

${OPENAI_TARGET}
policies:
  chain:
    - agent-firewall
    - audit-logger

policy:
  agent-firewall:
    allowed_tools:
      - search_documents
      - read_ticket
      - reply_to_ticket
    blocked_tools:
      - delete_ticket
      - transfer_funds
    max_actions_per_session: 25
  audit-logger:
    retention_days: 365
`,
  golden: passes('a question that calls no tool passes', 'Which tickets are open?'),
};
