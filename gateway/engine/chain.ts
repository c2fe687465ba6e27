/** A chain: the policies of a document in their order, and what they make of a request and its answer. */
import type { Kind } from '../../lib/policy/kinds.ts';
import { BoundExceeded, Budget, MAX_TEXT_UNITS } from './budget.ts';
import { CONTENT_KINDS, DEFINITION_KINDS } from './kinds/content-kinds.ts';
import type { Check, Checks, Hold, Phase, Spent, Verdict } from './kinds/enforcement.ts';
import { type EvaluationRequest, type Message, textsOf, toolsUsed } from './request.ts';
import type { Target } from './sections.ts';

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
  /** A request and its answer in one go; nothing is spent by it. `unreadable`: what of the answer is no text. */
  evaluate(request: EvaluationRequest, unreadable?: readonly string[]): Evaluation;
  /** The request alone; what comes back for it is judged by the same chain, whatever was loaded meanwhile. */
  start(request: Omit<EvaluationRequest, 'answer'>): Exchange;
  /** The targets that a request may be sent to, in the order of the document. */
  compliantTargets(): readonly Target[];
}

/**
 * Never throws for what is in a request. One that is beyond the bounds is blocked, as `engine.bound_exceeded`; one with
 * pictures, sounds or files in front of a policy that would have to look at them, as `engine.unreadable_content`.
 */
export interface Exchange {
  readonly request: Evaluation;
  /** To be asked once, and only if the request was not stopped. `results` are those of both sides. */
  answer(messages: readonly Message[], unreadable?: readonly string[]): Evaluation;
  /** What the provider did came to this. Whoever sent a request says so, or that it was abandoned; once. */
  spent(spent: Spent): void;
  /** Nothing reached a provider. */
  abandoned(): void;
}

export interface Link {
  readonly kind: Kind;
  readonly checks: Checks;
}

interface ChainOptions {
  readonly targets: readonly Target[];
  readonly allowUnreadable: boolean;
}

type Side = 'request' | 'answer';

const STOPS: ReadonlySet<Verdict> = new Set(['block', 'escalate']);

export function chainOf(links: readonly Link[], { targets, allowUnreadable }: ChainOptions): Chain {
  const start = (request: Omit<EvaluationRequest, 'answer'>): Exchange => {
    const run = new Run({ ...request, answer: null }, links, allowUnreadable);
    return {
      request: run.side('request', request.unreadable),
      answer: (messages, unreadable = []) => run.side('answer', unreadable, messages),
      spent: (spent) => run.end((hold) => hold.settle(spent)),
      abandoned: () => run.end((hold) => hold.release()),
    };
  };
  return {
    judgesAnswers: links.some(({ checks }) => checks.answer !== undefined),
    start,
    evaluate({ answer, ...request }, unreadable = []) {
      const exchange = start(request);
      const evaluation =
        answer === null || STOPS.has(exchange.request.verdict)
          ? { ...exchange.request, answer }
          : exchange.answer(answer, unreadable);
      exchange.abandoned();
      return evaluation;
    },
    compliantTargets: () =>
      targets.filter((target) => links.every(({ checks }) => checks.mayUse?.(target) ?? true)),
  };
}

class Run {
  readonly #budget = new Budget();
  readonly #results: PolicyResult[] = [];
  readonly #links: readonly Link[];
  readonly #allowUnreadable: boolean;
  #holds: Hold[] = [];
  #request: EvaluationRequest;
  #units = 0;

  constructor(request: EvaluationRequest, links: readonly Link[], allowUnreadable: boolean) {
    this.#request = request;
    this.#links = links;
    this.#allowUnreadable = allowUnreadable;
  }

  /** What stops a request is not answered: the policies for answers are not asked then. */
  side(side: Side, unreadable: readonly string[], answer?: readonly Message[]): Evaluation {
    if (answer) this.#request = { ...this.#request, answer };
    let evaluation: Evaluation | null = null;
    try {
      evaluation = this.#judge(side, unreadable);
      return evaluation;
    } finally {
      // An answer was paid for, whatever becomes of it; a request that goes nowhere costs nothing.
      if (side === 'request' && (evaluation === null || STOPS.has(evaluation.verdict)))
        this.end((hold) => hold.release());
    }
  }

  end(how: (hold: Hold) => void): void {
    const holds = this.#holds;
    this.#holds = [];
    for (const hold of holds) how(hold);
  }

  #judge(side: Side, unreadable: readonly string[]): Evaluation {
    const passed: (() => void)[] = [];
    try {
      this.#within(side);
      if (unreadable.length > 0 && !this.#allowUnreadable && this.#mustRead(side))
        return { ...this.#evaluation(), verdict: 'block', reasonCode: 'engine.unreadable_content' };
      for (const { kind, checks } of this.#links)
        if (this.#ask(kind, checks, side, passed)) return this.#evaluation();
    } catch (error) {
      if (!(error instanceof BoundExceeded)) throw error;
      return { ...this.#evaluation(), verdict: 'block', reasonCode: 'engine.bound_exceeded' };
    }
    for (const act of passed) act();
    return this.#evaluation();
  }

  #within(side: Side): void {
    const { messages, tools, headers, answer, definitions } = this.#request;
    const texts =
      side === 'answer'
        ? [...textsOf(answer ?? []), ...toolsUsed(answer ?? [])]
        : [...textsOf(messages), ...toolsUsed(messages), ...tools, ...headers.keys(), ...headers.values()];
    for (const { length } of texts) this.#units += length;
    // Most of their texts are among the messages too: what is not, names and keys, has the same bound for itself.
    const defined = definitions.reduce(
      (sum, each) => each.texts.reduce((n, { length }) => n + length, sum),
      0,
    );
    if (Math.max(this.#units, defined) > MAX_TEXT_UNITS) throw new BoundExceeded('the text of a request');
  }

  #mustRead(side: Side): boolean {
    return this.#links.some(
      ({ kind, checks }) => (checks.readsContent ?? CONTENT_KINDS.has(kind)) && checks[side] !== undefined,
    );
  }

  #evaluation(): Evaluation {
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
  #ask(kind: Kind, checks: Checks, side: Side, passed: (() => void)[]): boolean {
    const check: Check | undefined = checks[side];
    if (!check) return false;
    const all = side === 'request' ? this.#request.messages : (this.#request.answer ?? []);
    const isShown = ({ aside }: Message) => aside !== 'definition' || DEFINITION_KINDS.has(kind);
    const messages = all.filter(isShown);
    const opinion = check({ request: this.#request, side, messages, budget: this.#budget });
    const { verdict = 'allow', reasonCode = `${kind.replaceAll('-', '_')}.passed` } = opinion ?? {};
    const phase = checks.phase === 'tool' ? 'tool' : side === 'request' ? 'input' : 'output';
    this.#results.push({ kind, phase, verdict, reasonCode, metadata: opinion?.metadata ?? null });
    if (opinion?.hold) this.#holds.push(opinion.hold);
    if (opinion?.onPass) passed.push(opinion.onPass);
    if (opinion?.messages) {
      const changed = opinion.messages.values();
      const after = all.map((each) => (isShown(each) ? (changed.next().value ?? each) : each));
      this.#request = { ...this.#request, [side === 'request' ? 'messages' : 'answer']: after };
    }
    return STOPS.has(verdict);
  }
}
