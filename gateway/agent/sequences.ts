/** Sequences: the highest that was applied of each configuration, so that a gateway never goes back. */
import type { Manifest } from '../../lib/domain/reload.ts';

export type Sequences = Readonly<Record<string, number>>;

/** Gateways are bound to another configuration now and then, not every day. */
const MOST_CONFIGURATIONS = 1000;

export function highestOf(sequences: Sequences, configurationId: string): number | undefined {
  return Object.hasOwn(sequences, configurationId) ? sequences[configurationId] : undefined;
}

/** The one that was raised last is the last to be forgotten. */
export function raised(sequences: Sequences, { configuration_id: id, sequence }: Manifest): Sequences {
  const others = Object.entries(sequences).filter(([name]) => name !== id);
  const highest = Math.max(highestOf(sequences, id) ?? 0, sequence);
  return Object.fromEntries([...others.slice(1 - MOST_CONFIGURATIONS), [id, highest]]);
}
