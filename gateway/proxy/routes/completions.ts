/** POST /v1/chat/completions: HTTP on one side, a call on the other; and what is told about it afterwards. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { randomId } from '../../../lib/domain/ids.ts';
import { type Call, headersOf } from '../chat/call.ts';
import { chat } from '../chat/chat.ts';
import { type CallRecord, newRecord } from '../chat/record.ts';
import { faultFacts } from '../fault.ts';
import { type ErrorReply, replyError } from '../http/reply.ts';
import type { Loaded } from '../loaded.ts';
import type { GatewayPorts } from '../ports.ts';
import { decisionOf } from '../telemetry/decision.ts';

/** What the client called it, if that can go into logs and headers. */
const REQUEST_ID = /^[A-Za-z0-9._-]{1,100}$/;
/** Of a client that has gone before it was answered; nginx calls it so. */
const CLIENT_GONE = 499;

export async function completions(
  request: IncomingMessage,
  response: ServerResponse,
  ports: GatewayPorts,
): Promise<void> {
  const started = ports.chat.elapsed();
  // Taken once, and kept to the end, whatever is swapped meanwhile.
  const { loaded, isClosed } = ports.current;
  const headers = headersOf(request);
  const given = headers.get('x-request-id') ?? '';
  const id = REQUEST_ID.test(given) ? given : randomId('req');
  response.setHeader('x-request-id', id);
  if (loaded) describe(response, loaded, headers.get('origin'));
  const record =
    loaded && !isClosed
      ? await served(
          {
            id,
            request,
            response,
            headers,
            ip: request.socket.remoteAddress ?? '',
            signal: goneSignal(response),
            loaded,
          },
          ports,
        )
      : refused(response, loaded ? CLOSED : STARTING);
  const status = response.headersSent ? response.statusCode : CLIENT_GONE;
  const latencyMs = ports.chat.elapsed() - started;
  measure(record, status, latencyMs, ports);
  const decision =
    loaded && decisionOf(record, loaded, { requestId: id, status, latencyMs, at: ports.now() });
  if (decision) ports.decided(decision);
}

function describe(
  response: ServerResponse,
  { contentHash, provenance, cors }: Loaded,
  origin: string | undefined,
): void {
  response.setHeader('x-keeptrusts-content-hash', contentHash);
  if (provenance) response.setHeader('x-keeptrusts-sequence', String(provenance.sequence));
  for (const [name, value] of Object.entries(cors.headers(origin))) response.setHeader(name, value);
}

function goneSignal(response: ServerResponse): AbortSignal {
  const gone = new AbortController();
  response.once('close', () => {
    if (!response.writableFinished) gone.abort();
  });
  return gone.signal;
}

async function served(call: Call, ports: GatewayPorts): Promise<CallRecord> {
  const record = newRecord();
  try {
    await chat(call, ports.chat, record);
  } catch (error) {
    ports.log.fact('request.failed', { request_id: call.id, ...faultFacts(error) });
    // Half of an answer must not look like a whole one.
    if (call.response.headersSent) call.response.destroy();
    else replyError(call.response, FAILED);
    record.reason = FAILED.code;
  }
  return record;
}

function refused(response: ServerResponse, reply: ErrorReply): CallRecord {
  replyError(response, reply);
  return { ...newRecord(), reason: reply.code };
}

const unavailable = (code: string, message: string): ErrorReply => ({
  status: 503,
  type: 'upstream_error',
  code,
  message,
  retryAfterSeconds: 1,
});
const STARTING = unavailable('starting', 'No policy is loaded yet.');
const CLOSED = unavailable(
  'policy_stale',
  'Nobody has confirmed for too long that this policy is the one to enforce.',
);
const FAILED: ErrorReply = {
  status: 500,
  type: 'upstream_error',
  code: 'internal_error',
  message: 'The gateway has failed.',
};

function measure(record: CallRecord, status: number, latencyMs: number, { metrics }: GatewayPorts): void {
  const provider = record.provider ?? 'none';
  const model = record.model ?? 'none';
  metrics.count('requests', { provider, model, status: String(status) });
  metrics.took(provider, latencyMs / 1000);
  for (const { kind, verdict } of record.results)
    metrics.count('evaluations', { policy: kind, result: verdict === 'allow' ? 'pass' : verdict });
  if (!record.tokens) return;
  metrics.count('tokens', { direction: 'input', model }, record.tokens.input);
  metrics.count('tokens', { direction: 'output', model }, record.tokens.output);
}
