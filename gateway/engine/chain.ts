/** A chain: the policies of a document in their order, and what they make of a request and its answer. */
import type { Kind } from '../../lib/policy/kinds.ts';
import { BoundExceeded, Budget, MAX_TEXT_UNITS } from './budget.ts';
import type { Check, Checks, Phase, Verdict } from './kinds/enforcement.ts';
import { type EvaluationRequest, type Message, textsOf } from './request.ts';

export interface PolicyResult {
  readonly kind: Kind;
  readonly phase: Phase;
  readonly verdict: Verdict;
  readonly reasonCode: string;
  readonly metadata: Readonly<Record<string, unknown>> | null;
}

export interface Evaluation {
  readonly verdict: Verdict;
  /** Of the policy that decided; `all_policies_passed` when none had anything to say. */
  readonly reasonCode: string;
  /** In the order in which policies were asked; those after a stop were not. */
  readonly results: readonly PolicyResult[];
  /** As they go on, after redaction. */
  readonly messages: readonly Message[];
  readonly answer: readonly Message[] | null;
}

export interface Chain {
  /** Whether any of its policies looks at answers. If none does, they can go on as they arrive. */
  readonly judgesAnswers: boolean;
  /** A request and its answer in one go. */
  evaluate(request: EvaluationRequest): Evaluation;
  /** The request alone; what comes back for it is judged by the same chain, whatever was loaded meanwhile. */
  start(request: Omit<EvaluationRequest, 'answer'>): Exchange;
}

/** Never throws for what is in a request. One that is beyond the bounds is blocked, as `engine.bound_exceeded`. */
export interface Exchange {
  readonly request: Evaluation;
  /** To be asked once, and only if the request was not stopped. `results` are those of both sides. */
  answer(messages: readonly Message[]): Evaluation;
}

export interface Link {
  readonly kind: Kind;
  readonly checks: Checks;
}

const STOPS: ReadonlySet<Verdict> = new Set(['block', 'escalate']);

export function chainOf(links: readonly Link[]): Chain {
  const start = (request: Omit<EvaluationRequest, 'answer'>): Exchange => {
    const run = new Run({ ...request, answer: null });
    return {
      request: run.side('request', links),
      answer: (messages) => run.side('answer', links, messages),
    };
  };
  return {
    judgesAnswers: links.some(({ checks }) => checks.answer !== undefined),
    start,
    evaluate({ answer, ...request }) {
      const exchange = start(request);
      return answer === null || STOPS.has(exchange.request.verdict)
        ? { ...exchange.request, answer }
        : exchange.answer(answer);
    },
  };
}

class Run {
  readonly #budget = new Budget();
  readonly #results: PolicyResult[] = [];
  #request: EvaluationRequest;
  #units = 0;

  constructor(request: EvaluationRequest) {
    this.#request = request;
  }

  /** What stops a request is not answered: the policies for answers are not asked then. */
  side(side: 'request' | 'answer', links: readonly Link[], answer?: readonly Message[]): Evaluation {
    if (answer) this.#request = { ...this.#request, answer };
    const { messages, tools, headers } = this.#request;
    try {
      if (answer) this.#within(textsOf(answer));
      else this.#within([...textsOf(messages), ...tools, ...headers.keys(), ...headers.values()]);
      for (const { kind, checks } of links) if (this.#ask(kind, checks, side)) break;
    } catch (error) {
      if (!(error instanceof BoundExceeded)) throw error;
      return { ...this.evaluation(), verdict: 'block', reasonCode: 'engine.bound_exceeded' };
    }
    return this.evaluation();
  }

  #within(texts: readonly string[]): void {
    for (const { length } of texts) this.#units += length;
    if (this.#units > MAX_TEXT_UNITS) throw new BoundExceeded('the text of a request');
  }

  evaluation(): Evaluation {
    const decisive =
      this.#results.find(({ verdict }) => STOPS.has(verdict)) ??
      this.#results.find(({ verdict }) => verdict === 'redact');
    const { messages, answer } = this.#request;
    const [verdict, reasonCode] = decisive
      ? [decisive.verdict, decisive.reasonCode]
      : (['allow', 'all_policies_passed'] as const);
    return { verdict, reasonCode, results: [...this.#results], messages, answer };
  }

  /** Whether it stops here. */
  #ask(kind: Kind, checks: Checks, side: 'request' | 'answer'): boolean {
    const check: Check | undefined = checks[side];
    if (!check) return false;
    const messages = side === 'request' ? this.#request.messages : (this.#request.answer ?? []);
    const opinion = check({ request: this.#request, side, messages, budget: this.#budget });
    const { verdict = 'allow', reasonCode = `${kind.replaceAll('-', '_')}.passed` } = opinion ?? {};
    const phase = checks.phase === 'tool' ? 'tool' : side === 'request' ? 'input' : 'output';
    this.#results.push({ kind, phase, verdict, reasonCode, metadata: opinion?.metadata ?? null });
    if (opinion?.messages)
      this.#request = { ...this.#request, [side === 'request' ? 'messages' : 'answer']: opinion.messages };
    return STOPS.has(verdict);
  }
}
