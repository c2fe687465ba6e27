import { describe, expect, it } from 'vitest';
import { api, lambda, runStack, TABLE, workQueue, writeOutdir } from './fixture.ts';

const ECHO = 'export const handler = async (event, context) => ({ event, context, env: process.env });';

describe('a stack', () => {
  it('runs a template: requests, queues, schedules, each with their function', async () => {
    const outdir = writeOutdir({
      resources: {
        Table: TABLE,
        Key: { Type: 'AWS::KMS::Key', Properties: { KeySpec: 'ECC_NIST_P256', KeyUsage: 'SIGN_VERIFY' } },
        ApiFunction: lambda('api', {
          Environment: {
            Variables: {
              TABLE: { Ref: 'Table' },
              KEY: { 'Fn::GetAtt': ['Key', 'Arn'] },
              QUEUE: { Ref: 'SyncQueue' },
              URL: { 'Fn::GetAtt': ['Api', 'ApiEndpoint'] },
            },
          },
        }),
        SyncFunction: lambda('sync'),
        ...api({ 'POST /v1/hooks/{hookId}': 'SyncFunction', $default: 'ApiFunction' }),
        ...workQueue('SyncQueue', 'SyncFunction'),
      },
      handlers: { api: ECHO, sync: ECHO },
      outputs: { Url: { Value: { 'Fn::GetAtt': ['Api', 'ApiEndpoint'] } } },
    });
    const stack = await runStack(outdir);
    const reply = await fetch(`${stack.url}/anything?a=1`);
    expect(reply.status).toBe(200);
    const { env, event } = JSON.parse(await reply.text());
    expect(env).toMatchObject({ TABLE: 'Table', URL: stack.url, QUEUE: stack.queueUrl('sync') });
    expect(event.rawPath).toBe('/anything');
    expect(stack.outputs).toEqual({ Url: stack.url });
  });
});
