/** A report: the findings about one document, in file order. */
import type { Finding } from '../domain/finding.ts';
import { CODES, type Code } from './codes.ts';
import { withoutCredentials } from './credentials.ts';
import { find, offsetOf, type Path, pathText, type Tree } from './tree.ts';

/** More than anyone reads; a hostile file could otherwise earn one for every few bytes. */
export const MAX_FINDINGS = 100;

/** A document may name things with as many characters as it has; what is said about them is stored and shown. */
const MAX_TEXT = 300;

/** The start of every line, to turn offsets into line and column. */
export class Lines {
  readonly #starts: number[] = [0];

  constructor(text: string) {
    for (let i = text.indexOf('\n'); i !== -1; i = text.indexOf('\n', i + 1)) this.#starts.push(i + 1);
  }

  /** Both 1-based; columns count UTF-16 units, as editors do. */
  position(offset: number): { line: number; column: number } {
    let [low, high] = [0, this.#starts.length];
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if ((this.#starts[middle] ?? 0) <= offset) low = middle;
      else high = middle;
    }
    return { line: low + 1, column: offset - (this.#starts[low] ?? 0) + 1 };
  }
}

export class Report {
  readonly #lines: Lines;
  readonly #strict: boolean;
  readonly #findings: Finding[] = [];

  /** `strict`: a kind without a block is an error. */
  constructor(lines: Lines, strict = false) {
    this.#lines = lines;
    this.#strict = strict;
  }

  /** Something wrong at a place in the text. `where` is its path when it has one. */
  at(offset: number, code: Code, message: string, suggestion = '', where = ''): void {
    const severity = this.#strict && code === 'E003' ? 'error' : CODES[code].severity;
    const { line, column } = this.#lines.position(offset);
    this.#findings.push({
      code,
      severity,
      path: clipped(where),
      line,
      column,
      message: clipped(message),
      suggestion: clipped(suggestion),
    });
  }

  /** Something wrong with a key or an item, or missing, at a path below `root`. */
  of(root: Tree, path: Path, code: Code, message: string, suggestion = ''): void {
    this.at(offsetOf(root, path), code, message, suggestion, pathText(path));
  }

  /** Something wrong with the value at a path below `root`. */
  ofValue(root: Tree, path: Path, code: Code, message: string, suggestion = ''): void {
    this.at(find(root, path)?.offset ?? offsetOf(root, path), code, message, suggestion, pathText(path));
  }

  get hasErrors(): boolean {
    return this.#findings.some(({ severity }) => severity === 'error');
  }

  /** Errors are never crowded out by warnings. */
  findings(): readonly Finding[] {
    const inOrder = once(this.#findings).toSorted((a, b) => a.line - b.line || a.column - b.column);
    if (inOrder.length <= MAX_FINDINGS) return inOrder;
    const errors = inOrder.filter(({ severity }) => severity === 'error').slice(0, MAX_FINDINGS);
    const room = MAX_FINDINGS - errors.length;
    const warnings = inOrder.filter(({ severity }) => severity === 'warning').slice(0, room);
    const kept = new Set([...errors, ...warnings]);
    return inOrder.filter((finding) => kept.has(finding));
  }
}

/**
 * One mistake, one finding: of a value that is a secret nothing else is said, and what is of the wrong shape is not
 * also judged by what it means.
 */
function once(findings: readonly Finding[]): readonly Finding[] {
  const at = (code: (code: string) => boolean) =>
    new Set(findings.filter((finding) => finding.path !== '' && code(finding.code)).map(({ path }) => path));
  const secrets = at((code) => code === 'E042');
  const misshapen = at((code) => SHAPES.has(code));
  return findings.filter(({ code, path }) => {
    if (secrets.has(path)) return code === 'E042';
    return !misshapen.has(path) || SHAPES.has(code) || code < 'E040';
  });
}

const SHAPES: ReadonlySet<string> = new Set(['E001', 'E002', 'E032', 'E033', 'E034']);

/** Long text is cut first: a secret is looked for well beyond what is shown. */
function clipped(whole: string): string {
  const text = withoutCredentials(whole.slice(0, 10 * MAX_TEXT));
  return text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT - 1).toWellFormed()}…` : text;
}
