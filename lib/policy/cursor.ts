/** A cursor over YAML text: skips one scalar or gap at a time, exactly as far as `yaml` does. */
import { isBlank, isFlowIndicator, isSpace } from './characters.ts';

/** The rules for where text ends are those of `yaml` 2.9.1 (`parse/lexer.ts`), method for method. */
export class Cursor {
  readonly text: string;
  pos = 0;
  /** The least indentation with which a following line still belongs to the current scalar. */
  indentNext = 0;
  indentValue = 0;

  constructor(text: string) {
    this.text = text;
  }

  get atEnd(): boolean {
    return this.pos >= this.text.length;
  }

  peek(ahead = 0): string | undefined {
    return this.text[this.pos + ahead];
  }

  /** `---` or `...` on its own. */
  atMarker(offset = this.pos): boolean {
    const three = this.text.slice(offset, offset + 3);
    return (three === '---' || three === '...') && isBlank(this.text[offset + 3]);
  }

  atLineEnd(): boolean {
    return this.atEnd || this.peek() === '\n' || (this.peek() === '\r' && this.peek(1) === '\n');
  }

  skipSpaces(withTabs: boolean): number {
    const from = this.pos;
    while (this.peek() === ' ' || (withTabs && isSpace(this.peek()))) this.pos++;
    return this.pos - from;
  }

  skipLineEnd(): boolean {
    if (this.atEnd || !this.atLineEnd()) return false;
    this.pos += this.peek() === '\r' ? 2 : 1;
    return true;
  }

  skipToLineEnd(): void {
    const end = this.text.indexOf('\n', this.pos);
    this.pos = end === -1 ? this.text.length : end;
  }

  /** Nothing but white space and a comment until the line's end. */
  restIsEmpty(): boolean {
    let i = this.pos;
    while (isSpace(this.text[i])) i++;
    const ch = this.text[i];
    return ch === undefined || ch === '#' || ch === '\n' || (ch === '\r' && this.text[i + 1] === '\n');
  }

  restOfLine(): string {
    const end = this.text.indexOf('\n', this.pos);
    return this.text.slice(this.pos, end === -1 ? undefined : end);
  }

  /** False when a less indented line cuts the text short. Text that never ends runs to the end. */
  skipQuoted(): boolean {
    const end = this.closingQuote();
    if (end === -1) {
      this.pos = this.text.length;
      return true;
    }
    for (let nl = this.text.indexOf('\n', this.pos); nl !== -1 && nl < end; ) {
      const next = this.continuation(nl + 1);
      if (next === -1) return false;
      nl = this.text.indexOf('\n', next);
    }
    this.pos = end + 1;
    return true;
  }

  skipPlain(inFlow: boolean): void {
    let end = this.pos - 1;
    for (let i = this.pos; i < this.text.length; i++) {
      const next = this.text[i + 1];
      if (this.text[i] === ':') {
        if (isBlank(next) || (inFlow && isFlowIndicator(next))) break;
        end = i;
      } else if (isBlank(this.text[i])) {
        if (this.text[i] === '\r') continue;
        if (next === '#' || (inFlow && isFlowIndicator(next))) break;
        if (this.text[i] === '\n') {
          const resume = this.continuation(i + 1);
          if (resume === -1) break;
          i = Math.max(i, resume - 2);
        }
      } else {
        if (inFlow && isFlowIndicator(this.text[i])) break;
        end = i;
      }
    }
    this.pos = end + 1;
  }

  /** From the `|` or `>` past the end of the line; null when anything else stands there. */
  skipBlockScalarHeader(): { explicitIndent: number } | null {
    const header = /^[|>](?:[-+]?([1-9])|([1-9])?[-+])?[ \t]*(?:[ \t]#.*)?$/.exec(
      this.restOfLine().trimEnd(),
    );
    if (!header) return null;
    this.skipToLineEnd();
    this.skipLineEnd();
    const digit = header[1] ?? header[2];
    return { explicitIndent: digit === undefined ? -1 : Number(digit) - 1 };
  }

  /** The lines after the header. May stop before trailing blank lines: they open nothing. */
  skipBlockScalar(explicitIndent: number): void {
    let [nl, indent, i] = [this.pos - 1, 0, this.pos];
    for (; i < this.text.length; i++) {
      if (this.text[i] === ' ') indent++;
      else if (this.text[i] === '\n') [nl, indent] = [i, 0];
      else if (this.text[i] !== '\r') break;
    }
    if (indent >= this.indentNext) {
      this.indentNext = explicitIndent === -1 ? indent : explicitIndent + (this.indentNext || 1);
      do {
        const next = this.continuation(nl + 1);
        if (next === -1) break;
        nl = this.text.indexOf('\n', next);
      } while (nl !== -1);
      if (nl === -1) nl = this.text.length;
    }
    this.pos = Math.min(this.text.length, nl + 1);
  }

  /** Where the scalar goes on in the line at `offset`; -1 when the line is not part of it. */
  private continuation(offset: number): number {
    if (this.indentNext === 0) return this.atMarker(offset) ? -1 : offset;
    let end = offset;
    while (this.text[end] === ' ') end++;
    if (this.text[end] === '\r' && this.text[end + 1] === '\n') return end + 1;
    return this.text[end] === '\n' || end - offset >= this.indentNext ? end : -1;
  }

  private closingQuote(): number {
    const quote = this.peek() ?? '';
    let end = this.text.indexOf(quote, this.pos + 1);
    if (quote === "'") {
      while (end !== -1 && this.text[end + 1] === "'") end = this.text.indexOf("'", end + 2);
      return end;
    }
    while (end !== -1 && this.backslashesBefore(end) % 2 === 1) end = this.text.indexOf('"', end + 1);
    return end;
  }

  private backslashesBefore(offset: number): number {
    let count = 0;
    while (this.text[offset - 1 - count] === '\\') count++;
    return count;
  }
}
