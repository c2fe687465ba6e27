/** Retention: how long the provider of a target may keep prompts, however the document says so. */
import { inWords } from '../shown.ts';
import type { Group } from '../stance.ts';
import { at, below } from '../values.ts';

/** Days; infinite where nothing is promised. Null for what is no promise that can be compared. */
function retentionOf(said: (path: string) => unknown): number | null {
  if (said('zdr') === true || said('data_policy.zero_data_retention') === true) return 0;
  const days = said('data_policy.retention_days') ?? Number.POSITIVE_INFINITY;
  return typeof days === 'number' && !Number.isNaN(days) ? days : null;
}

export const RETENTION: Group = {
  fields: ['zdr', 'data_policy.zero_data_retention', 'data_policy.retention_days'],
  judge: (before, after, names) => {
    const [was, is] = [retentionOf((path) => at(before, path)), retentionOf((path) => at(after, path))];
    const who = `the provider of \`${names.at(-1) ?? ''}\``;
    if (was === null || is === null)
      return { effect: 'unknown', reason: `how long ${who} may keep prompts cannot be said` };
    if (was === is) return { effect: 'neutral', reason: `says in another way that ${who} ${may(is)}` };
    return {
      effect: is > was ? 'loosens' : 'tightens',
      reason: `${who} ${may(is, ' now')} (before: ${long(was)})`,
    };
  },
};

function may(days: number, now = ''): string {
  return days === 0 ? `may${now} keep no prompts` : `may${now} keep prompts ${long(days)}`;
}

function long(days: number): string {
  if (days === 0) return 'not at all';
  if (days === Number.POSITIVE_INFINITY) return 'for as long as it likes';
  return `for ${inWords(days)} ${days === 1 ? 'day' : 'days'}`;
}

/** Lacks a promise about prompts that every one of the others makes. */
export function isWeakest(target: unknown, others: readonly unknown[]): boolean {
  if (others.length === 0) return false;
  const { longest, neverTrain, neverCollect } = promisesOf(others);
  if (keptFor(target) > longest || (neverTrain && !neverTrains(target))) return true;
  return neverCollect && !neverCollects(target);
}

interface Promises {
  readonly longest: number;
  readonly neverTrain: boolean;
  readonly neverCollect: boolean;
}

/** The same targets are asked about once for each one that came or went. */
const PROMISES = new WeakMap<readonly unknown[], Promises>();

function promisesOf(targets: readonly unknown[]): Promises {
  const known = PROMISES.get(targets);
  if (known) return known;
  const promises = {
    longest: targets.reduce<number>((longest, target) => Math.max(longest, keptFor(target)), 0),
    neverTrain: targets.every(neverTrains),
    neverCollect: targets.every(neverCollects),
  };
  PROMISES.set(targets, promises);
  return promises;
}

function keptFor(target: unknown): number {
  return retentionOf((path) => below(target, path)) ?? Number.POSITIVE_INFINITY;
}

function neverTrains(target: unknown): boolean {
  return below(target, 'data_policy.training_opt_out') === true;
}

function neverCollects(target: unknown): boolean {
  return at(target, 'data_collection') === 'deny';
}
