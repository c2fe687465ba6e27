/** Whether a YAML file in a directory is meant as a policy document. */
import { basename } from 'node:path';
import { MAX_DOCUMENT_BYTES } from '../../lib/policy/parse-tree.ts';
import { readBounded } from './read-bounded.ts';

/** Keys that stand at the top of policy documents, older shapes included, and of little else. */
const TOP_LEVEL = /^\uFEFF?(["']?)(?:pack|policy|policies|input_policies|output_policies)\1[ \t]*:/m;
/** The same in brackets, as JSON is written. */
const FIRST_IN_BRACKETS = /^\uFEFF?\s*\{\s*(["']?)(?:pack|policy|policies)\1\s*:/;

/**
 * By its name, `policy-config.yaml`, or by a key at the start of a line. By the text and not by what it parses to: a
 * policy document that is not well-formed is the one that must not be passed over. Nor must one that cannot be read.
 */
export async function looksLikePolicy(path: string): Promise<boolean> {
  if (/^policy-config\.ya?ml$/.test(basename(path))) return true;
  const read = await readBounded(path, MAX_DOCUMENT_BYTES);
  if (read.kind === 'unreadable') return true;
  const text = Buffer.from(read.bytes).toString('utf8');
  return TOP_LEVEL.test(text) || FIRST_IN_BRACKETS.test(text);
}
