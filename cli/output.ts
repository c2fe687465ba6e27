/** Output: answers on standard output, all else on standard error, and colour only for people. */
import { clean } from './clean.ts';

export interface Stream {
  readonly isTTY?: boolean;
  write(text: string): unknown;
}

const STYLES = { bold: [1, 22], dim: [2, 22], red: [31, 39], green: [32, 39], yellow: [33, 39] } as const;
export type Style = keyof typeof STYLES;

/** A cell of a table, or a value of a record. What is absent is shown as a dash. */
type Cell = string | number | boolean | null | undefined | Styled;
export interface Styled {
  readonly text: string;
  readonly style: Style;
}

export type Output = ReturnType<typeof outputTo>;

/** See <https://no-color.org>: set and not empty means no colour. */
export function outputTo(
  stdout: Stream,
  stderr: Stream,
  environment: Readonly<Record<string, string | undefined>>,
) {
  const plain = (environment['NO_COLOR'] ?? '') !== '' || environment['TERM'] === 'dumb';
  const painter = (stream: Stream) => (style: Style, text: string) => {
    const [on, off] = STYLES[style];
    return plain || !stream.isTTY ? text : `\u001b[${on}m${text}\u001b[${off}m`;
  };
  const paint = painter(stdout);
  const show = (cell: Cell): { text: string; style: Style | null } => {
    if (typeof cell === 'object' && cell !== null)
      return { text: clean(cell.text) || '-', style: cell.style };
    if (cell === null || cell === undefined || cell === '') return { text: '-', style: null };
    return { text: clean(String(cell)), style: null };
  };
  const painted = ({ text, style }: { text: string; style: Style | null }, width: number) =>
    `${style ? paint(style, text) : text}${' '.repeat(Math.max(0, width - text.length))}`;

  return {
    /** Whether somebody is watching what is noted. */
    isWatched: stderr.isTTY === true,
    paint,

    /** One line of the answer. Text from elsewhere goes through `clean` first. */
    line(text = ''): void {
      stdout.write(`${text}\n`);
    },

    /** The answer as it came, for programs. */
    json(value: unknown): void {
      stdout.write(`${JSON.stringify(value, null, 2)}\n`);
    },

    /** As it is, without a line break of ours. */
    raw(text: string): void {
      stdout.write(text);
    },

    table(headings: readonly string[], rows: readonly (readonly Cell[])[]): void {
      const cells = rows.map((row) => row.map(show));
      const widths = headings.map((heading, i) =>
        Math.max(heading.length, ...cells.map((row) => row[i]?.text.length ?? 0)),
      );
      const lineOf = (row: readonly { text: string; style: Style | null }[]) =>
        row.map((cell, i) => painted(cell, i === row.length - 1 ? 0 : (widths[i] ?? 0))).join('  ');
      stdout.write(`${lineOf(headings.map((text) => ({ text, style: 'bold' as const })))}\n`);
      for (const row of cells) stdout.write(`${lineOf(row)}\n`);
    },

    /** One thing, a line for each of its fields. */
    record(fields: readonly (readonly [name: string, value: Cell])[]): void {
      const width = Math.max(...fields.map(([name]) => name.length));
      for (const [name, value] of fields)
        stdout.write(`${paint('dim', name)}${' '.repeat(width - name.length)}  ${painted(show(value), 0)}\n`);
    },

    /** What a person should know, and a program should not read. */
    note(text: string): void {
      stderr.write(`${text}\n`);
    },

    warn(text: string): void {
      stderr.write(`${painter(stderr)('yellow', 'warning:')} ${text}\n`);
    },
  };
}
