/** Tool rules: which tools may be called, by name, with `*` and `?` as in a shell. */

import { toolsUsed } from '../request.ts';
import type { Opinion, Stage } from './enforcement.ts';

export interface ToolRules {
  /** Undefined: every tool that is not denied. Empty: none. */
  readonly allowed?: readonly string[] | undefined;
  readonly denied?: readonly string[] | undefined;
}

/** Who asks, as the gateway's caller says. The documentation names no header for it. */
export const ROLE_HEADER = 'x-user-role';

/** The tools that this stage is about: offered to the model, or called. */
export function toolsAt({ request, side, messages }: Stage): readonly string[] {
  return side === 'answer' ? toolsUsed(messages) : [...request.tools, ...toolsUsed(messages)];
}

/** A name that is denied in another case is denied: whoever runs the tool may not care about case. */
export function mayCall(tool: string, { allowed, denied = [] }: ToolRules): boolean {
  if (denied.some((pattern) => isLike(tool.toLowerCase(), pattern.toLowerCase()))) return false;
  return allowed === undefined || allowed.some((pattern) => isLike(tool, pattern));
}

export function denied(stage: Stage, rules: ToolRules, reasonCode: string): Opinion | null {
  const tool = toolsAt(stage).find((name) => !mayCall(name, rules));
  return tool === undefined ? null : { verdict: 'block', reasonCode, metadata: { tool: tool.slice(0, 200) } };
}

/** Rules by role, for whoever asks. Only tools need a role. */
export function deniedByRole(
  stage: Stage,
  roles: ReadonlyMap<string, ToolRules>,
  prefix: string,
): Opinion | null {
  if (toolsAt(stage).length === 0) return null;
  const role = stage.request.headers.get(ROLE_HEADER);
  if (role === undefined) return { verdict: 'block', reasonCode: `${prefix}.role_missing` };
  const rules = roles.get(role);
  return rules
    ? denied(stage, rules, `${prefix}.tool_denied`)
    : { verdict: 'block', reasonCode: `${prefix}.role_unknown` };
}

/** Each `*` is tried from where the last one stands, and no further back: time is length times length at worst. */
function isLike(name: string, pattern: string): boolean {
  let [n, p, star, mark] = [0, 0, -1, 0];
  while (n < name.length) {
    if (pattern[p] === '*') [star, mark, p] = [p, n, p + 1];
    else if (p < pattern.length && (pattern[p] === '?' || pattern[p] === name[n])) [n, p] = [n + 1, p + 1];
    else if (star !== -1) {
      mark += 1;
      [n, p] = [mark, star + 1];
    } else return false;
  }
  while (pattern[p] === '*') p += 1;
  return p === pattern.length;
}
