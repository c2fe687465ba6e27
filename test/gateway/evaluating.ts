/** What the tests of the engine start from: a document of one kind or more, and a request. */
import type { Chain, Evaluation } from '../../gateway/engine/chain.ts';
import { type CompileOptions, compile } from '../../gateway/engine/compile.ts';
import type { EvaluationRequest, Message } from '../../gateway/engine/request.ts';

export function documentOf(policy: Readonly<Record<string, unknown>>, more: object = {}): Uint8Array {
  const pack = { name: 'test', version: '1.0.0', enabled: true };
  return Buffer.from(JSON.stringify({ pack, policies: { chain: Object.keys(policy) }, policy, ...more }));
}

export function chainFor(
  policy: Readonly<Record<string, unknown>>,
  more: object = {},
  options: CompileOptions = {},
): Chain {
  const compiled = compile(documentOf(policy, more), options);
  if (compiled.kind !== 'ready') throw new Error(JSON.stringify(compiled));
  return compiled.chain;
}

export const said = (content: string, role = 'user'): Message => ({ role, content, toolCalls: [] });

export function request(given: Partial<EvaluationRequest> & { readonly text?: string }): EvaluationRequest {
  const { text, ...rest } = given;
  return {
    messages: text === undefined ? [] : [said(text)],
    tools: [],
    definitions: [],
    unreadable: [],
    demand: null,
    headers: new Map(),
    answer: null,
    ...rest,
  };
}

/** What becomes of one message of a user. */
export function outcome(
  chain: Chain,
  text: string,
): Pick<Evaluation, 'verdict' | 'reasonCode'> & { text: string } {
  const { verdict, reasonCode, messages } = chain.evaluate(request({ text }));
  return { verdict, reasonCode, text: messages[0]?.content ?? '' };
}
