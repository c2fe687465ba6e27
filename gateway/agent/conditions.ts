/** Conditions: what is not as it should be, said once when it comes and once when it goes. */
import type { Health } from '../../lib/domain/report.ts';
import type { Log } from '../../lib/log.ts';
import { oneLine } from './why.ts';

export type Condition =
  | 'api'
  | 'queue'
  | 'binding'
  | 'refused'
  | 'tampered'
  | 'gateway'
  | 'state'
  | 'receipts'
  | 'keys'
  | 'stale'
  | 'contact'
  | 'closing'
  | 'unenforced';

export type Conditions = ReturnType<typeof conditionsOf>;

/** `changed` is called after what a heartbeat would say has changed. */
export function conditionsOf(log: Log, changed: () => void) {
  const reasons = new Map<Condition, string>();
  return {
    /** Null: it is well. */
    set(condition: Condition, reason: string | null): void {
      const before = reasons.get(condition) ?? null;
      if (before === reason) return;
      if (reason === null) reasons.delete(condition);
      else reasons.set(condition, reason);
      log.fact(
        `agent.${condition}`,
        reason === null ? { state: 'well again' } : { state: 'trouble', reason },
      );
      changed();
    },
    get: (condition: Condition): string | null => reasons.get(condition) ?? null,
    health: (): Health => (reasons.size === 0 ? 'healthy' : 'degraded'),
    /** One line of all of them. */
    reason(): string | null {
      if (reasons.size === 0) return null;
      return oneLine([...reasons].map(([condition, reason]) => `${condition}: ${reason}`).join('; '));
    },
  };
}
