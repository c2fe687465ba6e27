/** A witness: hears what the roles of a stack were asked for, and writes it down for the end of the run. */
import { randomUUID } from 'node:crypto';
import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Decision } from '../../../local/iam/decide.ts';
import { explain } from '../../../local/iam/explain.ts';
import { usesOf } from './use.ts';

/** A line of a witness's file. */
export type Testimony =
  | { readonly kind: 'used'; readonly use: string }
  | { readonly kind: 'refused'; readonly refusal: string }
  | { readonly kind: 'calls'; readonly count: number };

export interface Witness {
  readonly decided: (decision: Decision) => void;
  readonly uses: ReadonlySet<string>;
  readonly refusals: ReadonlySet<string>;
  /** Every different request once, by who made it: rows by their kind. */
  readonly asked: ReadonlyMap<string, Decision>;
  /** How many requests there were. */
  readonly count: () => number;
  /** Writes down how many. */
  close(): void;
}

const MOST_REFUSALS = 20;

/** `folder`: where the end of the run looks. Null keeps it here. */
export function startWitness(folder: string | null): Witness {
  const uses = new Set<string>();
  const refusals = new Set<string>();
  const asked = new Map<string, Decision>();
  const file = folder === null ? null : join(folder, `${randomUUID()}.jsonl`);
  let count = 0;
  const write = (line: Testimony) => {
    if (file !== null) appendFileSync(file, `${JSON.stringify(line)}\n`);
  };

  /** At once, and not at the end: a process that is killed has no end. */
  function remember(decision: Decision): void {
    if (!decision.allowed) {
      const refusal = explain(decision);
      if (refusals.has(refusal) || refusals.size >= MOST_REFUSALS) return;
      refusals.add(refusal);
      write({ kind: 'refused', refusal });
      return;
    }
    for (const use of usesOf(decision)) {
      if (uses.has(use)) continue;
      uses.add(use);
      write({ kind: 'used', use });
    }
  }

  return {
    uses,
    refusals,
    asked,
    count: () => count,
    decided: (decision) => {
      count++;
      // Who borrowed a role is not one of ours: tests see that such a one is refused what it should be.
      if (decision.holder.session !== null && !decision.allowed) return;
      const name = `${decision.holder.role.id} ${nameOf(decision)}`;
      if (asked.has(name)) return;
      asked.set(name, decision);
      remember(decision);
    },
    close: () => write({ kind: 'calls', count }),
  };
}

/** Rows by kind and not by id, or a long test would be a long list. */
function nameOf({ request: { action, resource, context } }: Decision): string {
  const around = Object.entries(context).map(([key, values]) =>
    /^kms:encryptioncontext:(?!purpose)/.test(key)
      ? key
      : `${key}=${[...new Set(values.map((value) => value.replace(/#.*/s, '#')))].sort().join()}`,
  );
  return [action, resource.replace(/-gw-.*/, '-gw-'), ...around].join(' ');
}
