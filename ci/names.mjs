/** Names of files between the shell, JSON and Markdown. Standard input to standard output. */
import { readFileSync } from 'node:fs';

const input = readFileSync(0, 'utf8');

const FORMS = {
  /** A list whose names end with NUL, as a JSON array on one line. */
  json: () => JSON.stringify(input.split('\0').slice(0, -1)),
  /** The answer of `kt policy lint --json`, as a list whose names end with NUL. */
  files: () =>
    [JSON.parse(input)]
      .flat()
      .map(({ file }) => `${file.replace(/^(\.\/+)+/, '')}\0`)
      .join(''),
  /** A name for Markdown: every character that could be markup is a reference to it. */
  code: () =>
    `<code>${input
      .toWellFormed()
      .replace(/[\p{C}\p{Zl}\p{Zp}\s]+/gu, ' ')
      .replace(/[!-/:-@[-`{-~]/g, (character) => `&#${character.charCodeAt(0)};`)}</code>`,
};

process.stdout.write(FORMS[process.argv[2]]());
