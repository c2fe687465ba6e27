/** `kt gateway agent`: keeps the policy file of a gateway at what the API says it must run. */
import type { Command } from 'commander';
import { action } from '../action.ts';
import type { AgentFlags } from '../gateway-agent/agent-flags.ts';
import { addAgentFlags } from '../gateway-agent/agent-flags.ts';
import { addTargetFlags, type TargetFlags } from '../gateway-agent/target-flags.ts';

export function addAgent(gateway: Command): void {
  const command = gateway
    .command('agent')
    .description(
      'Keep the policy file of a gateway at what it must run, reload it, and tell of it. Runs until it is ended.',
    );
  addAgentFlags(addTargetFlags(command)).action(
    action<AgentFlags & TargetFlags>(async (call) => {
      const { runAgent } = await import('../gateway-agent/run-agent.ts');
      return runAgent(call);
    }),
  );
}
