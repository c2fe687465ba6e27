/** `transaction_limits`: how much one call may move, and all of them in a day. */
import type { State } from '../../state.ts';
import { amountIn } from '../../tools/amounts.ts';
import type { Block } from '../enforcement.ts';
import { type Rule, refusal } from './rule.ts';

type Limits = NonNullable<Extract<Block<'agent-firewall'>, { tools?: unknown }>['transaction_limits']>;

/** A transaction is made when an answer asks for it. The day is that of everybody who uses the gateway. */
export function transactions(limits: Limits, { transactions: today }: State): Rule {
  const {
    max_single_transaction: single = Number.POSITIVE_INFINITY,
    max_daily_total: daily = Number.POSITIVE_INFINITY,
    require_approval_above: approval = Number.POSITIVE_INFINITY,
  } = limits;
  return ({ side, messages }) => {
    if (side === 'request') return null;
    let [total, needsApproval] = [0, false];
    for (const call of messages.flatMap(({ toolCalls }) => toolCalls)) {
      const amount = amountIn(call);
      if (amount === null) return refusal('unreadable_amount', { tool: call.name.slice(0, 200) });
      if (amount > single) return refusal('transaction_too_large', { tool: call.name.slice(0, 200) });
      needsApproval ||= amount > approval;
      total += amount;
    }
    if (total === 0) return null;
    const after = today.today() + total;
    // A sum that is no number any more could not be kept either.
    if (after > daily || !Number.isFinite(after)) return refusal('daily_total_exceeded');
    if (needsApproval) return refusal('approval_required', {}, 'escalate');
    return {
      uses: [{ limit: 'transaction_limits.max_daily_total', used: after, most: daily }],
      onPass: () => today.add(total),
    };
  };
}
