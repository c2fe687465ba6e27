/** An enforcement: what one kind does, at which point, and which of its settings nothing here can honour. */
import type * as z from 'zod';
import type { Kind } from '../../../lib/policy/kinds.ts';
import type { BLOCKS } from '../../../lib/policy/schema/kinds/registry.ts';
import type { Budget } from '../budget.ts';
import type { EvaluationRequest, Message } from '../request.ts';
import type { Target } from '../sections.ts';

export type Verdict = 'allow' | 'block' | 'redact' | 'escalate';
export type Phase = 'input' | 'tool' | 'output';

/** A policy's opinion. Without one it lets pass. `messages` are what goes on instead, when it redacts. */
export interface Opinion {
  readonly verdict: Verdict;
  readonly reasonCode: string;
  readonly messages?: readonly Message[];
  /** Facts about the find, never what was found. */
  readonly metadata?: Readonly<Record<string, unknown>>;
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
}

export type Block<K extends Kind> = z.output<(typeof BLOCKS)[K][number]>;

export type Enforcement<K extends Kind> =
  | {
      readonly enforced: true;
      /** Settings that have no effect here, named as in the block. */
      readonly without?: readonly string[];
      /** `targets`: where the document lets requests go. */
      checks(block: Block<K>, targets: readonly Target[]): Checks;
    }
  | { readonly enforced: false; readonly why: string };
