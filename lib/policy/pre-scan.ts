/**
 * The pre-scan: how deep a YAML text nests, found before `yaml` sees it.
 *
 * On Node 20 and 22, `yaml` 2.9.1 aborts the whole process on 2,000 bytes of brackets, and no `catch` helps. So
 * this pass follows the same rules about where text ends, counts every collection the parser could have open,
 * and stops at whatever it cannot count with certainty. What it stops at is either not YAML at all, or a form
 * that no policy document needs: explicit keys (`? key`), tags, anchors and aliases.
 */
import { isBlank, isFlowIndicator } from './characters.ts';
import type { Code } from './codes.ts';
import { Cursor } from './cursor.ts';

export const MAX_DEPTH = 32;

/** Keys, values and list entries. A parse takes up to 0.3 s for this many. */
export const MAX_VALUES = 40_000;

export interface Obstacle {
  readonly code: Code;
  readonly offset: number;
  readonly message: string;
  readonly suggestion: string;
}

export interface PreScanned {
  readonly depth: number;
  readonly values: number;
  readonly obstacle: Obstacle | null;
}

/**
 * In any text that this lets through (`obstacle` null), `depth` is never less than the number of collections the
 * parser has open at once, and `values` never less than the number of nodes it makes. Both may be more.
 */
export function preScan(text: string, limit = MAX_DEPTH): PreScanned {
  const scan = new PreScan(text, limit);
  const obstacle = scan.run();
  return { depth: scan.deepest, values: scan.values, obstacle };
}

class Stop extends Error {
  readonly obstacle: Obstacle;

  constructor(obstacle: Obstacle) {
    super(obstacle.message);
    this.obstacle = obstacle;
  }
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

/** What comes next: the start of a line, more of a line, or more of what stands in brackets. */
type State = 'line' | 'block' | 'flow';

class PreScan {
  deepest = 0;
  /** One for the document, which may be empty. */
  values = 1;
  readonly #limit: number;
  readonly #at: Cursor;
  /** Outermost first; their indentation never decreases. */
  readonly #blocks: Block[] = [];
  readonly #flows: Flow[] = [];
  #block: Block = { kind: 'document', indent: -1, filled: false };
  #depth = 0;
  /** There was a `---`. */
  #marked = false;
  /** The parser's idea of the line's indentation, which counts the dashes before it. */
  #indent = 0;
  /** The line already has its `key:`. */
  #keyed = false;
  /** A value stands here and nothing but `:`, `,`, a closing bracket or the line's end may follow. */
  #complete = false;
  /** Inside brackets, `:` may follow without a space. */
  #flowKey = false;

  constructor(text: string, limit: number) {
    this.#at = new Cursor(text);
    this.#limit = limit;
  }

  run(): Obstacle | null {
    try {
      this.skipPrologue();
      let next: State | null = 'line';
      while (next && !this.#at.atEnd) next = this[next]();
      return null;
    } catch (error) {
      if (error instanceof Stop) return error.obstacle;
      throw error;
    }
  }

  /** Directives, comments and empty lines before the document. */
  private skipPrologue(): void {
    const at = this.#at;
    while (!at.atEnd) {
      const from = at.pos;
      if (at.peek() === '%') this.directive();
      at.skipSpaces(true);
      if (at.peek() === '#') at.skipToLineEnd();
      if (at.skipLineEnd()) continue;
      if (!at.atEnd) at.pos = from;
      return;
    }
  }

  private directive(): void {
    if (!/^%YAML 1\.2[ \t]*(?:[ \t]#.*)?\r?$/.test(this.#at.restOfLine())) {
      this.stop('E023', 'the only directive supported is `%YAML 1.2`', 'remove the line');
    }
    this.#at.skipToLineEnd();
  }

  line(): State | null {
    const at = this.#at;
    [this.#keyed, this.#complete] = [false, false];
    if (at.atMarker()) return this.marker();
    at.indentValue = this.#indent = at.skipSpaces(false);
    if (at.indentNext > at.indentValue && !isBlank(at.peek(1))) at.indentNext = at.indentValue;
    if (!at.restIsEmpty()) this.closeDeeperThan(this.#indent);
    while (this.isIndicator('-')) this.dash();
    return 'block';
  }

  private marker(): State | null {
    const at = this.#at;
    const ends = at.peek() === '.';
    if (!ends && (this.#marked || this.#block.kind !== 'document' || this.#block.filled))
      this.secondDocument();
    this.#marked = true;
    at.pos += 3;
    at.indentValue = at.indentNext = this.#indent = 0;
    if (!ends) return 'block';
    at.skipSpaces(true);
    this.skipPrologue();
    if (!at.atEnd) this.secondDocument();
    return null;
  }

  private dash(): void {
    const at = this.#at;
    this.count();
    this.openBlock('list');
    at.pos++;
    const spaceCounts = at.peek() === ' ';
    const gap = at.skipSpaces(true);
    this.#indent += 1 + (spaceCounts ? gap : 0);
    at.indentNext = at.indentValue + 1;
    at.indentValue += 1 + gap;
  }

  block(): State {
    const at = this.#at;
    at.skipSpaces(true);
    if (at.atLineEnd() || at.peek() === '#') return this.endLine();
    if (this.isIndicator(':')) return this.colon();
    if (this.isIndicator('-')) this.unexpected('a list may not start here', 'put `- ` on a line of its own');
    const ch = at.peek();
    if (ch === ']' || ch === '}') this.unexpected(`\`${ch}\` closes nothing`);
    this.value();
    if (this.#keyed) this.fill();
    if (ch === '[' || ch === '{') return this.openFlow(this.#keyed ? 0 : 1);
    if (ch === '|' || ch === '>') return this.blockScalar();
    this.scalar(false);
    return 'block';
  }

  private endLine(): State {
    if (this.#complete && !this.#keyed) this.fill();
    this.#at.skipToLineEnd();
    this.#at.skipLineEnd();
    return 'line';
  }

  private blockScalar(): State {
    const at = this.#at;
    if (!this.#keyed) this.fill();
    const header = at.skipBlockScalarHeader();
    if (!header) return this.unexpected('the text must start on the next line');
    at.skipBlockScalar(header.explicitIndent);
    if (/^ *\t/.test(at.restOfLine())) this.unexpected('a tab as indentation', 'use spaces');
    return 'line';
  }

  /** `key:`. A second one on a line would nest without end (`a: b: c: …`), and is not YAML. */
  private colon(): State {
    const at = this.#at;
    if (!this.#complete) this.unexpected('the key is missing', 'write `key: value`');
    if (this.#keyed) this.unexpected('a second `: ` on one line', 'put the value in quotes');
    [this.#keyed, this.#complete] = [true, false];
    this.count();
    this.openBlock('map');
    at.indentNext = at.indentValue + 1;
    at.pos++;
    return 'block';
  }

  flow(): State {
    const at = this.#at;
    this.skipFlowGap();
    while (at.peek() === ',') {
      at.pos++;
      at.skipSpaces(true);
      this.nextEntry();
    }
    if (at.atLineEnd()) return 'flow';
    if (this.isIndicator('-', true)) this.unexpected('a `- ` list may not start inside brackets');
    const ch = at.peek();
    if (ch === '#') at.skipToLineEnd();
    else if (ch === ']' || ch === '}') return this.closeFlow();
    else if (ch === ':' && (this.#flowKey || isBlank(at.peek(1)) || isFlowIndicator(at.peek(1))))
      this.flowColon();
    else {
      this.value(true);
      if (ch === '[' || ch === '{') return this.openFlow(0);
      this.#flowKey = ch === '"' || ch === "'";
      this.scalar(true);
    }
    return 'flow';
  }

  /** White space and line ends; a less indented line means that a bracket was never closed. */
  private skipFlowGap(): void {
    const at = this.#at;
    let indent = -1;
    for (;;) {
      const newLine = at.skipLineEnd();
      if (newLine) indent = at.indentValue = at.skipSpaces(false);
      if (at.skipSpaces(true) === 0 && !newLine) break;
    }
    if (at.atEnd || indent === -1) return;
    const ch = at.peek();
    const closes = indent === at.indentNext - 1 && this.#flows.length === 1 && (ch === ']' || ch === '}');
    const cut = (indent < at.indentNext && ch !== '#') || (indent === 0 && at.atMarker());
    if (cut && !closes)
      this.unexpected('a bracket is not closed before this line', 'close it, or indent this line');
  }

  /**
   * A list in brackets counts twice, as `[[a]: b]` hides a map between the two; for the same reason
   * brackets that may yet turn out to be a key count one more.
   */
  private openFlow(extra: 0 | 1): State {
    const weight = (this.#at.peek() === '[' ? 2 : 1) + extra;
    this.#flows.push({ weight, keyed: false });
    this.deepen(weight);
    this.#at.pos++;
    this.nextEntry();
    return 'flow';
  }

  private closeFlow(): State {
    this.#depth -= this.#flows.pop()?.weight ?? 0;
    this.#at.pos++;
    [this.#flowKey, this.#complete] = [true, true];
    return this.#flows.length > 0 ? 'flow' : 'block';
  }

  private nextEntry(): void {
    this.count();
    const flow = this.#flows.at(-1);
    if (flow) flow.keyed = false;
    [this.#flowKey, this.#complete] = [false, false];
  }

  private flowColon(): void {
    const flow = this.#flows.at(-1);
    if (!this.#complete) this.unexpected('the key is missing', 'write `key: value`');
    if (flow?.keyed) this.unexpected('a second `:` in one entry', 'put a comma between entries');
    if (flow) flow.keyed = true;
    this.count();
    [this.#flowKey, this.#complete] = [false, false];
    this.#at.pos++;
    this.#at.skipSpaces(true);
  }

  /** Two values side by side put `yaml`'s parser and lexer out of step, after which nothing can be counted. */
  private value(inFlow = false): void {
    const ch = this.#at.peek();
    if (this.#complete) this.unexpected('unexpected text after a value', 'put the whole value in quotes');
    if (ch === '&' || ch === '*') {
      this.stop(
        'E015',
        'anchors (`&`) and aliases (`*`) are not supported',
        'repeat the value, or put it in quotes',
      );
    }
    if (ch === '!')
      this.stop('E018', 'tags (`!`) are not supported', 'remove the tag, or put the value in quotes');
    if (this.isIndicator('?', inFlow)) {
      this.unexpected('explicit keys (`? key`) are not supported', 'write `key: value`');
    }
    this.#complete = true;
    this.count();
  }

  private count(): void {
    if (++this.values > MAX_VALUES) {
      this.stop('E022', `the file holds more than ${MAX_VALUES} keys, values and list entries`, 'split it');
    }
  }

  private scalar(inFlow: boolean): void {
    const at = this.#at;
    const from = at.pos;
    if (at.peek() !== '"' && at.peek() !== "'") at.skipPlain(inFlow);
    else if (!at.skipQuoted())
      this.unexpected('the quoted text is not closed', 'close it, and indent its lines');
    if (at.pos === from) this.unexpected('unexpected character');
  }

  private isIndicator(ch: string, inFlow = false): boolean {
    const next = this.#at.peek(1);
    return this.#at.peek() === ch && (isBlank(next) || (inFlow && isFlowIndicator(next)));
  }

  private closeDeeperThan(indent: number): void {
    while (this.#block.indent > indent) this.closeBlock();
  }

  private closeBlock(): void {
    const outer = this.#blocks.pop();
    if (!outer) return;
    this.#block = outer;
    this.#depth--;
  }

  /** The next entry of the list or map at this column, or the first of a new one. */
  private openBlock(kind: 'list' | 'map'): void {
    // A list may stand at the column of the key it belongs to; the next key ends it.
    if (kind === 'map' && this.#block.kind === 'list' && this.#block.indent === this.#indent)
      this.closeBlock();
    if (this.#block.kind === kind && this.#block.indent === this.#indent) {
      this.#block.filled = false;
      return;
    }
    this.fillWithBlock();
    this.#blocks.push(this.#block);
    this.#block = { kind, indent: this.#indent, filled: false };
    this.deepen(1);
  }

  private fillWithBlock(): void {
    if (this.#block.filled) this.unexpected('this line belongs to nothing', 'check its indentation');
    this.#block.filled = true;
  }

  /** A scalar, or brackets, as the value of the innermost entry. */
  private fill(): void {
    if (!this.#keyed && this.#block.indent >= this.#indent)
      this.unexpected('`:` expected', 'write `key: value`');
    this.fillWithBlock();
  }

  private deepen(by: number): void {
    this.#depth += by;
    this.deepest = Math.max(this.deepest, this.#depth);
    if (this.#depth <= this.#limit) return;
    this.stop('E013', `the file nests more than ${this.#limit} levels deep`, 'flatten it');
  }

  private secondDocument(): never {
    this.stop(
      'E016',
      'only one document is allowed in a file',
      'put the other document in a file of its own',
    );
  }

  private unexpected(message: string, suggestion = ''): never {
    this.stop('E014', message, suggestion);
  }

  private stop(code: Code, message: string, suggestion: string): never {
    throw new Stop({ code, message, suggestion, offset: this.#at.pos });
  }
}
