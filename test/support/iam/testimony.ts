/** What all witnesses of a run wrote down. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Testimony } from './witness.ts';

export interface Testimonies {
  readonly uses: ReadonlySet<string>;
  readonly refusals: ReadonlySet<string>;
  /** Requests that were checked. */
  readonly calls: number;
}

export function testimoniesIn(folder: string): Testimonies {
  const uses = new Set<string>();
  const refusals = new Set<string>();
  let calls = 0;
  for (const file of readdirSync(folder)) {
    for (const line of readFileSync(join(folder, file), 'utf8').split('\n').filter(Boolean)) {
      const testimony = JSON.parse(line) as Testimony;
      if (testimony.kind === 'used') uses.add(testimony.use);
      else if (testimony.kind === 'refused') refusals.add(testimony.refusal);
      else calls += testimony.count;
    }
  }
  return { uses, refusals, calls };
}
