/** The answer: fetched from the first target that gives one, judged if the chain looks at answers, and given. */
import { writeAnswer } from '../../engine/openai.ts';
import type { ErrorReply } from '../http/reply.ts';
import { replyJson } from '../http/reply.ts';
import type { Judgement } from '../judge.ts';
import { type Chunkable, chunksOf } from '../stream/chunks.ts';
import { eventOf } from '../stream/event-reader.ts';
import { ask } from '../upstreams/ask.ts';
import type { BodyBounds } from '../upstreams/body.ts';
import { failover } from '../upstreams/failover.ts';
import { UpstreamFailure } from '../upstreams/failure.ts';
import { orderOf } from '../upstreams/routing.ts';
import { failureOf } from '../upstreams/send.ts';
import type { Upstream } from '../upstreams/upstream.ts';
import type { Call } from './call.ts';
import { EventWriter } from './event-writer.ts';
import { DONE, isEventStream, type WholeAnswer, wholeAnswer } from './fetch-answer.ts';
import type { ChatPorts } from './ports.ts';
import { type CallRecord, noteVerdict } from './record.ts';
import { type Opened, openStream, relay } from './relay.ts';
import { reasonOf } from './upstream-reply.ts';
import { estimatedTokens } from './usage.ts';
import { stopReply } from './verdict-reply.ts';

export interface Judged {
  readonly judgement: Judgement;
  /** As it is forwarded. */
  readonly body: Readonly<Record<string, unknown>>;
}

type Fetched =
  | { readonly kind: 'whole'; readonly answer: WholeAnswer }
  | { readonly kind: 'stream'; readonly opened: Opened };

/** Null when the client was answered. Throws an `UpstreamFailure` when nobody has. */
export async function giveAnswer(
  call: Call,
  ports: ChatPorts,
  record: CallRecord,
  judged: Judged,
): Promise<ErrorReply | null> {
  const { loaded } = call;
  const mayFlow = record.stream && !loaded.chain.judgesAnswers;
  const bounds = { idleMs: ports.timeouts.idleMs, maxBytes: loaded.limits.maxResponseBytes };
  const { upstream, value, begun, ended } = await fetchAnswer(call, ports, record, judged.body, (response) =>
    fetched(response, bounds, mayFlow),
  );
  record.model = upstream.model ?? record.model;
  record.provider = upstream.id;
  record.pricedAs = upstream.pricedAs;
  const promptTokens = () => estimatedTokens(judged.judgement.evaluation.messages);
  if (value.kind === 'stream') {
    begun();
    const { tokens, outputTokens, failure } = await relay(value.opened, call.response).catch((fault) => {
      ended(new UpstreamFailure('aborted', 'it was given up'));
      throw fault;
    });
    ended(failure);
    record.tokens = tokens ?? { input: promptTokens(), output: outputTokens };
    if (failure) record.reason = reasonOf(failure);
    return null;
  }
  ended(null);
  const { body, read } = value.answer;
  record.tokens = read.usage
    ? { input: read.usage.promptTokens, output: read.usage.completionTokens }
    : { input: promptTokens(), output: estimatedTokens(read.messages) };
  const { evaluation, degraded } = ports.judge.answer(judged.judgement, read, call.id);
  noteVerdict(record, evaluation, degraded);
  const stopped = stopReply(evaluation, 'output');
  if (stopped) return stopped;
  const given = evaluation.answer ? writeAnswer(body, evaluation.answer) : body;
  if (record.stream) await streamOut(given, call);
  else replyJson(call.response, 200, JSON.stringify(given));
  return null;
}

function fetchAnswer(
  { loaded, headers, signal, id }: Call,
  ports: ChatPorts,
  record: CallRecord,
  body: Judged['body'],
  read: (response: Awaited<ReturnType<typeof ask>>) => Promise<Fetched>,
) {
  const { agents, timeouts, version, order: orderPorts, elapsed } = ports;
  const order = orderOf(
    loaded.upstreams,
    loaded.routing,
    { model: String(body['model']), headers },
    orderPorts,
  );
  const options = { agents, timeouts, signal, requestId: id, version };
  return failover(
    order,
    loaded.routing,
    { states: orderPorts.states, now: elapsed, lost: () => record.lost++ },
    async (upstream: Upstream) => read(await ask(upstream, body, options)),
  );
}

async function fetched(
  response: Awaited<ReturnType<typeof ask>>,
  bounds: BodyBounds,
  mayFlow: boolean,
): Promise<Fetched> {
  try {
    return mayFlow && isEventStream(response)
      ? { kind: 'stream', opened: await openStream(response, bounds) }
      : { kind: 'whole', answer: await wholeAnswer(response, bounds) };
  } catch (error) {
    const failure = failureOf(error);
    throw failure && failure.kind !== 'aborted' ? failure.afterBeginning() : error;
  }
}

/** What was judged, in chunks of our own: those of the provider could be put together in more than one way. */
async function streamOut(completion: unknown, { response }: Call): Promise<void> {
  const writer = new EventWriter(response);
  writer.begin();
  for (const chunk of chunksOf(completion as Chunkable & Record<string, unknown>))
    await writer.write(eventOf(JSON.stringify(chunk)));
  await writer.write(eventOf(DONE));
  writer.end();
}
