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
  /** Never throws for what is in a request. One that is beyond the bounds is blocked, as `engine.bound_exceeded`. */
  evaluate(request: EvaluationRequest): Evaluation;
}

export interface Link {
  readonly kind: Kind;
  readonly checks: Checks;
}

const STOPS: ReadonlySet<Verdict> = new Set(['block', 'escalate']);

export function chainOf(links: readonly Link[]): Chain {
  return {
    evaluate(request) {
      const run = new Run(request);
      try {
        run.within(request);
        run.all(links);
      } catch (error) {
        if (!(error instanceof BoundExceeded)) throw error;
        return { ...run.evaluation(), verdict: 'block', reasonCode: 'engine.bound_exceeded' };
      }
      return run.evaluation();
    },
  };
}

class Run {
  readonly #budget = new Budget();
  readonly #results: PolicyResult[] = [];
  #request: EvaluationRequest;

  constructor(request: EvaluationRequest) {
    this.#request = request;
  }

  within({ messages, answer, tools, headers }: EvaluationRequest): void {
    const names = [...tools, ...headers.keys(), ...headers.values()];
    let units = 0;
    for (const text of [...textsOf(messages), ...textsOf(answer ?? []), ...names]) units += text.length;
    if (units > MAX_TEXT_UNITS) throw new BoundExceeded('the text of a request');
  }

  /** What stops a request is not answered: the policies for answers are not asked then. */
  all(links: readonly Link[]): void {
    for (const { kind, checks } of links) if (this.#ask(kind, checks, 'request')) return;
    if (this.#request.answer === null) return;
    for (const { kind, checks } of links) if (this.#ask(kind, checks, 'answer')) return;
  }

  evaluation(): Evaluation {
    const decisive =
      this.#results.find(({ verdict }) => STOPS.has(verdict)) ??
      this.#results.find(({ verdict }) => verdict === 'redact');
    const { messages, answer } = this.#request;
    const [verdict, reasonCode] = decisive
      ? [decisive.verdict, decisive.reasonCode]
      : (['allow', 'all_policies_passed'] as const);
    return { verdict, reasonCode, results: this.#results, messages, answer };
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
