/** A request as API Gateway hands it to a function: payload format 2.0. */
import { randomBytes, randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { ACCOUNT } from '../template/template.ts';

export const API_ID = 'localhttp0';

interface Taken {
  readonly routeKey: string;
  readonly path: string;
  readonly query: string;
  readonly pathParameters: Readonly<Record<string, string>> | undefined;
  readonly body: Buffer;
}

/** https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html */
export function toEvent(request: IncomingMessage, taken: Taken): APIGatewayProxyEventV2 {
  const { cookies, ...headers } = headersOf(request);
  const base64 = taken.body.length > 0 && isBinary(headers);
  const now = new Date();
  const method = request.method ?? 'GET';
  const parameters = parametersOf(taken.query);
  return {
    version: '2.0',
    routeKey: taken.routeKey,
    rawPath: taken.path,
    rawQueryString: taken.query,
    ...(cookies === undefined ? {} : { cookies: cookies.split(/; */) }),
    headers,
    ...(parameters === undefined ? {} : { queryStringParameters: parameters }),
    ...(taken.pathParameters === undefined ? {} : { pathParameters: { ...taken.pathParameters } }),
    requestContext: {
      accountId: ACCOUNT,
      apiId: API_ID,
      domainName: headers['host'] ?? '',
      domainPrefix: API_ID,
      http: {
        method,
        path: taken.path,
        protocol: `HTTP/${request.httpVersion}`,
        sourceIp: request.socket.remoteAddress ?? '',
        userAgent: headers['user-agent'] ?? '',
      },
      requestId: randomUUID(),
      routeKey: taken.routeKey,
      stage: '$default',
      time: commonLogTime(now),
      timeEpoch: now.getTime(),
    },
    ...(taken.body.length === 0 ? {} : { body: taken.body.toString(base64 ? 'base64' : 'utf8') }),
    isBase64Encoded: base64,
  };
}

/** Names in lower case, repeated ones joined by commas; cookies apart (as `cookies`), forwarding headers added. */
function headersOf(request: IncomingMessage): Record<string, string> {
  const headers = new Map<string, string>();
  for (let i = 0; i + 1 < request.rawHeaders.length; i += 2) {
    const name = (request.rawHeaders[i] ?? '').toLowerCase();
    const value = request.rawHeaders[i + 1] ?? '';
    const before = headers.get(name);
    headers.set(name, before === undefined ? value : `${before}${name === 'cookie' ? '; ' : ','}${value}`);
  }
  const cookie = headers.get('cookie');
  headers.delete('cookie');
  // The gateway is the client's peer: what the client says about hops before it stays in front.
  const before = headers.get('x-forwarded-for');
  const peer = request.socket.remoteAddress ?? '';
  headers.set('x-forwarded-for', before === undefined ? peer : `${before}, ${peer}`);
  headers.set('x-forwarded-port', String(request.socket.localPort ?? ''));
  headers.set('x-forwarded-proto', 'http');
  headers.set('x-amzn-trace-id', `Root=1-${seconds()}-${randomBytes(12).toString('hex')}`);
  return { ...Object.fromEntries(headers), ...(cookie === undefined ? {} : { cookies: cookie }) };
}

function seconds(): string {
  return Math.floor(Date.now() / 1000).toString(16);
}

const TEXT = /^(text\/|application\/(json|javascript|xml|[^;]*\+(json|xml))\s*(;|$))/i;

/** A body without a type is text to API Gateway; one with an encoding is not, whatever its type. */
function isBinary(headers: Readonly<Record<string, string>>): boolean {
  const type = headers['content-type'];
  return headers['content-encoding'] !== undefined || (type !== undefined && !TEXT.test(type.trim()));
}

function parametersOf(query: string): Record<string, string> | undefined {
  const parameters = new Map<string, string>();
  for (const [name, value] of new URLSearchParams(query)) {
    const before = parameters.get(name);
    parameters.set(name, before === undefined ? value : `${before},${value}`);
  }
  return parameters.size === 0 ? undefined : Object.fromEntries(parameters);
}

/** 12/Mar/2020:19:03:58 +0000 */
function commonLogTime(date: Date): string {
  const [, day, month, year, time] = date.toUTCString().split(' ');
  return `${day}/${month}/${year}:${time} +0000`;
}
