/** `rate_limits`: calls of a tool in a session, per minute. */
import { toolsUsed } from '../../request.ts';
import type { WindowName } from '../../state/windows.ts';
import type { State } from '../../state.ts';
import { keyOf } from '../../state.ts';
import type { Stage } from '../enforcement.ts';
import { type Finding, type Rule, refusal } from './rule.ts';

/** The documentation says how many calls, and not in which time. */
const WINDOW_SECONDS = 60;
const OTHERS = 'default';

/** Calls are counted when an answer asks for them: what a request repeats of them was counted then. */
export function rates(limits: Readonly<Record<string, number>>, { windows }: State): Rule {
  const byTool = new Map(Object.entries(limits).map(([tool, most]) => [tool.toLowerCase(), most]));
  return ({ side, messages }: Stage, session): Finding | null => {
    if (side === 'request') return null;
    const calls = new Map<string, number>();
    for (const tool of toolsUsed(messages)) {
      const name = tool.toLowerCase();
      calls.set(name, (calls.get(name) ?? 0) + 1);
    }
    const uses: { limit: string; used: number; most: number; window: WindowName; now: number }[] = [];
    for (const [tool, now] of calls) {
      const most = byTool.get(tool) ?? byTool.get(OTHERS);
      if (most === undefined) continue;
      const window: WindowName = { scope: 'tool', key: keyOf(session.key, tool), seconds: WINDOW_SECONDS };
      const used = windows.used(window) + now;
      if (used > most) return refusal('rate_limited', { tool: tool.slice(0, 200) });
      uses.push({ limit: `rate_limits.${byTool.has(tool) ? tool : OTHERS}`, used, most, window, now });
    }
    return {
      uses,
      onPass: () => {
        for (const { window, now } of uses) windows.add(window, now);
      },
    };
  };
}
