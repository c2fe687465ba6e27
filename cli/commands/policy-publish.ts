/** `kt policy push` and `kt policy deploy`. */
import { type Command, Option } from 'commander';
import { action } from '../action.ts';
import { wholeNumber } from '../options.ts';
import type { DeployOptions } from '../publish/run-deploy.ts';
import type { PushOptions } from '../publish/run-push.ts';

const A_DAY = 86_400;

export function addPush(policy: Command): void {
  const push = policy
    .command('push')
    .description('Make a file what a gateway must run: a new version of the configuration it is bound to.')
    .requiredOption('--file <file>', 'the policy document; - is standard input')
    .requiredOption('--gateway-id <id>', 'the gateway');
  addPublishing(push)
    .addHelpText(
      'after',
      '\nA gateway that is bound to nothing gets a configuration of its own, called as pack.id or pack.name says.\nExit codes: 0 published, or identical already; 1 refused, or with --wait not run by all; 2 could not tell.',
    )
    .action(
      action<PushOptions>(async (call) => {
        const { runPush } = await import('../publish/run-push.ts');
        return runPush(call);
      }),
    );
}

export function addDeploy(policy: Command): void {
  const deploy = policy
    .command('deploy')
    .description('Make what one gateway is proven to run what another must run, byte for byte.')
    .requiredOption('--source-gateway-id <id>', 'whose document is taken')
    .requiredOption('--target-gateway-id <id>', 'whose configuration it becomes')
    .option('--file <file>', 'only when the source runs exactly this')
    .option('--unverified', 'also when the source has not proven what it runs', false);
  addPublishing(deploy)
    .addHelpText(
      'after',
      '\nExit codes: 0 published, or identical already; 1 refused, or with --wait not run by all; 2 could not tell, as when\nthe source never said what it runs.',
    )
    .action(
      action<DeployOptions>(async (call) => {
        const { runDeploy } = await import('../publish/run-deploy.ts');
        return runDeploy(call);
      }),
    );
}

function addPublishing(command: Command): Command {
  return command
    .option(
      '--configuration-id <id>',
      'for a gateway that is bound to nothing: the configuration to make or to take',
    )
    .option('--strict', 'a kind in the chain without a policy block (E003) is an error', false)
    .option('--dry-run', 'show the changes, and change nothing', false)
    .option('--wait', 'until every gateway of the configuration runs it', false)
    .addOption(
      new Option('--timeout <seconds>', 'how long --wait waits')
        .argParser(wholeNumber(1, A_DAY))
        .default(120),
    )
    .option('--json', 'what was done, as JSON', false);
}
