/** `kt gateway diff`: a local document beside the one that a gateway must run. */
import type { Command } from 'commander';
import { action } from '../action.ts';
import type { GatewayDiffOptions } from '../gateway-diff.ts';

export function addDiff(gateway: Command): void {
  gateway
    .command('diff')
    .description('What a local document says differently from what a gateway must run.')
    .argument('[id]', 'the gateway')
    .option('--id <id>', 'the gateway')
    .requiredOption('--file <file>', 'the policy document; - is standard input')
    .option('--json', 'the changes as JSON', false)
    .addHelpText('after', '\nExit codes: 0 they enforce the same, 1 they differ, 2 could not tell.')
    .action(
      action<GatewayDiffOptions>(async (call) => {
        const { runGatewayDiff } = await import('../gateway-diff.ts');
        return runGatewayDiff(call);
      }),
    );
}
