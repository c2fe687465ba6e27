/** `kt init`: a policy document to start from, and a test of it. */
import { join, relative, resolve } from 'node:path';
import type { Call } from '../action.ts';
import { clean } from '../clean.ts';
import { EXIT, type ExitCode } from '../exit-code.ts';
import { Failure } from '../failure.ts';
import { DEFAULT_DOCUMENT } from '../lint/find-documents.ts';
import { reasonOf } from '../lint/read-bounded.ts';
import type { TemplateName } from './template-names.ts';
import { TEMPLATES } from './templates.ts';
import { type WriteOutcome, writeNewFiles } from './write-new-files.ts';

export interface InitOptions {
  readonly template: TemplateName;
  readonly force: boolean;
  readonly json: boolean;
}

export async function runInit({ args, options, output, cwd }: Call<InitOptions>): Promise<ExitCode> {
  const { template, force } = options;
  const folder = args[0] ?? '.';
  const { config, golden } = TEMPLATES[template];
  const files = [
    { path: DEFAULT_DOCUMENT, text: config },
    { path: join('tests', `${template}.json`), text: `${JSON.stringify(golden, null, 2)}\n` },
  ];
  const outcome = await written(folder, () => writeNewFiles(folder, files, { replace: force }));
  if (outcome.kind === 'in the way') {
    const paths = outcome.paths.map((path) => clean(join(folder, path))).join(' and ');
    throw new Failure(EXIT.no, `there is already ${paths}; nothing was written`, ['--force replaces it.']);
  }
  const paths = files.map(({ path }) => relative(cwd, resolve(cwd, folder, path)));
  if (options.json) output.json({ template, files: paths });
  else {
    for (const path of paths) output.line(`created ${clean(path)}`);
    output.note(`Next: kt policy lint --strict ${clean(paths[0] ?? '')}`);
  }
  return EXIT.ok;
}

async function written(folder: string, write: () => Promise<WriteOutcome>): Promise<WriteOutcome> {
  try {
    return await write();
  } catch (error) {
    throw new Failure(EXIT.unknown, `${clean(folder)} cannot be written to: ${reasonOf(error)}`);
  }
}
