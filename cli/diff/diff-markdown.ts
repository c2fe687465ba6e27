/** A semantic diff as Markdown, for summaries of CI jobs and comments on changes. */
import type { ShownDiff } from '../diff-text.ts';

const SIGNS: Readonly<Record<string, string>> = { loosens: '⚠️', tightens: '🔒', unknown: '❓', neutral: '' };
const WIDEST_VALUE = 200;

export function diffMarkdown({ changes, summary }: ShownDiff, from: string, to: string): string {
  const title = `### Policy changes from ${code(from)} to ${code(to)}\n\n`;
  if (changes.length === 0) return `${title}No differences in what is enforced.\n`;
  const rows = changes.map(({ path, change, before, after, effect, reason }) => {
    const values = [
      change === 'added' ? '' : code(shown(before)),
      change === 'removed' ? '' : code(shown(after)),
    ];
    const cells = [
      `${SIGNS[effect] ?? ''} ${plain(effect)}`.trim(),
      code(path || '(document)'),
      ...values,
      plain(reason),
    ];
    return `| ${cells.join(' | ')} |\n`;
  });
  return `${title}${plain(summary)}\n\n| effect | what | before | after | why |\n| --- | --- | --- | --- | --- |\n${rows.join('')}`;
}

function shown(value: unknown): string {
  const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? 'nothing');
  return text.length > WIDEST_VALUE ? `${text.slice(0, WIDEST_VALUE - 1).toWellFormed()}…` : text;
}

/** In `<code>` nobody is notified. */
const code = (text: string) => `<code>${escaped(text)}</code>`;

/** With a character without width after it, `@` calls nobody. */
const plain = (text: string) => escaped(text).replaceAll('&#64;', '&#64;&#8288;');

/** A reference to a character is that character and never markup, also in a table, where a backslash is not enough. */
function escaped(text: string): string {
  return text
    .toWellFormed()
    .replace(/[\p{C}\p{Zl}\p{Zp}\s]+/gu, ' ')
    .replace(/[!-/:-@[-`{-~]/g, (character) => `&#${character.charCodeAt(0)};`);
}
