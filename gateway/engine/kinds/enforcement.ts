/** An enforcement: what one kind does, at which point, and which of its settings nothing here can honour. */
import type * as z from 'zod';
import type { Kind } from '../../../lib/policy/kinds.ts';
import type { BLOCKS } from '../../../lib/policy/schema/kinds/registry.ts';
import type { Budget } from '../budget.ts';
import type { Prices } from '../prices.ts';
import type { EvaluationRequest, Message } from '../request.ts';
import type { Target } from '../sections.ts';
import type { State } from '../state.ts';

export type Verdict = 'allow' | 'block' | 'redact' | 'escalate';
export type Phase = 'input' | 'tool' | 'output';

/** A policy's opinion. Without one it lets pass. `messages` are what goes on instead, when it redacts. */
export interface Opinion {
  readonly verdict: Verdict;
  readonly reasonCode: string;
  readonly messages?: readonly Message[];
  /** Facts about the find, never what was found. */
  readonly metadata?: Readonly<Record<string, unknown>>;
  /** What it holds until it is known what became of the request. */
  readonly hold?: Hold;
  /** Done when nobody stops this side of the exchange: what counts only then. */
  readonly onPass?: () => void;
}

/** What a request came to. */
export interface Spent {
  readonly model: string;
  readonly promptTokens: number;
  readonly completionTokens: number;
  /** Providers that were asked as well, and may have done it all without anybody learning what it came to. */
  readonly lost?: number;
}

export interface Hold {
  settle(spent: Spent): void;
  release(): void;
}

export interface Stage {
  readonly request: EvaluationRequest;
  readonly side: 'request' | 'answer';
  /** What is on its way: the messages of the request, or those of the answer. */
  readonly messages: readonly Message[];
  readonly budget: Budget;
}

export type Check = (stage: Stage) => Opinion | null;

/** What a kind does with a request on its way in, and with an answer on its way out. */
export interface Checks {
  /** Tools are a phase of their own, on either side. */
  readonly phase?: 'tool';
  readonly request?: Check;
  readonly answer?: Check;
  /** Whether it has to look at what is said; without it, what is usual for the kind. */
  readonly readsContent?: boolean;
  /** Which targets it lets requests go to; without it all of them. */
  readonly mayUse?: (target: Target) => boolean;
}

/** What a policy may know beside its block. */
export interface Surroundings {
  /** Where the document lets requests go. */
  readonly targets: readonly Target[];
  readonly state: State;
  readonly prices: Prices;
}

export type Block<K extends Kind> = z.output<(typeof BLOCKS)[K][number]>;

export type Enforcement<K extends Kind> =
  | {
      readonly enforced: true;
      /** Settings that have no effect here, named as in the block. */
      readonly without?: readonly string[];
      /** Why this very block cannot be enforced here; null when it can. */
      readonly cannot?: (block: Block<K>, around: Surroundings) => string | null;
      checks(block: Block<K>, around: Surroundings): Checks;
    }
  | { readonly enforced: false; readonly why: string };
