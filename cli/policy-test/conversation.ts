/** Conversation: what a test gives as input, read as a gateway reads it. */
import * as z from 'zod';
import { type ReadAnswer, readAnswer, readChat } from '../../gateway/engine/openai.ts';
import type { EvaluationRequest } from '../../gateway/engine/request.ts';

const text = z.string();
const MESSAGE = z.looseObject({ role: text.min(1) });

/** The rest of the request's body. */
const BODY = z.looseObject({}).refine((body) => !('messages' in body), {
  error: 'messages stand in `input.messages`',
});

const ANSWER = z.union([text, z.looseObject({})]);

/** As documented. `proxy_name` and `team_slugs` are taken, and no policy looks at them. */
export const INPUT = z.strictObject({
  messages: z.array(MESSAGE),
  headers: z.record(text, text).optional(),
  request: BODY.optional(),
  upstream_response: ANSWER.optional(),
  proxy_name: text.optional(),
  team_slugs: z.array(text).optional(),
});

/** Or what is wrong with it, and where. */
type ReadInput =
  | { readonly request: EvaluationRequest; readonly unreadable: readonly string[] }
  | { readonly trouble: string };

/** `unreadable`: what of the answer no policy can look at. */
export function readInput({ messages, request, headers = {}, ...input }: z.output<typeof INPUT>): ReadInput {
  const given = Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value] as const);
  // A test may have no message, a request has one at least.
  const body = { ...request, messages: messages.length === 0 ? [{ role: 'user', content: '' }] : messages };
  const read = readChat(body, new Map(given));
  if (read.kind === 'malformed') return { trouble: `\`input\`: ${read.why}` };
  const asked =
    messages.length === 0 ? { ...read.request, messages: read.request.messages.slice(1) } : read.request;
  if (input.upstream_response === undefined) return { request: { ...asked, answer: null }, unreadable: [] };
  const answer = readUpstream(input.upstream_response);
  if (answer.kind === 'malformed') return { trouble: `\`input.upstream_response\`: ${answer.why}` };
  return { request: { ...asked, answer: answer.messages }, unreadable: answer.unreadable };
}

/** A whole answer, the message of one, or its text. */
function readUpstream(answer: z.output<typeof ANSWER>): ReadAnswer {
  if (typeof answer === 'object' && 'choices' in answer) return readAnswer(answer);
  const message = typeof answer === 'string' ? { content: answer } : answer;
  return readAnswer({ choices: [{ message: { role: 'assistant', ...message } }] });
}
