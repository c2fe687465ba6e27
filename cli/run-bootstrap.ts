/** `kt auth bootstrap`: the one command that speaks to AWS itself. */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { dynamoTokens } from '../lib/aws/dynamo-tokens.ts';
import { troubleWithTable } from './aws-trouble.ts';
import { bootstrap } from './bootstrap.ts';
import { EXIT, type ExitCode } from './exit-code.ts';

export interface BootstrapOptions {
  readonly table: string;
  readonly name: string;
  readonly region?: string;
  readonly force: boolean;
}

export async function runBootstrap({ table, name, region, force }: BootstrapOptions): Promise<ExitCode> {
  const client = new DynamoDBClient(region === undefined ? {} : { region });
  try {
    const ports = { tokens: dynamoTokens({ client, name: table }), clock: { now: () => new Date() } };
    const outcome = await bootstrap({ name, force }, ports);
    if (outcome.kind === 'bootstrapped already') {
      const { id, name: called, createdAt } = outcome.by;
      console.error(`there is an admin token already: "${called}" (${id}), made ${createdAt}`);
      console.error(
        'Make further tokens with it, by kt auth token create. If it is lost: --force, then revoke it.',
      );
      return EXIT.no;
    }
    console.log(outcome.text);
    console.error(`Admin token ${outcome.token.id} ("${name}") was made. It is stored nowhere: keep it now.`);
    console.error("Try it:  KEEPTRUSTS_API_TOKEN=… kt auth whoami --api-url <the stack's output ApiUrl>");
    return EXIT.ok;
  } catch (error) {
    console.error(`kt auth bootstrap: ${troubleWithTable(error, table)}`);
    return EXIT.unknown;
  } finally {
    client.destroy();
  }
}
