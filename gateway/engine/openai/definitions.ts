/** Definitions: the tools that a body offers, and what it tells the model about them and about its answer's form. */
import type { Definition } from '../request.ts';
import { isObject, type Json, type JsonObject, Malformed, objectAt } from './json.ts';

interface Offered {
  readonly name: string;
  readonly definition: Json;
}

/** Names, as rules of tools know them. A tool of the provider's, like `web_search`, is called by its type. */
export const offeredIn = (chat: JsonObject): readonly string[] => offers(chat).map(({ name }) => name);

export function definitionsIn(chat: JsonObject): readonly Definition[] {
  const format = chat['response_format'];
  const tools = offers(chat).map(({ name, definition }) => ({ of: name, texts: textsIn(definition) }));
  return format === undefined ? tools : [...tools, { of: 'response_format', texts: textsIn(format) }];
}

/** `functions` is the older form of `tools`. */
function offers(chat: JsonObject): readonly Offered[] {
  const tools = listAt(chat, 'tools').map((given, i) => {
    const tool = objectAt(given, `\`tools[${i}]\``);
    const inner = tool['function'] ?? tool['custom'];
    if (inner === undefined && typeof tool['type'] === 'string')
      return { name: tool['type'], definition: tool };
    return { name: nameIn(inner, `tools[${i}]`), definition: tool };
  });
  const functions = listAt(chat, 'functions').map((given, i) => ({
    name: nameIn(given, `functions[${i}]`),
    definition: given,
  }));
  return [...tools, ...functions];
}

function listAt(chat: JsonObject, key: string): readonly Json[] {
  const list = chat[key];
  if (list === undefined || list === null) return [];
  if (!Array.isArray(list)) throw new Malformed(`\`${key}\` must be an array`);
  return list;
}

function nameIn(value: Json | undefined, path: string): string {
  const name = isObject(value) ? value['name'] : undefined;
  if (typeof name !== 'string') throw new Malformed(`\`${path}\` must be a tool with a name`);
  return name;
}

/** Keys as well: the names of parameters are read by the model. */
function textsIn(value: Json): readonly string[] {
  if (typeof value === 'string') return [value];
  if (Array.isArray(value)) return value.flatMap(textsIn);
  if (!isObject(value)) return [];
  return Object.entries(value).flatMap(([key, item]) => [key, ...textsIn(item)]);
}
