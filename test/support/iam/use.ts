/** A use: which part of a role's policy allowed a call. Told from every other by position, since ARNs differ from stack to stack. */
import type { Decision } from '../../../local/iam/decide.ts';

/** `role sid action resource`, and what of its conditions, each on its own. */
export function usesOf({ holder, by }: Extract<Decision, { allowed: true }>): string[] {
  const statement = holder.role.policies.find(({ sid }) => sid === by.sid);
  const part = useOf(
    holder.role.id,
    by.sid,
    by.action,
    statement?.resources.indexOf(by.resource) ?? -1,
    null,
  );
  return by.when.length === 0 ? [part] : by.when.map((when) => `${part} ${when}`);
}

export function useOf(
  role: string,
  sid: string,
  action: string,
  resource: number,
  when: string | null,
): string {
  const part = `${role} ${sid} ${action} ${resource}`;
  return when === null ? part : `${part} ${when}`;
}
