/** Reading: collects the texts of a body as messages, each with the way back to where it stands. */
import type { Message } from '../request.ts';
import { type Beside, callsIn } from './calls.ts';
import {
  isId,
  isObject,
  isTypeOf,
  type Json,
  type JsonObject,
  Malformed,
  nameOf,
  objectAt,
  renameMembers,
  setMember,
} from './json.ts';

export interface Slot {
  readonly message: Message;
  /** Puts another text where this one stands. */
  readonly write: (after: Message) => void;
}

/** More texts than any client sends. */
const MAX_SLOTS = 20_000;
/** Read as what they are, and not as texts beside the message. */
const PARTS: ReadonlySet<string> = new Set(['role', 'content', 'tool_calls', 'function_call']);
/** Of a definition: what other members of it, or the model's calls, refer to. */
const DEFINITION_NAMES: ReadonlySet<string> = new Set([
  'name',
  'type',
  '$ref',
  'required',
  'format',
  'pattern',
]);
/** Members of messages and parts that hold bytes, or say where bytes are. */
const OPAQUE: ReadonlySet<string> = new Set([
  'image_url',
  'input_audio',
  'file',
  'audio',
  'images',
  'video_url',
]);
/** Of a part that is no text: where other protocols have its bytes. */
const PART_BYTES: ReadonlySet<string> = new Set(['source', 'data', 'image', 'video']);

export class Reading {
  readonly slots: Slot[] = [];
  readonly unreadable: string[] = [];
  readonly #names = new Map<JsonObject, Map<string, string>>();
  #calls = 0;

  /** `role`: of a message that does not say it. */
  message(value: Json | undefined, path: string, role: string | null): void {
    const message = objectAt(value, `\`${path}\``);
    const said = typeof message['role'] === 'string' ? message['role'] : role;
    if (said === null) throw new Malformed(`\`${path}.role\` must be a text`);
    if (isText(said)) this.#pass(`${path}.role`);
    const others: (() => void)[] = [];
    const beside: Beside = (holder, key, at) => others.push(() => this.texts(holder, key, said, at));
    const content = this.#content(message, path, beside);
    const calls = callsIn(message, path, beside);
    this.#calls += calls.length;
    if (this.#calls > MAX_SLOTS) throw new Malformed('the body holds too many calls of tools');
    this.#add({
      message: { role: said, content: content.text, toolCalls: calls.map(({ call }) => call) },
      write(after) {
        if (after.content !== content.text) content.write(after.content);
        for (const [i, { call, write }] of calls.entries()) {
          const args = after.toolCalls[i]?.arguments ?? call.arguments;
          if (args !== call.arguments) write(args);
        }
      },
    });
    // After the message itself.
    for (const read of others) read();
    for (const key of Object.keys(message))
      if (!PARTS.has(key) && !(key === 'tool_call_id' && isId(message[key])))
        this.texts(message, key, said, `${path}.${key}`);
  }

  /** The texts of a definition. What only names something is read by `definitionsIn`, and is not to be changed. */
  definition(holder: JsonObject | Json[], key: string | number, isName = false): void {
    const value: Json = Reflect.get(holder, key);
    if (typeof value === 'string') {
      const write = (after: string) => setMember(holder, key, after);
      if (value !== '' && !(isName && isId(value)))
        this.#add(textSlot('definition', value, write, 'definition'));
    } else if (Array.isArray(value)) for (const i of value.keys()) this.definition(value, i, isName);
    else if (isObject(value))
      for (const inner of Object.keys(value)) {
        this.definition(value, inner, DEFINITION_NAMES.has(inner));
        const rename = (after: string) => this.#rename(value, inner, after);
        if (isText(inner)) this.#add(textSlot('definition', inner, rename, 'definition'));
      }
  }

  /** To be called when every slot was written: what stands under a name is written back under the one that it had. */
  rename(): void {
    for (const [object, names] of this.#names) renameMembers(object, names);
  }

  #rename(object: JsonObject, from: string, to: string): void {
    const names = this.#names.get(object) ?? new Map<string, string>();
    this.#names.set(object, names.set(from, to));
  }

  /** Every text in this member is a message of its own. */
  texts(holder: JsonObject | Json[], key: string | number, role: string, path: string): void {
    const value: Json = Reflect.get(holder, key);
    if (isText(key) || (OPAQUE.has(String(key)) && value !== null && !isEmpty(value))) this.#pass(path);
    else if (typeof value === 'string') {
      if (value !== '') this.#add(textSlot(role, value, (after) => setMember(holder, key, after)));
    } else if (Array.isArray(value))
      for (const i of value.keys()) this.texts(value, i, role, `${path}[${i}]`);
    else if (isObject(value))
      for (const inner of Object.keys(value))
        this.texts(value, inner, role, isText(inner) ? `${path}.*` : `${path}.${inner}`);
  }

  /** One text of all parts, so that nothing hides in the gaps; when it changes, it stands in the first of them. */
  #content(
    message: JsonObject,
    path: string,
    beside: Beside,
  ): { text: string; write: (after: string) => void } {
    const { content } = message;
    if (content === undefined || content === null) return { text: '', write: () => {} };
    if (typeof content === 'string')
      return { text: content, write: (after) => setMember(message, 'content', after) };
    if (!Array.isArray(content))
      throw new Malformed(`\`${path}.content\` must be a text or an array of parts`);
    const parts = content.flatMap((given, i) => {
      const part = objectAt(given, `\`${path}.content[${i}]\``);
      const key = part['type'] === 'refusal' ? 'refusal' : 'text';
      const text = part[key];
      const at = `${path}.content[${i}]`;
      const isSaid = (part['type'] === 'text' || part['type'] === 'refusal') && typeof text === 'string';
      if (!isSaid) this.#pass(at);
      const isBytes = (member: string) => !isSaid && (OPAQUE.has(member) || PART_BYTES.has(member));
      for (const member of Object.keys(part))
        if (!(isSaid && member === key) && !isTypeOf(part, member) && !isBytes(member))
          beside(part, member, `${at}.${nameOf(member)}`);
      return isSaid ? [{ part, key, text }] : [];
    });
    return {
      text: parts.map(({ text }) => text).join('\n'),
      write(after) {
        for (const [i, { part, key }] of parts.entries()) setMember(part, key, i === 0 ? after : '');
        const emptied = new Set<Json>(parts.slice(1).map(({ part }) => part));
        const kept = content.filter((part) => !emptied.has(part));
        setMember(message, 'content', kept);
      },
    };
  }

  #add(slot: Slot): void {
    if (this.slots.length >= MAX_SLOTS) throw new Malformed('the body holds too many texts');
    this.slots.push(slot);
  }

  #pass(path: string): void {
    if (this.unreadable.length < 100) this.unreadable.push(path.slice(0, 200));
  }
}

const textSlot = (
  role: string,
  content: string,
  write: (after: string) => void,
  aside: 'beside' | 'definition' = 'beside',
): Slot => ({
  message: { role, content, toolCalls: [], aside },
  write: (after) => write(after.content),
});

/** A name that says something could not be written back with something else in its place. */
const isText = (key: string | number) => typeof key === 'string' && !/^[\w.$-]{1,64}$/.test(key);

function isEmpty(value: Json): boolean {
  return typeof value === 'object' && value !== null && Object.keys(value).length === 0;
}
