/** Chat: a completion is asked for, judged, forwarded, its answer judged, and given. */
import { readChat, writeChat } from '../../engine/openai.ts';
import { parseBoundedJson } from '../http/bounded-json.ts';
import type { ErrorReply } from '../http/reply.ts';
import { replyError } from '../http/reply.ts';
import type { Judgement } from '../judge.ts';
import type { Loaded } from '../loaded.ts';
import { UpstreamFailure } from '../upstreams/failure.ts';
import { giveAnswer } from './answer.ts';
import type { Call } from './call.ts';
import type { ChatPorts } from './ports.ts';
import { type CallRecord, noteVerdict } from './record.ts';
import { reasonOf, upstreamReply } from './upstream-reply.ts';
import { estimatedTokens } from './usage.ts';
import { stopReply } from './verdict-reply.ts';

/** More than the longest conversation with every tool has. A request with ten megabytes of them takes seconds. */
const MAX_VALUES = 100_000;

/** Answers, and writes down what became of it. Throws nothing that is a client's or a provider's doing. */
export async function chat(call: Call, ports: ChatPorts, record: CallRecord): Promise<void> {
  const refusal = await serve(call, ports, record);
  if (refusal) {
    // What a policy says stands in the verdict.
    if (refusal.type !== 'policy_violation') record.reason ??= refusal.code;
    replyError(call.response, refusal);
  }
}

async function serve(call: Call, ports: ChatPorts, record: CallRecord): Promise<ErrorReply | null> {
  const { request, headers, ip, loaded, signal } = call;
  if (isUnasked(headers)) return malformed('a web page has to send it as `content-type: application/json`');
  const announced = Number(headers.get('content-length') ?? 0);
  const admission = loaded.limits.admit({ ip, headers, bodyBytes: announced });
  if (admission.kind === 'refused') {
    const { status, code, message, retryAfterSeconds } = admission;
    return {
      status,
      type: status === 429 ? 'rate_limit' : 'validation_error',
      code,
      message,
      retryAfterSeconds: retryAfterSeconds ?? null,
    };
  }
  const read = await ports.bodies.read(request, loaded.limits.maxBodyBytes);
  if (read.kind !== 'read') return unread(read.kind, loaded.limits.maxBodyBytes);
  try {
    if (!(await ports.slots.take(signal))) return overloaded();
    try {
      return await judged(call, ports, record, read.bytes);
    } finally {
      ports.slots.giveBack();
    }
  } finally {
    ports.bodies.release(read.bytes.length);
  }
}

/**
 * Of a page of which the browser has not asked whether it may send this (Fetch standard, section 2.2.2, safelisted
 * types): any page that somebody opens could spend the money of a gateway on their own machine.
 */
const isUnasked = (headers: ReadonlyMap<string, string>): boolean =>
  headers.has('origin') && !/^application\/json\b/i.test(headers.get('content-type') ?? '');

async function judged(
  call: Call,
  ports: ChatPorts,
  record: CallRecord,
  bytes: Buffer,
): Promise<ErrorReply | null> {
  const { headers, loaded, id } = call;
  const body = parseObject(bytes, headers);
  if ('why' in body) return malformed(body.why);
  const read = readChat(body.value, headers);
  if (read.kind === 'malformed') return malformed(read.why);
  record.stream = body.value['stream'] === true;
  record.model = read.request.demand?.model ?? null;
  record.promptHash = ports.promptHash(read.request.messages);
  // In a path dots would lead elsewhere, however they are written.
  if (record.model === null || /^\.{0,2}$/.test(record.model))
    return malformed('`model` must be the name of a model');

  const judgement = ports.judge.request(loaded.chain, read.request, id);
  const { evaluation, degraded } = judgement;
  noteVerdict(record, evaluation, degraded);
  const stopped = stopReply(evaluation, 'input');
  if (stopped) return stopped;
  try {
    // What was judged is what is sent: never the bytes, which somebody else might read differently.
    const forwarded = Object.entries(writeChat(body.value, evaluation.messages) ?? {});
    return await giveAnswer(call, ports, record, { judgement, body: Object.fromEntries(forwarded) });
  } catch (error) {
    if (!(error instanceof UpstreamFailure)) throw error;
    if (error.kind === 'aborted')
      record.tokens ??= { input: estimatedTokens(evaluation.messages), output: 0 };
    record.reason = reasonOf(error);
    return upstreamReply(error);
  } finally {
    settle(judgement, record, loaded);
  }
}

/** Once, whatever became of it: what a policy holds for this request is let go by this. */
function settle({ exchange }: Judgement, record: CallRecord, { limits }: Loaded): void {
  const { tokens, pricedAs, model, lost } = record;
  if (tokens) limits.tokens(tokens.input + tokens.output);
  if (!tokens && lost === 0) {
    exchange?.abandoned();
    return;
  }
  exchange?.spent({
    model: pricedAs ?? model ?? '',
    promptTokens: tokens?.input ?? 0,
    completionTokens: tokens?.output ?? 0,
    lost,
  });
}

type Parsed = { readonly value: Readonly<Record<string, unknown>> } | { readonly why: string };

function parseObject(bytes: Buffer, headers: ReadonlyMap<string, string>): Parsed {
  const encoding = headers.get('content-encoding');
  if (encoding !== undefined && encoding !== 'identity') return { why: 'the body must not be compressed' };
  try {
    const value: unknown = parseBoundedJson(
      new TextDecoder('utf-8', { fatal: true }).decode(bytes),
      MAX_VALUES,
    );
    if (typeof value === 'object' && value !== null && !Array.isArray(value))
      return { value: value as Record<string, unknown> };
    return { why: 'the body must be an object' };
  } catch {
    return { why: 'the body is not JSON, is nested too deeply, or has too many values' };
  }
}

const malformed = (why: string): ErrorReply => ({
  status: 422,
  type: 'validation_error',
  code: 'malformed_request',
  message: `The request cannot be read: ${why}.`,
});

const overloaded = (): ErrorReply => ({
  status: 503,
  type: 'rate_limit',
  code: 'overloaded',
  message: 'Too many requests are being worked on.',
  retryAfterSeconds: 1,
});

function unread(kind: 'too_large' | 'no_room' | 'broken', max: number): ErrorReply {
  if (kind === 'no_room') return overloaded();
  if (kind === 'broken') return malformed('it broke off');
  return {
    status: 413,
    type: 'validation_error',
    code: 'body_too_large',
    message: `The body is larger than ${max} bytes.`,
  };
}
