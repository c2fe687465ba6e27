/** Writes what follows from the sources: `docs/lint.md` and `schemas/policy-config.json`. `npm run generate`. */
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CODES, type Code, isCode } from '../lib/policy/codes.ts';
import { policyJsonSchema } from '../lib/policy/json-schema.ts';
import { LINT_EXAMPLES } from './lint-examples.ts';

/** By path from the root. */
export function generated(): ReadonlyMap<string, string> {
  return new Map([
    ['docs/lint.md', lintPage()],
    ['schemas/policy-config.json', `${JSON.stringify(policyJsonSchema(), null, 2)}\n`],
  ]);
}

function lintPage(): string {
  const codes = Object.keys(CODES).filter(isCode);
  return [
    '# Findings',
    '',
    'What `kt policy lint`, a synchronised link and the API say about a policy document. Codes are stable and never reused. An **error** keeps the',
    'document from becoming a version; a **warning** does not. Codes marked *schema* are found by `schemas/policy-config.json` too, in an editor.',
    '',
    'This page is written by `npm run generate` from `lib/policy/codes.ts` and `scripts/lint-examples.ts`; a test lints every example.',
    '',
    '| code | | |',
    '|---|---|---|',
    ...codes.map((code) => `| [${code}](#${code.toLowerCase()}) | ${CODES[code].title} | ${kindOf(code)} |`),
    '',
    ...codes.flatMap(section),
  ].join('\n');
}

function kindOf(code: Code): string {
  const { severity, inSchema } = CODES[code];
  return inSchema ? `${severity}, *schema*` : severity;
}

function section(code: Code): string[] {
  const { why, bad, shown, good } = LINT_EXAMPLES[code];
  const text = shown ?? (typeof bad === 'string' ? bad : '');
  return [
    `## ${code}`,
    '',
    `**${CODES[code].title}** (${CODES[code].severity}). ${why}`,
    '',
    'Bad:',
    '',
    '```yaml',
    text.trimEnd(),
    '```',
    '',
    'Good:',
    '',
    '```yaml',
    good.trimEnd(),
    '```',
    '',
  ];
}

if (import.meta.main) {
  const root = fileURLToPath(new URL('..', import.meta.url));
  for (const [path, content] of generated()) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), content);
    console.log(path);
  }
}
