/** Calls: what a message asks of tools, in each of the forms in which it may do so. */
import { type ToolCall, toolCall } from '../request.ts';
import {
  isId,
  isTypeOf,
  type Json,
  type JsonObject,
  Malformed,
  nameOf,
  objectAt,
  setMember,
} from './json.ts';

export interface Call {
  readonly call: ToolCall;
  readonly write: (args: string) => void;
}

/** Told of every member that is no part of a call as it is known here. */
export type Beside = (holder: JsonObject, key: string, path: string) => void;

/** In which member each form has its arguments. */
const FORMS = { function: 'arguments', custom: 'input' } as const;
type Form = keyof typeof FORMS;
const isForm = (key: string): key is Form => Object.hasOwn(FORMS, key);

/** `function_call` is the older form of a single tool call. */
export function callsIn(message: JsonObject, path: string, beside: Beside): readonly Call[] {
  const calls = message['tool_calls'] ?? [];
  if (!Array.isArray(calls)) throw new Malformed(`\`${path}.tool_calls\` must be an array`);
  const older = message['function_call'] ?? null;
  return [
    ...calls.flatMap((given, i) => formsOf(given, `${path}.tool_calls[${i}]`, beside)),
    ...(older === null ? [] : [callOf(older, 'arguments', `${path}.function_call`, beside)]),
  ];
}

/** Whoever runs a call that is written in both forms may look at either. */
function formsOf(given: Json, path: string, beside: Beside): readonly Call[] {
  const call = objectAt(given, `\`${path}\``);
  for (const key of Object.keys(call))
    if (!isForm(key) && !isTypeOf(call, key) && !(key === 'id' && isId(call[key])))
      beside(call, key, `${path}.${nameOf(key)}`);
  const forms = Object.keys(call).filter((key): key is Form => isForm(key) && call[key] !== null);
  return (forms.length === 0 ? (['function'] as const) : forms).map((form) =>
    callOf(call[form], FORMS[form], `${path}.${form}`, beside),
  );
}

function callOf(value: Json | undefined, key: 'arguments' | 'input', path: string, beside: Beside): Call {
  const call = objectAt(value, `\`${path}\``);
  const { name } = call;
  const args = call[key] ?? '';
  if (typeof name !== 'string') throw new Malformed(`\`${path}.name\` must be a text`);
  if (typeof args !== 'string') throw new Malformed(`\`${path}.${key}\` must be a text`);
  for (const other of Object.keys(call))
    if (other !== key && !(other === 'name' && isId(name))) beside(call, other, `${path}.${nameOf(other)}`);
  return { call: toolCall(name, args), write: (after) => setMember(call, key, after) };
}
