import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { SendMessageCommand } from '@aws-sdk/client-sqs';
import { expect, it } from 'vitest';
import { synth } from '../../infra/synth.ts';
import { localClients } from '../../local/emulators.ts';
import { finallyDo, runStack, temporaryFolder } from './fixture.ts';

const NAMES = ['webhook', 'poll', 'sync', 'fan-out', 'api'];

/** The template that is deployed, with functions that only say they ran. */
it('runs the template of the real stack: its routes, queues and schedule reach their functions', async () => {
  const assets = temporaryFolder();
  for (const name of NAMES) {
    mkdirSync(join(assets, name));
    writeFileSync(
      join(assets, name, 'index.mjs'),
      `export const handler = async (event) => { console.log('ran ' + (event.Records?.[0].body ?? '')); return { statusCode: 200, body: '${name}' }; };`,
    );
  }
  const { outdir } = await synth({ assets, outdir: join(temporaryFolder(), 'cdk.out'), check: false });
  const stack = await runStack(outdir, {
    parameters: ({ sqs }) => ({ GitAllowedNetworks: '127.0.0.0/8', GatewayQueueEndpoint: sqs }),
  });

  const text = async (path: string, method: string) => (await fetch(stack.url + path, { method })).text();
  expect(await text('/v1/hooks/h1', 'POST')).toBe('webhook');
  expect(await text('/v1/hooks/h1', 'GET')).toBe('api');
  expect(await text('/v1/git-repos', 'POST')).toBe('api');
  expect((await stack.tick('poll')).kind).toBe('done');
  const { sqs, destroy } = localClients(stack.endpoints, stack.region);
  finallyDo(destroy);
  for (const [queue, name] of [
    ['sync', 'Sync'],
    ['fan-out', 'FanOut'],
  ] as const) {
    await sqs.send(new SendMessageCommand({ QueueUrl: stack.queueUrl(queue), MessageBody: queue }));
    expect(await stack.line(new RegExp(`ran ${queue}$`))).toMatch(new RegExp(`^${name}`));
  }
  expect(stack.environmentOf('api')).toMatchObject({
    KT_PUBLIC_URL: stack.url,
    KT_GIT_ALLOWED_NETWORKS: '127.0.0.0/8',
    KT_SYNC_QUEUE_URL: stack.queueUrl('sync'),
    KT_DATA_KEY_ARN: stack.outputs['DataKeyArn'],
    KT_GATEWAY_QUEUE_ROLE_ARN: 'arn:aws:iam::000000000000:role/KtGitops-gw-us-east-1',
    KT_GATEWAY_QUEUE_ENDPOINT: stack.endpoints.sqs,
    KT_QUEUE_ARN_PREFIX: 'arn:aws:sqs:us-east-1:000000000000:',
  });
});
