/** Ask: a request in OpenAI's protocol to one upstream, and whether what it says is an answer. */

import type { IncomingMessage } from 'node:http';
import { secretForms } from '../../../lib/domain/secret-forms.ts';
import { wholeBody } from './body.ts';
import { UpstreamFailure } from './failure.ts';
import { type Agents, send, type Timeouts } from './send.ts';
import type { Upstream } from './upstream.ts';

export interface AskOptions {
  readonly agents: Agents;
  readonly timeouts: Timeouts;
  readonly signal: AbortSignal;
  readonly requestId: string;
  readonly version: string;
}

const MAX_ERROR_BYTES = 64 * 1024;
const MAX_MESSAGE = 500;
/** Longer than anybody waits. */
const MAX_RETRY_AFTER_S = 3600;

/** Throws an `UpstreamFailure` unless the answer is a success. Its body is still to be read. */
export async function ask(
  upstream: Upstream,
  body: Readonly<Record<string, unknown>>,
  { agents, timeouts, signal, requestId, version }: AskOptions,
): Promise<IncomingMessage> {
  const { address } = upstream;
  if (!address) throw new UpstreamFailure('server_error', 'the provider is not available');
  const model = upstream.model ?? String(body['model']);
  const response = await send({
    url: address.url(model),
    // Nothing of the client's: neither who it is nor what its own connection needs.
    headers: {
      'content-type': 'application/json',
      accept: body['stream'] === true ? 'text/event-stream' : 'application/json',
      'accept-encoding': 'identity',
      'user-agent': `kt-gateway/${version}`,
      'x-request-id': requestId,
      ...address.key.headers,
    },
    body: Buffer.from(JSON.stringify({ ...body, model })),
    timeouts,
    signal,
    agents,
  });
  const { statusCode: status = 0 } = response;
  if (status < 200 || status > 299) throw await failureIn(response, address.key.secret, timeouts);
  const encoding = response.headers['content-encoding'];
  if (encoding !== undefined && encoding !== 'identity') {
    response.destroy();
    throw new UpstreamFailure('server_error', 'the provider answers in an encoding that was not asked for');
  }
  return response;
}

async function failureIn(response: IncomingMessage, secret: string | null, { idleMs }: Timeouts) {
  const status = response.statusCode ?? 0;
  const bytes = await wholeBody(response, { idleMs, maxBytes: MAX_ERROR_BYTES }).catch(() => null);
  if (status === 429) {
    const retryAfterSeconds = retryAfter(response.headers['retry-after']);
    return new UpstreamFailure('rate_limit', 'the provider has had too many requests', {
      status,
      retryAfterSeconds,
    });
  }
  if (status === 408 || status === 504)
    return new UpstreamFailure('timeout', `the provider answered ${status}`, { status });
  // What it says of our key, or of where it would rather be asked, is not the client's business.
  if (![400, 404, 413, 415, 422].includes(status))
    return new UpstreamFailure('server_error', `the provider answered ${status}`, { status });
  const said = bytes && messageIn(bytes, secret);
  return new UpstreamFailure('rejected', said ?? `the provider answered ${status}`, { status });
}

function retryAfter(header: string | undefined): number | null {
  if (header === undefined) return null;
  const seconds = /^\d{1,9}$/.test(header)
    ? Number(header)
    : Math.ceil((Date.parse(header) - Date.now()) / 1000);
  return Number.isFinite(seconds) ? Math.min(Math.max(seconds, 1), MAX_RETRY_AFTER_S) : null;
}

function messageIn(bytes: Buffer, secret: string | null): string | null {
  try {
    const { error }: { error?: { message?: unknown } | string } = JSON.parse(bytes.toString('utf8'));
    const message = typeof error === 'string' ? error : error?.message;
    if (typeof message !== 'string') return null;
    return withoutKey(message, secret).slice(0, MAX_MESSAGE);
  } catch {
    return null;
  }
}

/** Providers like to say which key it was that they did not take. */
function withoutKey(message: string, secret: string | null): string {
  const forms = secret === null ? [] : secretForms(secret).sort((a, b) => b.length - a.length);
  return forms.reduce((clean, form) => clean.replaceAll(form, '[key]'), message);
}
