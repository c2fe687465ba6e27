/** Assembly: the completion that the chunks of a stream make together. */

type Fields = Record<string, unknown>;

/** More choices, or calls of tools in one, than anybody asks for. */
const MAX_INDEX = 1000;
/** Said once, or again and again; everything else that is text comes in pieces. */
const SAID_ONCE: ReadonlySet<string> = new Set(['id', 'type', 'role', 'object', 'index']);

/** Thrown for chunks that make no completion. */
export class NoCompletion extends Error {
  override readonly name: string = 'NoCompletion';
}

interface Choice {
  readonly message: Fields;
  readonly calls: Map<number, Fields>;
  readonly others: Fields;
}

export class Assembly {
  readonly #head: Fields = {};
  readonly #choices = new Map<number, Choice>();

  /** One chunk, as parsed JSON. Throws `NoCompletion` for what is none. */
  add(chunk: unknown): void {
    const { choices, ...head } = fieldsOf(chunk);
    for (const [key, value] of Object.entries(head)) if (value != null) set(this.#head, key, value);
    if (!Array.isArray(choices)) return;
    for (const each of choices) this.#addChoice(fieldsOf(each));
  }

  /** Every choice has been said to be finished. */
  get isFinished(): boolean {
    return (
      this.#choices.size > 0 &&
      [...this.#choices.values()].every(({ others }) => typeof others['finish_reason'] === 'string')
    );
  }

  completion(): Fields {
    const choices = [...this.#choices]
      .toSorted(([a], [b]) => a - b)
      .map(([index, { message, calls, others }]) => {
        const made = [...calls].toSorted(([a], [b]) => a - b).map(([, call]) => call);
        const tools = made.length > 0 ? { tool_calls: made } : {};
        return { index, message: { role: 'assistant', content: null, ...message, ...tools }, ...others };
      });
    return { ...this.#head, object: 'chat.completion', choices };
  }

  #addChoice({ index = 0, delta, ...others }: Fields): void {
    const choice = this.#choice(indexOf(index));
    merge(choice.others, others);
    if (delta == null) return;
    const { tool_calls: calls, ...message } = fieldsOf(delta);
    merge(choice.message, message);
    if (!Array.isArray(calls)) return;
    for (const [i, each] of calls.entries()) {
      const { index: at = i, ...call } = fieldsOf(each);
      const key = indexOf(at);
      const known = choice.calls.get(key) ?? {};
      choice.calls.set(key, known);
      merge(known, call);
    }
  }

  #choice(index: number): Choice {
    const choice = this.#choices.get(index) ?? { message: {}, calls: new Map(), others: {} };
    this.#choices.set(index, choice);
    return choice;
  }
}

function merge(into: Fields, fields: Fields): void {
  for (const [key, value] of Object.entries(fields)) {
    const before = Object.hasOwn(into, key) ? into[key] : undefined;
    if (value === null) {
      if (before === undefined) set(into, key, null);
    } else if (typeof before === 'string' && typeof value === 'string')
      set(into, key, joined(key, before, value));
    else if (Array.isArray(before) && Array.isArray(value)) for (const each of value) before.push(each);
    else if (isFields(before) && isFields(value)) merge(before, value);
    else if (isFields(value)) {
      const copy: Fields = {};
      merge(copy, value);
      set(into, key, copy);
    } else set(into, key, Array.isArray(value) ? [...value] : value);
  }
}

/** Some say the name of a tool with every piece of its arguments. */
function joined(key: string, before: string, value: string): string {
  if (SAID_ONCE.has(key) || key === 'finish_reason') return value;
  return key === 'name' && value === before ? value : before + value;
}

/** Also for `__proto__`. */
function set(into: Fields, key: string, value: unknown): void {
  Object.defineProperty(into, key, { value, enumerable: true, writable: true, configurable: true });
}

function indexOf(value: unknown): number {
  if (typeof value === 'number' && Number.isInteger(value) && value >= 0 && value < MAX_INDEX) return value;
  throw new NoCompletion('an index is none');
}

const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function fieldsOf(value: unknown): Fields {
  if (isFields(value)) return value;
  throw new NoCompletion('what should be an object is none');
}
