/** Checks of files: a policy document, the folder of the local stack, and whether that stack runs. */
import { readFileSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { isErrnoException } from '../lint/errno.ts';
import { reasonOf } from '../lint/read-bounded.ts';
import { findLocalStack } from '../local-file.ts';
import { type Check, fail, ok, warn } from './check.ts';

type Environment = Readonly<Record<string, string | undefined>>;

const MAX_POLICY_BYTES = 4 * 1024 * 1024;

export async function checkPolicyFile(file: string): Promise<Check> {
  const name = 'policy file';
  const bytes = read(file);
  if (typeof bytes === 'string') return fail(name, `${file} ${bytes}`, null);
  const { checkDocument } = await import('../../lib/policy/check-document.ts');
  const check = checkDocument(bytes);
  if (check.kind === 'invalid') {
    const errors = check.findings.filter(({ severity }) => severity === 'error');
    const [first] = errors;
    const where = first ? `: ${first.code} at ${first.line}:${first.column}: ${first.message}` : '';
    const count = `${errors.length} error${errors.length === 1 ? '' : 's'}`;
    return fail(name, `${file} has ${count}${where}`, `kt policy lint --file ${file} shows all of them.`);
  }
  const { pack } = check.document;
  return ok(name, `${file} is valid: ${pack.name} ${pack.version}`);
}

function read(file: string): Uint8Array | string {
  try {
    const { size } = statSync(file);
    return size > MAX_POLICY_BYTES
      ? `is larger than ${MAX_POLICY_BYTES / 1024 / 1024} MiB`
      : readFileSync(file);
  } catch (error) {
    return `cannot be read: ${reasonOf(error)}`;
  }
}

/** The folder holds the admin token of the local stack, and all of its state. */
export function checkStateFolder(cwd: string, environment: Environment): Check {
  const name = 'state folder';
  const folder = resolve(cwd, environment['KT_DATA_DIR'] || '.kt');
  try {
    const found = statSync(folder);
    if (!found.isDirectory())
      return fail(name, `${folder} is not a folder`, `Move it away: mv ${folder} ${folder}.old`);
    const exposed = process.platform !== 'win32' && (found.mode & 0o077) !== 0;
    return exposed
      ? warn(name, `others may look into ${folder}`, `chmod 700 ${folder}`)
      : ok(name, `${folder} is closed to others`);
  } catch (error) {
    return isErrnoException(error) && error.code === 'ENOENT'
      ? ok(name, 'there is none here')
      : fail(name, `${folder} cannot be looked at: ${reasonOf(error)}`, 'Whose is it? ls -ld shows that.');
  }
}

/** Many people have no local stack: that is not a fault. */
export function checkLocalStack(cwd: string, environment: Environment): Check {
  const name = 'local stack';
  const found = findLocalStack(cwd, environment);
  if (!found) return ok(name, 'there is none here');
  return 'why' in found
    ? warn(name, `${found.file} is not used: ${found.why}`, 'npm start starts it.')
    : ok(name, `runs at ${found.url}`);
}
