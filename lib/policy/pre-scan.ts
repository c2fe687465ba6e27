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
import { MAX_DEPTH, Nesting, Stop, unexpected } from './nesting.ts';

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
  const nesting = new Nesting(limit);
  const at = new Cursor(text);
  let obstacle: Obstacle | null = null;
  try {
    new PreScan(at, nesting).run();
  } catch (error) {
    if (!(error instanceof Stop)) throw error;
    const { code, message, suggestion } = error;
    obstacle = { code, message, suggestion, offset: at.pos };
  }
  return { depth: nesting.deepest, values: nesting.values, obstacle };
}

/** What comes next: the start of a line, more of a line, or more of what stands in brackets. */
type State = 'line' | 'block' | 'flow';

class PreScan {
  readonly #nesting: Nesting;
  readonly #at: Cursor;
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

  constructor(at: Cursor, nesting: Nesting) {
    this.#at = at;
    this.#nesting = nesting;
  }

  run(): void {
    this.skipPrologue();
    let next: State | null = 'line';
    while (next && !this.#at.atEnd) next = this[next]();
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
      throw new Stop('E023', 'the only directive supported is `%YAML 1.2`', 'remove the line');
    }
    this.#at.skipToLineEnd();
  }

  private line(): State | null {
    const at = this.#at;
    [this.#keyed, this.#complete] = [false, false];
    if (at.atMarker()) return this.marker();
    at.indentValue = this.#indent = at.skipSpaces(false);
    if (at.indentNext > at.indentValue && !isBlank(at.peek(1))) at.indentNext = at.indentValue;
    if (!at.restIsEmpty()) this.#nesting.closeDeeperThan(this.#indent);
    while (this.isIndicator('-')) this.dash();
    return 'block';
  }

  private marker(): State | null {
    const at = this.#at;
    const ends = at.peek() === '.';
    if (!ends && (this.#marked || !this.#nesting.isEmpty)) secondDocument();
    this.#marked = true;
    at.pos += 3;
    at.indentValue = at.indentNext = this.#indent = 0;
    if (!ends) return 'block';
    at.skipSpaces(true);
    this.skipPrologue();
    if (!at.atEnd) secondDocument();
    return null;
  }

  private dash(): void {
    const at = this.#at;
    this.#nesting.openEntry('list', this.#indent);
    at.pos++;
    const spaceCounts = at.peek() === ' ';
    const gap = at.skipSpaces(true);
    this.#indent += 1 + (spaceCounts ? gap : 0);
    at.indentNext = at.indentValue + 1;
    at.indentValue += 1 + gap;
  }

  private block(): State {
    const at = this.#at;
    at.skipSpaces(true);
    if (at.atLineEnd() || at.peek() === '#') return this.endLine();
    if (this.isIndicator(':')) return this.colon();
    if (this.isIndicator('-')) unexpected('a list may not start here', 'put `- ` on a line of its own');
    const ch = at.peek();
    if (ch === ']' || ch === '}') unexpected(`\`${ch}\` closes nothing`);
    this.value();
    if (this.#keyed) this.#nesting.fill();
    if (ch === '[' || ch === '{') return this.openFlow(!this.#keyed);
    if (ch === '|' || ch === '>') return this.blockScalar();
    this.scalar(false);
    return 'block';
  }

  private endLine(): State {
    if (this.#complete && !this.#keyed) this.#nesting.fillAt(this.#indent);
    this.#at.skipToLineEnd();
    this.#at.skipLineEnd();
    return 'line';
  }

  private blockScalar(): State {
    const at = this.#at;
    if (!this.#keyed) this.#nesting.fillAt(this.#indent);
    const header = at.skipBlockScalarHeader();
    if (!header) return unexpected('the text must start on the next line');
    at.skipBlockScalar(header.explicitIndent);
    if (/^ *\t/.test(at.restOfLine())) unexpected('a tab as indentation', 'use spaces');
    return 'line';
  }

  /** `key:`. A second one on a line would nest without end (`a: b: c: …`), and is not YAML. */
  private colon(): State {
    const at = this.#at;
    if (!this.#complete) unexpected('the key is missing', 'write `key: value`');
    if (this.#keyed) unexpected('a second `: ` on one line', 'put the value in quotes');
    [this.#keyed, this.#complete] = [true, false];
    this.#nesting.openEntry('map', this.#indent);
    at.indentNext = at.indentValue + 1;
    at.pos++;
    return 'block';
  }

  private flow(): State {
    const at = this.#at;
    this.skipFlowGap();
    while (at.peek() === ',') {
      this.#nesting.nextFlowEntry();
      [this.#flowKey, this.#complete] = [false, false];
      at.pos++;
      at.skipSpaces(true);
    }
    if (at.atLineEnd()) return 'flow';
    if (this.isIndicator('-', true)) unexpected('a `- ` list may not start inside brackets');
    const ch = at.peek();
    if (ch === '#') at.skipToLineEnd();
    else if (ch === ']' || ch === '}') return this.closeFlow();
    else if (ch === ':' && (this.#flowKey || this.isIndicator(':', true))) this.flowColon();
    else {
      this.value(true);
      if (ch === '[' || ch === '{') return this.openFlow(false);
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
    const closes = indent === at.indentNext - 1 && this.#nesting.flows === 1 && (ch === ']' || ch === '}');
    const cut = (indent < at.indentNext && ch !== '#') || (indent === 0 && at.atMarker());
    if (cut && !closes)
      unexpected('a bracket is not closed before this line', 'close it, or indent this line');
  }

  private openFlow(maybeKey: boolean): State {
    this.#nesting.openFlow(this.#at.peek() === '[', maybeKey);
    [this.#flowKey, this.#complete] = [false, false];
    this.#at.pos++;
    return 'flow';
  }

  private closeFlow(): State {
    this.#nesting.closeFlow();
    [this.#flowKey, this.#complete] = [true, true];
    this.#at.pos++;
    return this.#nesting.flows > 0 ? 'flow' : 'block';
  }

  private flowColon(): void {
    if (!this.#complete) unexpected('the key is missing', 'write `key: value`');
    this.#nesting.flowKey();
    [this.#flowKey, this.#complete] = [false, false];
    this.#at.pos++;
    this.#at.skipSpaces(true);
  }

  /** Two values side by side put `yaml`'s parser and lexer out of step, after which nothing can be counted. */
  private value(inFlow = false): void {
    const ch = this.#at.peek();
    if (this.#complete) unexpected('unexpected text after a value', 'put the whole value in quotes');
    if (ch === '&' || ch === '*') {
      throw new Stop(
        'E015',
        'anchors (`&`) and aliases (`*`) are not supported',
        'repeat the value, or put it in quotes',
      );
    }
    if (ch === '!')
      throw new Stop('E018', 'tags (`!`) are not supported', 'remove the tag, or put the value in quotes');
    if (this.isIndicator('?', inFlow))
      unexpected('explicit keys (`? key`) are not supported', 'write `key: value`');
    this.#complete = true;
    this.#nesting.count();
  }

  private scalar(inFlow: boolean): void {
    const at = this.#at;
    const from = at.pos;
    if (at.peek() !== '"' && at.peek() !== "'") at.skipPlain(inFlow);
    else if (!at.skipQuoted()) unexpected('the quoted text is not closed', 'close it, and indent its lines');
    if (at.pos === from) unexpected('unexpected character');
  }

  private isIndicator(ch: string, inFlow = false): boolean {
    const next = this.#at.peek(1);
    return this.#at.peek() === ch && (isBlank(next) || (inFlow && isFlowIndicator(next)));
  }
}

function secondDocument(): never {
  throw new Stop(
    'E016',
    'only one document is allowed in a file',
    'put the other document in a file of its own',
  );
}
