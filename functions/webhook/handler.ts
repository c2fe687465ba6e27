/** POST /v1/hooks/{hookId}: HTTP on one side, `receive` on the other. It decides nothing. */
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { isHookId } from '../../lib/domain/hook.ts';
import type { ReceiveOutcome } from '../../lib/domain/outcome.ts';
import type { Log } from '../../lib/log.ts';
import { type ReceivePorts, receive } from '../../lib/pipeline/receive.ts';
import type { Delivery } from '../../lib/providers/delivery.ts';

/** Never 410, which makes a host give up the hook for good. */
const STATUS = {
  queued: 202,
  ignored: 200,
  refused: 401,
  malformed: 400,
  'unsupported media type': 415,
  'too large': 413,
  'unknown hook': 404,
} as const satisfies Record<ReceiveOutcome['kind'], number>;

export function webhookHandler(ports: ReceivePorts & { readonly log: Log }) {
  return async (request: APIGatewayProxyEventV2): Promise<APIGatewayProxyStructuredResultV2> => {
    const hookId = request.pathParameters?.['hookId'] ?? '';
    const outcome = await receive(hookId, toDelivery(request), ports);
    // What is no id may be anything, such as a secret that was put into the URL.
    ports.log.fact('webhook.received', { hook: isHookId(hookId) ? hookId : null, ...outcome });
    return {
      statusCode: STATUS[outcome.kind],
      headers: { 'content-type': 'application/json', 'cache-control': 'no-store' },
      body: JSON.stringify(answer(outcome)),
    };
  };
}

/** HTTP APIs hand us lower-case header names, and some bodies as base64. */
function toDelivery({ headers, body, isBase64Encoded }: APIGatewayProxyEventV2): Delivery {
  return { headers, body: Buffer.from(body ?? '', isBase64Encoded ? 'base64' : 'utf8') };
}

/** Git hosts show this to whoever set the hook up. */
function answer(outcome: ReceiveOutcome): object {
  if (outcome.kind === 'queued') return { status: 'queued', sources: outcome.sources };
  if (outcome.kind === 'ignored') return { status: 'ignored', why: outcome.why };
  const message = outcome.kind === 'unknown hook' ? 'there is no such hook' : outcome.why;
  return { error: { type: 'webhook_error', code: outcome.kind.replaceAll(' ', '_'), message } };
}
