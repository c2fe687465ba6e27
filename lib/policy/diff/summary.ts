/** The one line that says what a diff amounts to. */
import { type Change, type Effect, MAX_SUMMARY } from './change.ts';
import { inWords, oneLine } from './shown.ts';

/** What an auditor asks first. */
const ORDER: readonly Effect[] = ['loosens', 'tightens', 'unknown', 'neutral'];
const COUNTED: Readonly<Record<Effect, (count: number) => string>> = {
  loosens: (count) => (count === 1 ? '1 loosens' : `${count} loosen`),
  tightens: (count) => (count === 1 ? '1 tightens' : `${count} tighten`),
  unknown: (count) => `${count} unknown`,
  neutral: (count) => `${count} neutral`,
};

/** `changes` are all there are, however many will be shown. */
export function summaryOf(changes: readonly Change[]): string {
  if (changes.length === 0) return 'no semantic change';
  const groups = ORDER.map((effect) => ({
    effect,
    members: changes.filter((change) => change.effect === effect),
  }));
  const counts = groups.flatMap(({ effect, members }) =>
    members.length > 0 ? [COUNTED[effect](members.length)] : [],
  );
  return fitted(
    `${counts.join(', ')}: `,
    groups.flatMap(({ members }) => members),
    inShort,
    '; ',
  );
}

/** As many of the items as there is room for, and how many there was none for. Says each only when it is needed. */
export function fitted<T>(
  start: string,
  items: readonly T[],
  say: (item: T) => string,
  separator: string,
): string {
  const more = (left: number): string => (left > 0 ? `${separator}${left} more` : '');
  let line = start;
  for (const [i, item] of items.entries()) {
    const next = `${line}${i > 0 ? separator : ''}${say(item)}`;
    if (next.length + more(items.length - i - 1).length > MAX_SUMMARY) {
      return i > 0 ? `${line}${more(items.length - i)}` : `${next.slice(0, MAX_SUMMARY - 1).toWellFormed()}…`;
    }
    line = next;
  }
  return line;
}

const SHORT = 32;

function inShort({ path, change, before, after, reason }: Change): string {
  if (path.startsWith('policies.chain[')) {
    const name = /^`(.*?)`/.exec(reason)?.[1] ?? path;
    return `${name} ${change === 'added' ? 'joined' : change === 'removed' ? 'left' : 'moved in'} the chain`;
  }
  if (path === '') return reason;
  const where = oneLine(path.replace(/^policy\./, ''));
  if (isDeep(before) || isDeep(after)) return `${where} ${change}`;
  if (change === 'moved') return `${where} moved`;
  if (change === 'added') return `${where} + ${inWords(after, '', SHORT)}`;
  if (change === 'removed') return `${where} − ${inWords(before, '', SHORT)}`;
  return `${where} ${inWords(before, '', SHORT)} → ${inWords(after, '', SHORT)}`;
}

function isDeep(value: unknown): boolean {
  return typeof value === 'object' && value !== null;
}
