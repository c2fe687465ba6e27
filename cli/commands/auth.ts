/** `kt auth`: tokens, who may call the API and what for. */
import type { Command } from 'commander';
import { action } from '../action.ts';

interface BootstrapOptions {
  readonly table: string;
  readonly name: string;
  readonly region?: string;
  readonly force: boolean;
}

export function addAuth(kt: Command): void {
  const auth = kt.command('auth').description('Tokens: who may call the API, and what for.');
  addBootstrap(auth);
}

function addBootstrap(auth: Command): void {
  auth
    .command('bootstrap')
    .description('Make the first admin token of a deployment on AWS, with your own AWS credentials.')
    .requiredOption('--table <name>', "the deployment's table: the stack's output TableName")
    .option('--name <name>', 'what the token is called in lists and in the audit log', 'first admin')
    .option('--region <region>', 'where the deployment is; AWS_REGION when left out')
    .option('--force', 'also when there is an admin token already', false)
    .addHelpText(
      'after',
      '\nThe token is printed once, on standard output alone: kt auth bootstrap --table NAME > token\nExit codes: 0 made, 1 there is an admin token already, 2 could not tell.',
    )
    .action(
      action<BootstrapOptions>(async ({ options }) => {
        const { runBootstrap } = await import('../run-bootstrap.ts');
        return runBootstrap(options);
      }),
    );
}
