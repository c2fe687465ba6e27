/** `tool-security`: what tools are said to do, what they are asked, and what they gave back. Local analysis alone. */
import type { Budget } from '../budget.ts';
import type { Message, ToolCall } from '../request.ts';
import { readingsOf } from '../text/escapes.ts';
import { SEEN, viewOf } from '../text/view.ts';
import { argumentTexts } from '../tools/arguments.ts';
import { dangerIn } from '../tools/dangers.ts';
import { ENTITY_TYPES, entityIn, isEntityType } from '../tools/entities.ts';
import { poisonIn } from '../tools/poisoning.ts';
import type { Enforcement, Opinion, Stage } from './enforcement.ts';

/** What a tool gave back; `function` is the older name. */
const RESULT_ROLES: ReadonlySet<string> = new Set(['tool', 'function']);

export const TOOL_SECURITY: Enforcement<'tool-security'> = {
  enforced: true,
  without: ['firewall_endpoint', 'secret_key_ref'],
  cannot({ analysis_mode: mode, blocked_entity_types: types = [] }) {
    if (mode === 'external') return 'its analysis is left to a service';
    const unknown = types.find((type) => !isEntityType(type));
    return unknown === undefined
      ? null
      : `nothing here knows what ${unknown} looks like; known are ${ENTITY_TYPES.join(', ')}`;
  },
  checks({ blocked_entity_types: types = [], fail_closed: failClosed = true }) {
    const callChecked = (call: ToolCall, budget: Budget): Opinion | null => {
      const texts = argumentTexts(call);
      if (texts === null && failClosed) return blocked('unreadable_arguments', { tool: nameOf(call) });
      for (const text of [call.arguments, ...(texts ?? [])]) {
        const { text: seen } = viewOf(text, SEEN);
        const entity = entityIn(seen, types, budget);
        if (entity) return blocked('entity_blocked', { tool: nameOf(call), entity });
        const danger = dangerIn(seen, budget);
        if (danger) return blocked('dangerous_arguments', { tool: nameOf(call), form: danger });
      }
      return null;
    };
    const check = (stage: Stage): Opinion | null =>
      (stage.side === 'request' ? definitionChecked(stage) : null) ??
      firstOf(stage.messages, (message) => resultChecked(message, types, stage.budget)) ??
      firstOf(
        stage.messages.flatMap(({ toolCalls }) => toolCalls),
        (call) => callChecked(call, stage.budget),
      );
    return { phase: 'tool', request: check, answer: check };
  },
};

function definitionChecked({ request, budget }: Stage): Opinion | null {
  return firstOf(request.definitions, ({ of, texts }) => {
    const form = firstOf([...texts, texts.join('\n')], (text) => poisonIn(text, budget));
    return form === null ? null : blocked('poisoned_definition', { tool: of.slice(0, 200), form });
  });
}

function resultChecked({ role, content }: Message, types: readonly string[], budget: Budget): Opinion | null {
  if (!RESULT_ROLES.has(role)) return null;
  return firstOf(readingsOf(content), ({ text }) => {
    const form = poisonIn(text, budget);
    if (form !== null) return blocked('injection_in_result', { form });
    const entity = entityIn(viewOf(text, SEEN).text, types, budget);
    return entity === null ? null : blocked('entity_blocked', { entity });
  });
}

const nameOf = ({ name }: ToolCall) => name.slice(0, 200);

const blocked = (why: string, metadata: Readonly<Record<string, string>>): Opinion => ({
  verdict: 'block',
  reasonCode: `tool_security.${why}`,
  metadata,
});

function firstOf<T, R>(items: readonly T[], check: (item: T) => R | null): R | null {
  for (const item of items) {
    const found = check(item);
    if (found !== null) return found;
  }
  return null;
}
