/** Definitions: the tools that a body offers, and what it tells the model about them and about its answer's form. */
import type { Definition } from '../request.ts';
import { isObject, type Json, type JsonObject, Malformed, objectAt } from './json.ts';

interface Offered {
  /** One, as a rule. A body that names a tool in two ways is taken to offer both. */
  readonly names: readonly [string, ...string[]];
  readonly definition: Json;
}

/** The types of tools that have a name of their own. */
const NAMED_TYPES: ReadonlySet<Json | undefined> = new Set(['function', 'custom']);
/** Offers the provider's search of the web without a definition. */
const SEARCH_OPTIONS = 'web_search_options';
const SEARCH = 'web_search';

/** Names, as rules of tools know them. A tool of the provider's, like `web_search`, is called by its type. */
export function offeredIn(chat: JsonObject): readonly string[] {
  const names = offers(chat).flatMap((offered) => offered.names);
  return (chat[SEARCH_OPTIONS] ?? null) === null ? names : [...names, SEARCH];
}

export function definitionsIn(chat: JsonObject): readonly Definition[] {
  const format = chat['response_format'];
  const tools = offers(chat).map(({ names, definition }) => ({ of: names[0], texts: textsIn(definition) }));
  return format === undefined ? tools : [...tools, { of: 'response_format', texts: textsIn(format) }];
}

/** `functions` is the older form of `tools`. */
function offers(chat: JsonObject): readonly Offered[] {
  const tools = listAt(chat, 'tools').map((given, i) => {
    const tool = objectAt(given, `\`tools[${i}]\``);
    const { type, function: called, custom, name } = tool;
    const inner = [called, custom].filter((each) => each !== undefined && each !== null);
    const named = [
      ...inner.map((each) => nameIn(each, `tools[${i}]`)),
      ...(typeof name === 'string' ? [name] : []),
    ];
    const isOwnType = typeof type === 'string' && (named.length === 0 || !NAMED_TYPES.has(type));
    const [first, ...others] = isOwnType ? [...named, type] : named;
    return { names: [first ?? nameIn(undefined, `tools[${i}]`), ...others] as const, definition: tool };
  });
  const functions = listAt(chat, 'functions').map((given, i) => ({
    names: [nameIn(given, `functions[${i}]`)] as const,
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
