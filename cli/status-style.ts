/** The colour of a status. */
import type { Styled } from './output.ts';

const STYLES = { synced: 'green', healthy: 'green', pending: 'yellow', degraded: 'yellow' } as const;

/** What is neither well nor on its way is red. */
export function styleOfStatus(text: string): Styled {
  const known: Readonly<Record<string, Styled['style']>> = STYLES;
  return { text, style: known[text] ?? 'red' };
}
