/**
 * OpenAI chat bodies: read into what policies look at, and written back with what policies made of it. A text counts
 * wherever it stands, in members that nobody has heard of too; what is no text is reported.
 * Source: <https://platform.openai.com/docs/api-reference/chat/create>.
 */
import { definitionsIn, offeredIn } from './openai/definitions.ts';
import { bodyAt, type Json, type JsonObject, Malformed, nameOf, objectAt } from './openai/json.ts';
import { Reading } from './openai/reading.ts';
import { type EvaluationRequest, type Message, textsOf } from './request.ts';

type ReadChat =
  | { readonly kind: 'read'; readonly request: Omit<EvaluationRequest, 'answer'> }
  | { readonly kind: 'malformed'; readonly why: string };

export type ReadAnswer =
  | {
      readonly kind: 'read';
      readonly messages: readonly Message[];
      readonly unreadable: readonly string[];
      readonly usage: Usage | null;
    }
  | { readonly kind: 'malformed'; readonly why: string };

export interface Usage {
  readonly promptTokens: number;
  readonly completionTokens: number;
}

/** They steer the model and hold no text for it. Longer than this they are looked at like any other. */
const SETTINGS: ReadonlySet<string> = new Set([
  'model',
  'tool_choice',
  'function_call',
  'modalities',
  'reasoning_effort',
  'verbosity',
  'service_tier',
  'audio',
  'stream_options',
]);
const MAX_SETTING_LENGTH = 1000;
/** `stop` says nothing to the model either, and leaves with the rest. */
const DEFINING: ReadonlySet<string> = new Set(['tools', 'functions', 'response_format', 'stop']);
/** Of an answer: names and numbers of the provider's. */
const ANSWER_FACTS: ReadonlySet<string> = new Set([
  'id',
  'object',
  'created',
  'model',
  'usage',
  'system_fingerprint',
  'service_tier',
]);
const CHOICE_FACTS: ReadonlySet<string> = new Set(['index', 'finish_reason', 'logprobs']);

/** `body`: JSON of anybody's. `headers`: by lower-case name. */
export function readChat(body: unknown, headers: ReadonlyMap<string, string>): ReadChat {
  return orMalformed(() => {
    const chat = bodyAt(body, 'the body');
    const { slots, unreadable } = chatSlots(chat);
    const request = {
      messages: slots.map(({ message }) => message),
      tools: offeredIn(chat),
      definitions: definitionsIn(chat),
      unreadable,
      demand: demandOf(chat, unreadable.length),
      headers,
    };
    return { kind: 'read', request };
  });
}

/** A copy of `body`, which was read, with these messages. What was not changed is as it was written. */
export function writeChat(body: unknown, messages: readonly Message[]): unknown {
  const copy = objectAt(structuredClone(body), 'the body');
  writeInto(chatSlots(copy), messages);
  return copy;
}

export function readAnswer(body: unknown): ReadAnswer {
  return orMalformed(() => {
    const answer = bodyAt(body, 'the answer');
    const { slots, unreadable } = answerSlots(answer);
    return {
      kind: 'read',
      messages: slots.map(({ message }) => message),
      unreadable,
      usage: usageIn(answer['usage']),
    };
  });
}

/** As `writeChat`. The log probabilities of a text tell the text, so they go when it is changed. */
export function writeAnswer(body: unknown, messages: readonly Message[]): unknown {
  const copy = objectAt(structuredClone(body), 'the answer');
  const isChanged = writeInto(answerSlots(copy), messages);
  if (isChanged)
    for (const choice of choicesIn(copy)) if (choice['logprobs'] !== undefined) choice['logprobs'] = null;
  return copy;
}

function chatSlots(chat: JsonObject) {
  const { messages } = chat;
  if (!Array.isArray(messages) || messages.length === 0)
    throw new Malformed('`messages` must be an array that is not empty');
  const reading = new Reading();
  for (const [i, message] of messages.entries()) reading.message(message, `messages[${i}]`, null);
  for (const [key, value] of Object.entries(chat)) {
    if (key === 'messages') continue;
    if (DEFINING.has(key)) {
      reading.definition(chat, key);
      continue;
    }
    if (SETTINGS.has(key) && JSON.stringify(value).length <= MAX_SETTING_LENGTH) continue;
    reading.texts(chat, key, 'user', nameOf(key));
  }
  return reading;
}

function answerSlots(answer: JsonObject) {
  const reading = new Reading();
  for (const [i, choice] of choicesIn(answer).entries()) {
    reading.message(choice['message'], `choices[${i}].message`, 'assistant');
    for (const key of Object.keys(choice))
      if (key !== 'message' && !CHOICE_FACTS.has(key))
        reading.texts(choice, key, 'assistant', `choices[${i}].${nameOf(key)}`);
  }
  for (const key of Object.keys(answer))
    if (key !== 'choices' && !ANSWER_FACTS.has(key)) reading.texts(answer, key, 'assistant', nameOf(key));
  return reading;
}

function choicesIn({ choices }: JsonObject): readonly JsonObject[] {
  if (!Array.isArray(choices) || choices.length === 0)
    throw new Malformed('`choices` must be an array that is not empty');
  return choices.map((choice, i) => objectAt(choice, `\`choices[${i}]\``));
}

function writeInto(reading: Reading, messages: readonly Message[]): boolean {
  const { slots } = reading;
  if (slots.length !== messages.length) throw new Error('a policy added or removed a message');
  const changed = slots.filter(({ message, write }, i) => {
    const after = messages[i];
    if (!after || textsOf([after]).every((text, j) => text === textsOf([message])[j])) return false;
    write(after);
    return true;
  });
  reading.rename();
  return changed.length > 0;
}

function demandOf(chat: JsonObject, unreadable: number): EvaluationRequest['demand'] {
  const limits = [chat['max_completion_tokens'], chat['max_tokens']].flatMap((each) => atMost(each) ?? []);
  return {
    model: typeof chat['model'] === 'string' ? chat['model'] : null,
    promptBytes: Buffer.byteLength(JSON.stringify(chat)),
    unreadable,
    maxTokens: limits.length === 0 ? null : Math.max(...limits),
    completions: Math.max(1, atMost(chat['n']) ?? 1),
  };
}

/** Somebody may take a text for a number, and part of one for a whole. Null for what nobody takes for an amount. */
function atMost(value: Json | undefined): number | null {
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  return typeof number === 'number' && number >= 0
    ? Math.min(Math.ceil(number), Number.MAX_SAFE_INTEGER)
    : null;
}

function usageIn(usage: Json | undefined): Usage | null {
  if (typeof usage !== 'object' || usage === null || Array.isArray(usage)) return null;
  const { prompt_tokens: prompt, completion_tokens: completion } = usage;
  return isCount(prompt) && isCount(completion)
    ? { promptTokens: prompt, completionTokens: completion }
    : null;
}

const isCount = (value: Json | undefined): value is number =>
  typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;

function orMalformed<T>(read: () => T): T | { readonly kind: 'malformed'; readonly why: string } {
  try {
    return read();
  } catch (error) {
    if (error instanceof Malformed) return { kind: 'malformed', why: error.message };
    throw error;
  }
}
