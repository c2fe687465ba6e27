/** What a client is told when a policy stops its request, or the answer. */
import type { Evaluation } from '../../engine/chain.ts';
import type { ErrorReply } from '../http/reply.ts';

const STOPS: ReadonlySet<string> = new Set(['block', 'escalate']);

/** Null when it goes on. */
export function stopReply(evaluation: Evaluation, side: 'input' | 'output'): ErrorReply | null {
  const { verdict, reasonCode, results } = evaluation;
  if (!STOPS.has(verdict)) return null;
  const decisive = results.find((result) => result.verdict === verdict && result.reasonCode === reasonCode);
  const policy = decisive?.kind ?? 'engine';
  const what = side === 'input' ? 'The request' : 'The answer';
  const base = { status: 409, type: 'policy_violation', policy, reasonCode } as const;
  if (verdict === 'escalate')
    return {
      ...base,
      code: 'escalation_required',
      message: `${what} has to be looked at by a person first.`,
    };
  if (policy === 'spend-limit')
    return { ...base, code: 'budget_exceeded', message: 'The budget for today is used up.' };
  const told = decisive?.metadata?.['message'];
  return {
    ...base,
    code: `${side}_blocked`,
    message: typeof told === 'string' ? told : `${what} was blocked by ${policy}.`,
  };
}
