/** `kt auth`: tokens, who may call the API and what for. */
import type { Command } from 'commander';
import { action } from '../action.ts';
import { EXIT } from '../exit-code.ts';
import { usage } from '../failure.ts';
import { jsonOption } from '../options.ts';
import { addToken } from './auth-token.ts';

interface BootstrapOptions {
  readonly table: string;
  readonly name: string;
  readonly region?: string;
  readonly force: boolean;
}

export function addAuth(kt: Command): void {
  const auth = kt.command('auth').description('Tokens: who may call the API, and what for.');
  addToken(auth);
  addWhoami(auth);
  addBootstrap(auth);
  for (const name of ['login', 'logout']) addUnserved(auth, name);
}

function addWhoami(auth: Command): void {
  auth
    .command('whoami')
    .description('Who the token is, and what it may do.')
    .addOption(jsonOption())
    .action(
      action<{ json: boolean }>(async ({ options, api, output }) => {
        const { TOKEN } = await import('../answers.ts');
        const { value, raw } = await (await api()).call('GET', '/v1/whoami', TOKEN);
        if (options.json) output.json(raw);
        else
          output.record([
            ['id', value.id],
            ['name', value.name],
            ['role', value.role],
            ['acts for', value.team === null ? 'the organisation' : `the team ${value.team}`],
            ['gateway', value.gateway_id],
            ['permissions', value.permissions.join(', ')],
            ['created', `${value.created_at} by ${value.created_by}`],
            ['expires', value.expires_at ?? 'never'],
          ]);
        return EXIT.ok;
      }),
    );
}

/** Whatever follows is not looked at: it may be a password. */
function addUnserved(auth: Command, name: string): void {
  auth
    .command(name, { hidden: true })
    .allowUnknownOption()
    .allowExcessArguments()
    .description('Not served: this API knows tokens only.')
    .action(
      action(async () => {
        throw usage(
          `there is no ${name}: this API knows tokens only`,
          'Set KEEPTRUSTS_API_TOKEN, or keep the token in a profile; kt auth whoami shows whose it is.',
        );
      }),
    );
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
