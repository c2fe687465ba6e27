/** The record of a call: what became of it, filled in on its way, for the decision event and the metrics. */
import type { Evaluation, PolicyResult } from '../../engine/chain.ts';
import type { Verdict } from '../../engine/kinds/enforcement.ts';

export interface Tokens {
  readonly input: number;
  readonly output: number;
}

export interface CallRecord {
  /** Null until the chain was asked. */
  verdict: Verdict | null;
  reasonCode: string | null;
  results: readonly PolicyResult[];
  model: string | null;
  provider: string | null;
  /** Under which the price of the model is known. */
  pricedAs: string | null;
  stream: boolean;
  promptHash: string | null;
  degraded: boolean;
  /** Why it did not end as it should have. */
  reason: string | null;
  tokens: Tokens | null;
  /** Providers that may have done it all, and gave no answer. */
  lost: number;
}

export const newRecord = (): CallRecord => ({
  verdict: null,
  reasonCode: null,
  results: [],
  model: null,
  provider: null,
  pricedAs: null,
  stream: false,
  promptHash: null,
  degraded: false,
  reason: null,
  tokens: null,
  lost: 0,
});

export function noteVerdict(
  record: CallRecord,
  { verdict, reasonCode, results }: Evaluation,
  degraded: boolean,
): void {
  Object.assign(record, { verdict, reasonCode, results, degraded });
}
