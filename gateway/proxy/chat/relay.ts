/** Relay: a stream that nobody has to judge, given on as it arrives. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { envelope } from '../http/reply.ts';
import { eventOf } from '../stream/event-reader.ts';
import type { BodyBounds } from '../upstreams/body.ts';
import { UpstreamFailure } from '../upstreams/failure.ts';
import { failureOf } from '../upstreams/send.ts';
import { EventWriter } from './event-writer.ts';
import { chunkOf, DONE, eventsOf } from './fetch-answer.ts';
import type { Tokens } from './record.ts';
import { upstreamReply } from './upstream-reply.ts';
import { tokensIn, usageIn } from './usage.ts';

/** A stream whose first event is there: until then another upstream could be asked. */
export interface Opened {
  readonly first: string;
  readonly rest: AsyncGenerator<string, void, undefined>;
}

export async function openStream(response: IncomingMessage, bounds: BodyBounds): Promise<Opened> {
  const rest = eventsOf(response, bounds);
  const { done, value: first } = await rest.next();
  if (done) throw new UpstreamFailure('server_error', 'the provider answered with an empty stream');
  try {
    if (first !== DONE) chunkOf(first);
  } catch (failure) {
    // Nobody reads on: the connection is not to be kept for what may come.
    await rest.return();
    throw failure;
  }
  return { first, rest };
}

export interface Relayed {
  /** As the provider counts them, or null. */
  readonly tokens: Tokens | null;
  /** An estimate of what was given on. */
  readonly outputTokens: number;
  readonly failure: UpstreamFailure | null;
}

/** Throws nothing but faults of ours. The status has been said by now: what goes wrong from here on is an event of its own, and no `[DONE]` follows. */
export async function relay({ first, rest }: Opened, response: ServerResponse): Promise<Relayed> {
  const writer = new EventWriter(response);
  let tokens: Tokens | null = null;
  let written = 0;
  let isDone = false;
  const unfinished = new Map<unknown, boolean>();
  const pass = async (data: string) => {
    isDone = data === DONE;
    if (!isDone) {
      const chunk = chunkOf(data);
      tokens = usageIn(chunk) ?? tokens;
      written += tokensOf(chunk);
      for (const { index, finish_reason: finish } of choicesIn(chunk))
        unfinished.set(index, typeof finish !== 'string' && unfinished.get(index) !== false);
    }
    await writer.write(eventOf(data));
  };
  const relayed = (failure: UpstreamFailure | null): Relayed => ({
    tokens,
    outputTokens: Math.ceil(written),
    failure,
  });
  try {
    writer.begin();
    await pass(first);
    if (!isDone)
      for await (const data of rest) {
        await pass(data);
        if (isDone) break;
      }
    // Some leave `[DONE]` out; but what just ends is not whole, however politely.
    if (!isDone && (unfinished.size === 0 || [...unfinished.values()].includes(true)))
      throw new UpstreamFailure('server_error', 'the provider broke off its answer');
    await rest.return();
    writer.end();
    return relayed(null);
  } catch (error) {
    await rest.return();
    const failure = failureOf(error);
    if (!failure) throw error;
    if (failure.kind !== 'aborted')
      await writer.write(eventOf(envelope(upstreamReply(failure)))).catch(() => {});
    writer.end();
    return relayed(failure);
  }
}

interface Choice {
  readonly index?: unknown;
  readonly delta?: { content?: unknown; tool_calls?: { function?: { arguments?: unknown } }[] };
  readonly finish_reason?: unknown;
}

function choicesIn({ choices }: Readonly<Record<string, unknown>>): readonly Choice[] {
  return Array.isArray(choices) ? choices.filter((each) => typeof each === 'object' && each !== null) : [];
}

/** Near enough, where the provider says nothing of it. */
const tokensOf = (chunk: Readonly<Record<string, unknown>>): number =>
  choicesIn(chunk).reduce((sum, each) => sum + deltaTokens(each), 0);

function deltaTokens({ delta }: Choice): number {
  const { content, tool_calls: calls } = delta ?? {};
  const written = Array.isArray(calls) ? calls.map((call) => call?.function?.arguments) : [];
  return [content, ...written].reduce<number>(
    (sum, text) => sum + (typeof text === 'string' ? tokensIn(text) : 0),
    0,
  );
}
