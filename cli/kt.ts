#!/usr/bin/env node
/** `kt`: the command line. What a command answers goes to standard output, everything else to standard error. */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { Command, CommanderError } from 'commander';
import { dynamoTokens } from '../lib/aws/dynamo-tokens.ts';
import { troubleWithTable } from './aws-trouble.ts';
import { bootstrap } from './bootstrap.ts';
import { EXIT, type ExitCode } from './exit-code.ts';

interface BootstrapOptions {
  readonly table: string;
  readonly name: string;
  readonly region?: string;
  readonly force: boolean;
}

const kt = new Command('kt')
  .description('Git as the source of truth for what AI gateways enforce.')
  .exitOverride()
  .showHelpAfterError('(--help says more)');

const auth = kt.command('auth').description('Tokens: who may call the API, and what for.');

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
  .action(async (options: BootstrapOptions) => {
    process.exitCode = await runBootstrap(options);
  });

async function runBootstrap({ table, name, region, force }: BootstrapOptions): Promise<ExitCode> {
  const client = new DynamoDBClient(region === undefined ? {} : { region });
  try {
    const ports = { tokens: dynamoTokens({ client, name: table }), clock: { now: () => new Date() } };
    const outcome = await bootstrap({ name, force }, ports);
    if (outcome.kind === 'bootstrapped already') {
      const { id, name: called, createdAt } = outcome.by;
      console.error(`there is an admin token already: "${called}" (${id}), made ${createdAt}`);
      console.error(
        'Make further tokens with it, by POST /v1/tokens. If it is lost: --force, then revoke it.',
      );
      return EXIT.no;
    }
    console.log(outcome.text);
    console.error(`Admin token ${outcome.token.id} ("${name}") was made. It is stored nowhere: keep it now.`);
    console.error('Try it:  curl -H "Authorization: Bearer $TOKEN" <the stack\'s output ApiUrl>/v1/whoami');
    return EXIT.ok;
  } catch (error) {
    console.error(`kt auth bootstrap: ${troubleWithTable(error, table)}`);
    return EXIT.unknown;
  } finally {
    client.destroy();
  }
}

try {
  await kt.parseAsync();
} catch (error) {
  if (!(error instanceof CommanderError)) throw error;
  // Commander has said what is wrong; asking for help is not wrong.
  process.exitCode = error.exitCode === 0 ? EXIT.ok : EXIT.unknown;
}
