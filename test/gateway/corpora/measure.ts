/** Measuring: what a detector makes of its corpus, through a compiled document as in a gateway. */

import { INPUT, readInput } from '../../../cli/policy-test/conversation.ts';
import type { Chain, Evaluation } from '../../../gateway/engine/chain.ts';
import { type EvaluationRequest, toolCall } from '../../../gateway/engine/request.ts';
import { chainFor, request, said } from '../evaluating.ts';
import { corpusOf, type Item, type Measurable, type Part } from './corpus.ts';

/** Counts: positives that were found and missed, negatives that were objected to and let pass. */
export interface Counts {
  found: number;
  missed: number;
  wrong: number;
  right: number;
}

export interface Measured {
  readonly parts: Readonly<Record<Part, Counts>>;
  readonly mistakes: readonly Item[];
}

export function measure(detector: Measurable): Measured {
  const chains = new Map<string, Chain>();
  const chainOf = ({ settings }: Item) => {
    const key = JSON.stringify(settings);
    // What this one counts of one text is nothing to the next.
    if (detector === 'agent-firewall') return chainFor({ [detector]: settings });
    const chain = chains.get(key) ?? chainFor({ [detector]: settings });
    chains.set(key, chain);
    return chain;
  };
  const parts = { development: counts(), 'held-out': counts(), unseen: counts() };
  const mistakes: Item[] = [];
  for (const item of corpusOf(detector)) {
    const objected = isFound(chainOf(item).evaluate(requestOf(item)), item);
    if (objected !== item.positive) mistakes.push(item);
    parts[item.part][item.positive ? (objected ? 'found' : 'missed') : objected ? 'wrong' : 'right'] += 1;
  }
  return { parts, mistakes };
}

const counts = (): Counts => ({ found: 0, missed: 0, wrong: 0, right: 0 });

function requestOf({ shape, parts }: Item): EvaluationRequest {
  const [first = '', second = ''] = parts;
  switch (shape) {
    case 'user':
      return request({ text: first });
    case 'tool':
      return request({ messages: [said('What does it say?'), said(first, 'tool')] });
    case 'answer':
      return request({ text: 'Hello', answer: [said(first, 'assistant')] });
    case 'under-system':
      return request({ messages: [said(first, 'system'), said(second)] });
    case 'call':
      return request({
        text: 'Go on.',
        answer: [{ role: 'assistant', content: '', toolCalls: [toolCall('tool', first)] }],
      });
    case 'definition':
      return request({ tools: ['tool'], definitions: [{ of: 'tool', texts: [first] }], text: 'Go on.' });
    case 'request':
      return givenRequest(first);
    case 'exchange':
      return request({ messages: [said(first)], answer: [said(second, 'assistant')] });
  }
}

function givenRequest(json: string): EvaluationRequest {
  const read = readInput(INPUT.parse({ messages: [], ...JSON.parse(json) }));
  if ('trouble' in read) throw new Error(read.trouble);
  return read.request;
}

/** A detector that says how many it found of what has to have found what is there. */
function isFound({ verdict, results }: Evaluation, { positive, label }: Item): boolean {
  if (verdict === 'allow') return false;
  const found = results.map(({ metadata }) => metadata?.['found']).find((counted) => counted !== undefined);
  return (
    !positive || label === null || typeof found !== 'object' || found === null || Object.hasOwn(found, label)
  );
}

export const precision = ({ found, wrong }: Counts): number => found / (found + wrong);
export const recall = ({ found, missed }: Counts): number => found / (found + missed);
