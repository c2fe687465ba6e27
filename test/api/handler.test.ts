/** The API as a Lambda function behind an HTTP API (payload format 2.0). */
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { apiHandler } from '../../functions/api/handler.ts';
import { type Api, startApi } from '../support/api.ts';
import { policy } from '../support/world.ts';

let server: Awaited<ReturnType<typeof startApi>>;
let api: Api;
beforeAll(async () => {
  server = await startApi();
  api = await server.fresh();
});
afterAll(() => server.close());

function event(method: string, path: string, body?: string, query = ''): APIGatewayProxyEventV2 {
  const json = body === undefined ? {} : { 'content-type': 'application/json' };
  return {
    version: '2.0',
    routeKey: '$default',
    rawPath: path,
    rawQueryString: query,
    headers: { authorization: `Bearer ${api.admin}`, host: 'kt.example', ...json },
    requestContext: {
      accountId: '1',
      apiId: 'a',
      domainName: 'kt.example',
      domainPrefix: 'kt',
      http: { method, path, protocol: 'HTTP/1.1', sourceIp: '192.0.2.1', userAgent: 'test' },
      requestId: 'JKJaXmPLvHcESHA=',
      routeKey: '$default',
      stage: '$default',
      time: '01/Mar/2026:12:00:00 +0000',
      timeEpoch: 0,
    },
    ...(body === undefined ? {} : { body }),
    isBase64Encoded: false,
  };
}

async function call(method: string, path: string, body?: string, query?: string) {
  const answer = await apiHandler(api.ports)(parseEvent(event(method, path, body, query)));
  const text = Buffer.from(answer.body, answer.isBase64Encoded ? 'base64' : 'utf8').toString('utf8');
  return { ...answer, text };
}

/** The adapter's own type of the same event names a few fields that Lambda does not promise. */
const parseEvent = (made: APIGatewayProxyEventV2) =>
  made as unknown as Parameters<ReturnType<typeof apiHandler>>[0];

it('answers under the id of the request', async () => {
  const answer = await call('GET', '/v1/whoami');
  expect(answer).toMatchObject({ statusCode: 200, headers: { 'x-request-id': 'JKJaXmPLvHcESHA=' } });
});

it('takes a body and gives the exact bytes back', async () => {
  const policy_yaml = `# Größe\n${policy()}`;
  const created = await call(
    'POST',
    '/v1/configurations',
    JSON.stringify({ id: 'cfg', name: 'x', policy_yaml }),
  );
  expect(created.statusCode).toBe(201);
  expect((await call('GET', '/v1/configurations/cfg/versions/1/content')).text).toBe(policy_yaml);
  expect(
    JSON.parse((await call('GET', '/v1/configurations/cfg/versions', undefined, 'limit=1')).text),
  ).toHaveLength(1);
});

it('answers a GET that carries a body, in its own envelope', async () => {
  expect((await call('GET', '/v1/whoami', '{}')).statusCode).toBe(200);
  expect(JSON.parse((await call('PUT', '/v1/whoami', '{}')).text).error.type).toBe('method_not_allowed');
});
