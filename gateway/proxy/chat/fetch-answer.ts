/** Fetch an answer: a completion from one upstream, in one piece, whichever way it came. */
import type { IncomingMessage } from 'node:http';
import { type ReadAnswer, readAnswer } from '../../engine/openai.ts';
import { parseBoundedJson } from '../http/bounded-json.ts';
import { Assembly, NoCompletion } from '../stream/assembly.ts';
import { EventReader } from '../stream/event-reader.ts';
import { type BodyBounds, piecesOf, wholeBody } from '../upstreams/body.ts';
import { UpstreamFailure } from '../upstreams/failure.ts';

/** What ends a stream. */
export const DONE = '[DONE]';

export interface WholeAnswer {
  /** JSON. */
  readonly body: unknown;
  readonly read: Extract<ReadAnswer, { kind: 'read' }>;
}

/** Throws an `UpstreamFailure` for whatever is no completion, or only a part of one. */
export async function wholeAnswer(response: IncomingMessage, bounds: BodyBounds): Promise<WholeAnswer> {
  const body = isEventStream(response)
    ? await assembled(response, bounds)
    : parseJson((await wholeBody(response, bounds)).toString('utf8'));
  const read = readAnswer(body);
  if (read.kind === 'malformed') throw garbled();
  return { body, read };
}

export const isEventStream = ({ headers }: IncomingMessage): boolean =>
  /^text\/event-stream\b/i.test(headers['content-type'] ?? '');

async function assembled(response: IncomingMessage, bounds: BodyBounds): Promise<unknown> {
  const assembly = new Assembly();
  let done = false;
  for await (const data of eventsOf(response, bounds)) {
    if (data === DONE) {
      done = true;
      break;
    }
    addTo(assembly, chunkOf(data));
  }
  if (!done && !assembly.isFinished)
    throw new UpstreamFailure('server_error', 'the provider broke off its answer');
  return assembly.completion();
}

function addTo(assembly: Assembly, chunk: unknown): void {
  try {
    assembly.add(chunk);
  } catch (error) {
    if (error instanceof NoCompletion) throw garbled();
    throw error;
  }
}

export async function* eventsOf(
  response: IncomingMessage,
  bounds: BodyBounds,
): AsyncGenerator<string, void, undefined> {
  const reader = new EventReader();
  for await (const piece of piecesOf(response, bounds)) {
    try {
      yield* reader.push(piece);
    } catch (error) {
      if (error instanceof RangeError) throw garbled();
      throw error;
    }
  }
}

/** Of an event's data. Some tell of an error in the middle of a stream. */
export function chunkOf(data: string): Record<string, unknown> {
  const chunk = parseJson(data);
  if (typeof chunk !== 'object' || chunk === null || Array.isArray(chunk)) throw garbled();
  if ('error' in chunk && chunk.error != null)
    throw new UpstreamFailure('server_error', 'the provider told of an error in its answer');
  return Object.fromEntries(Object.entries(chunk));
}

function parseJson(text: string): unknown {
  try {
    return parseBoundedJson(text);
  } catch {
    throw garbled();
  }
}

const garbled = () => new UpstreamFailure('server_error', 'the provider answered with what is no completion');
