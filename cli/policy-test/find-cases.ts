/** Find the tests of a pack: `tests/*.json` beside the document, and the suites in it. */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { parseTree } from '../../lib/policy/parse-tree.ts';
import { isMap, plain } from '../../lib/policy/tree.ts';
import { clean } from '../clean.ts';
import { EXIT } from '../exit-code.ts';
import { Failure } from '../failure.ts';
import { isErrnoException } from '../lint/errno.ts';
import { readBounded, reasonOf } from '../lint/read-bounded.ts';
import { type PolicyCase, parseGolden, type Read } from './policy-case.ts';
import { readSuites } from './suites.ts';

const MAX_GOLDEN_BYTES = 1024 * 1024;
const MAX_GOLDENS = 2000;

/** `document` is valid. Throws a `Failure` when there is a test that cannot be run: the others do not make up for it. */
export async function findCases(
  folder: string,
  file: string,
  document: Uint8Array,
): Promise<readonly PolicyCase[]> {
  const cases = [...required(file, readSuites(file, testingIn(document)))];
  const tests = join(folder, 'tests');
  for (const name of await goldensIn(tests)) {
    const path = join(tests, name);
    const read = await readBounded(path, MAX_GOLDEN_BYTES);
    if (read.kind === 'unreadable') throw cannotRun(path, read.why);
    if (read.bytes.length > MAX_GOLDEN_BYTES) throw cannotRun(path, 'it is larger than 1 MiB');
    cases.push(...required(path, parseGolden(path, read.bytes)));
  }
  return cases;
}

function testingIn(document: Uint8Array): unknown {
  const { tree } = parseTree(document);
  const testing = tree && isMap(tree) ? tree.entries.get('testing') : undefined;
  return testing && plain(testing.value);
}

/** In the order of their names. A pack without the folder has its tests in the document. */
async function goldensIn(folder: string): Promise<readonly string[]> {
  let names: string[];
  try {
    names = (await readdir(folder)).filter((name) => name.endsWith('.json'));
  } catch (error) {
    if (isErrnoException(error) && error.code === 'ENOENT') return [];
    throw cannotRun(folder, reasonOf(error));
  }
  if (names.length > MAX_GOLDENS) throw cannotRun(folder, `it holds more than ${MAX_GOLDENS} tests`);
  return names.toSorted();
}

function required(file: string, read: Read): readonly PolicyCase[] {
  if ('trouble' in read) throw cannotRun(file, read.trouble);
  return read;
}

const cannotRun = (path: string, why: string) => new Failure(EXIT.unknown, `${clean(path)}: ${clean(why)}`);
