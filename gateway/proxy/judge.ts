/** Judge: asks the chain, and says what holds when the chain itself fails. */
import type { Log } from '../../lib/log.ts';
import type { Chain, Evaluation, Exchange } from '../engine/chain.ts';
import type { EvaluationRequest, Message } from '../engine/request.ts';
import { faultFacts } from './fault.ts';

/** What becomes of a request whose evaluation failed, which is a fault of ours and not of the request. */
export type FailMode = 'block' | 'allow';

export interface Judgement {
  readonly evaluation: Evaluation;
  /** The chain failed, and this is what the fail mode says. */
  readonly degraded: boolean;
  /** Null when there is nobody to ask about the answer: it goes as the fail mode says. */
  readonly exchange: Exchange | null;
}

export interface Answer {
  readonly messages: readonly Message[];
  /** Where there is what nobody can look at. */
  readonly unreadable: readonly string[];
}

const ENGINE_FAILED = 'engine.failed';

export class Judge {
  readonly #failMode: FailMode;
  readonly #log: Log;

  constructor(failMode: FailMode, log: Log) {
    this.#failMode = failMode;
    this.#log = log;
  }

  request(chain: Chain, request: Omit<EvaluationRequest, 'answer'>, requestId: string): Judgement {
    try {
      const exchange = chain.start(request);
      return { evaluation: exchange.request, degraded: false, exchange };
    } catch (error) {
      return {
        evaluation: this.#failed(error, requestId, request.messages, null),
        degraded: true,
        exchange: null,
      };
    }
  }

  answer(before: Judgement, { messages: answer, unreadable }: Answer, requestId: string): Judgement {
    if (!before.exchange) return { ...before, evaluation: { ...before.evaluation, answer } };
    try {
      return { ...before, evaluation: before.exchange.answer(answer, unreadable) };
    } catch (error) {
      const { messages, results } = before.evaluation;
      const evaluation = { ...this.#failed(error, requestId, messages, answer), results };
      return { evaluation, degraded: true, exchange: null };
    }
  }

  #failed(
    error: unknown,
    requestId: string,
    messages: readonly Message[],
    answer: readonly Message[] | null,
  ): Evaluation {
    this.#log.fact('evaluation.failed', {
      request_id: requestId,
      fail_mode: this.#failMode,
      ...faultFacts(error),
    });
    return { verdict: this.#failMode, reasonCode: ENGINE_FAILED, results: [], messages, answer };
  }
}
