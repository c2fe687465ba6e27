/** The nesting of a YAML text so far: every collection that may be open, and how many values there were. */
import type { Code } from './codes.ts';

export const MAX_DEPTH = 32;

/** Keys, values and list entries. A parse takes up to 0.3 s for this many. */
const MAX_VALUES = 40_000;

/** Thrown inside the pre-scan, at what it cannot let through; caught there. */
export class Stop extends Error {
  readonly code: Code;
  readonly suggestion: string;

  constructor(code: Code, message: string, suggestion: string) {
    super(message);
    this.code = code;
    this.suggestion = suggestion;
  }
}

/** Not YAML, or a form of it that no policy document needs. */
export function unexpected(message: string, suggestion = ''): never {
  throw new Stop('E014', message, suggestion);
}

/** An open block collection. `filled`: its current entry has its value. */
interface Block {
  readonly kind: 'document' | 'list' | 'map';
  readonly indent: number;
  filled: boolean;
}

/** An open bracket. `keyed`: its current entry has its `key:`. */
interface Flow {
  readonly weight: number;
  keyed: boolean;
}

export class Nesting {
  deepest = 0;
  /** One for the document, which may be empty. */
  values = 1;
  readonly #limit: number;
  /** Outermost first; their indentation never decreases. */
  readonly #outer: Block[] = [];
  readonly #flows: Flow[] = [];
  #block: Block = { kind: 'document', indent: -1, filled: false };
  #depth = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  get isEmpty(): boolean {
    return this.#block.kind === 'document' && !this.#block.filled;
  }

  /** How many brackets are open. */
  get flows(): number {
    return this.#flows.length;
  }

  /** The next entry of the list or map at this column, or the first of a new one. */
  openEntry(kind: 'list' | 'map', indent: number): void {
    this.count();
    // A list may stand at the column of the key it belongs to; the next key ends it.
    if (kind === 'map' && this.#block.kind === 'list' && this.#block.indent === indent) this.closeBlock();
    if (this.#block.kind === kind && this.#block.indent === indent) {
      this.#block.filled = false;
      return;
    }
    this.fill();
    this.#outer.push(this.#block);
    this.#block = { kind, indent, filled: false };
    this.deepen(1);
  }

  /** Gives the innermost entry its value; no line may bring it another. */
  fill(): void {
    if (this.#block.filled) unexpected('this line belongs to nothing', 'check its indentation');
    this.#block.filled = true;
  }

  /** The same for a value at the start of its line, which must stand deeper than the entry it belongs to. */
  fillAt(indent: number): void {
    if (this.#block.indent >= indent) unexpected('`:` expected', 'write `key: value`');
    this.fill();
  }

  closeDeeperThan(indent: number): void {
    while (this.#block.indent > indent) this.closeBlock();
  }

  /**
   * A list in brackets counts twice, as `[[a]: b]` hides a map between the two; for the same reason
   * brackets that may yet turn out to be a key count one more.
   */
  openFlow(isList: boolean, maybeKey: boolean): void {
    const weight = (isList ? 2 : 1) + (maybeKey ? 1 : 0);
    this.#flows.push({ weight, keyed: false });
    this.deepen(weight);
    this.nextFlowEntry();
  }

  nextFlowEntry(): void {
    this.count();
    const flow = this.#flows.at(-1);
    if (flow) flow.keyed = false;
  }

  flowKey(): void {
    this.count();
    const flow = this.#flows.at(-1);
    if (flow?.keyed) unexpected('a second `:` in one entry', 'put a comma between entries');
    if (flow) flow.keyed = true;
  }

  closeFlow(): void {
    this.#depth -= this.#flows.pop()?.weight ?? 0;
  }

  count(): void {
    if (++this.values <= MAX_VALUES) return;
    throw new Stop(
      'E022',
      `the file holds more than ${MAX_VALUES} keys, values and list entries`,
      'split it',
    );
  }

  private closeBlock(): void {
    const outer = this.#outer.pop();
    if (!outer) return;
    this.#block = outer;
    this.#depth--;
  }

  private deepen(by: number): void {
    this.#depth += by;
    this.deepest = Math.max(this.deepest, this.#depth);
    if (this.#depth <= this.#limit) return;
    throw new Stop('E013', `the file nests more than ${this.#limit} levels deep`, 'flatten it');
  }
}
