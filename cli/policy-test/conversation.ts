/** Conversation: what a test gives as input, read into what policies look at. */
import * as z from 'zod';
import { type EvaluationRequest, type Message, toolCall } from '../../gateway/engine/request.ts';

const text = z.string();

/** Parts that are no text cannot be looked at, so they are not taken. */
const CONTENT = z.union([text, z.null(), z.array(z.strictObject({ type: z.literal('text'), text }))]);

const TOOL_CALL = z.looseObject({ function: z.looseObject({ name: text, arguments: text.default('') }) });

const MESSAGE = z.strictObject({
  role: text.min(1),
  content: CONTENT.optional(),
  tool_calls: z.array(TOOL_CALL).optional(),
  name: text.optional(),
  tool_call_id: text.optional(),
});

/** The rest of the request's body: of it policies look at the tools alone. */
const BODY = z
  .looseObject({ tools: z.array(z.looseObject({ function: z.looseObject({ name: text }) })).optional() })
  .refine((body) => !('messages' in body) && !('functions' in body), {
    error: 'messages stand in `input.messages`, and functions are written as `tools`',
  });

const ANSWER_MESSAGE = MESSAGE.extend({ role: text.min(1).default('assistant') });
const ANSWER = z.union([
  text,
  z.looseObject({ choices: z.array(z.looseObject({ message: ANSWER_MESSAGE })).min(1) }),
  ANSWER_MESSAGE,
]);

/** As documented. `proxy_name` and `team_slugs` are taken, and no policy looks at them. */
export const INPUT = z.strictObject({
  messages: z.array(MESSAGE),
  headers: z.record(text, text).optional(),
  request: BODY.optional(),
  upstream_response: ANSWER.optional(),
  proxy_name: text.optional(),
  team_slugs: z.array(text).optional(),
});

export function requestOf(input: z.output<typeof INPUT>): EvaluationRequest {
  const headers = Object.entries(input.headers ?? {}).map(
    ([name, value]) => [name.toLowerCase(), value] as const,
  );
  return {
    messages: input.messages.map(messageOf),
    tools: (input.request?.tools ?? []).map((tool) => tool.function.name),
    headers: new Map(headers),
    answer: input.upstream_response === undefined ? null : answerOf(input.upstream_response),
  };
}

function answerOf(answer: z.output<typeof ANSWER>): readonly Message[] {
  if (typeof answer === 'string') return [{ role: 'assistant', content: answer, toolCalls: [] }];
  // A message has no `choices`: it is read strictly.
  const choices = 'choices' in answer && Array.isArray(answer.choices) ? answer.choices : null;
  return choices
    ? choices.map(({ message }) => messageOf(message))
    : [messageOf(ANSWER_MESSAGE.parse(answer))];
}

function messageOf({ role, content, tool_calls: calls = [] }: z.output<typeof MESSAGE>): Message {
  const written = typeof content === 'string' ? content : (content ?? []).map((part) => part.text).join('\n');
  return {
    role,
    content: written,
    toolCalls: calls.map(({ function: { name, arguments: args } }) => toolCall(name, args)),
  };
}
