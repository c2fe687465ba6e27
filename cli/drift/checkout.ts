/** A checkout: which repository and branch it is of, and what its files hold. */

import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { sha256Hex } from '../../lib/domain/ids.ts';
import type { Configuration, Link } from '../answers.ts';
import { clean } from '../clean.ts';
import { usage } from '../failure.ts';
import { readDocument } from '../lint/lint.ts';
import { sameRepository } from './same-repository.ts';

export interface Checkout {
  readonly root: string;
  readonly remotes: readonly string[];
  /** Null when no branch is checked out, as CI systems do. */
  readonly branch: string | null;
}

interface CheckoutOptions {
  /** In place of the remotes that git knows. */
  readonly repoUrl?: string;
  readonly branch?: string;
}

const run = promisify(execFile);
/** Bytes: the names of some 100,000 files. */
const MOST_SAID = 16 * 1024 * 1024;

export async function readCheckout(folder: string, { repoUrl, branch }: CheckoutOptions): Promise<Checkout> {
  const root = await git(folder, ['rev-parse', '--show-toplevel']);
  if (root === null)
    throw usage(`--repo: ${clean(folder)} is not a git checkout, or git is not installed here`);
  const remotes =
    repoUrl === undefined ? await git(root, ['config', '--get-regexp', '^remote\\..*\\.url$']) : null;
  const current = await git(root, ['symbolic-ref', '--quiet', '--short', 'HEAD']);
  const urls = remotes?.split('\n').map((line) => line.slice(line.indexOf(' ') + 1)) ?? [];
  return { root, remotes: repoUrl === undefined ? urls : [repoUrl], branch: branch ?? current };
}

/** Null when git says no. A checkout may ask for a program to be started when its files are listed: it is not. */
async function git(folder: string, args: readonly string[]): Promise<string | null> {
  try {
    const { stdout } = await run('git', ['-C', folder, '-c', 'core.fsmonitor=false', ...args], {
      maxBuffer: MOST_SAID,
    });
    return stdout.trim();
  } catch {
    return null;
  }
}

/** The links that follow this checkout. Throws when there are none, and when it is not clear which. */
export function linksOf({ remotes, branch }: Checkout, links: readonly Link[]): readonly Link[] {
  const ofRepository = links.filter((link) =>
    remotes.some((remote) => sameRepository(remote, link.repo_url)),
  );
  const shown = remotes.map((remote) => clean(withoutCredentials(remote))).join(', ') || 'it has no remote';
  if (ofRepository.length === 0)
    throw usage(
      `--repo: no link follows the repository of this checkout (${shown})`,
      'Name it as links do: --repo-url URL.',
    );
  const branches = [...new Set(ofRepository.map((link) => link.branch))];
  if (branch === null && branches.length > 1)
    throw usage(
      `--repo: no branch is checked out, and links follow ${branches.map(clean).join(', ')}`,
      'Say which one this is: --branch NAME.',
    );
  const ofBranch = branch === null ? ofRepository : ofRepository.filter((link) => link.branch === branch);
  if (ofBranch.length > 0) return ofBranch;
  throw usage(
    `--repo: no link follows the branch ${clean(branch ?? '')}; links follow ${branches.map(clean).join(', ')}`,
    'Say which of them this checkout is: --branch NAME.',
  );
}

const withoutCredentials = (url: string) => url.replace(/\/\/[^/@]*@/, '//');

export interface ComparedFile {
  readonly kind: 'same' | 'checkout differs' | 'missing in checkout' | 'not published';
  readonly configurationId: string | null;
  readonly path: string;
  /** Hash of Head. */
  readonly wanted: string | null;
  /** Hash of the file in the checkout. */
  readonly found: string | null;
  readonly reason: string | null;
}

/** The file that feeds a configuration, against its Head. */
export async function compareFile(
  { root }: Checkout,
  { id, head_version: head }: Configuration,
  path: string,
): Promise<ComparedFile> {
  const about = { configurationId: id, path, wanted: head?.content_hash ?? null };
  const read = await readDocument(join(root, path), process.stdin);
  if (read.kind === 'unreadable')
    return { ...about, kind: 'missing in checkout', found: null, reason: read.why };
  const found = sha256Hex(read.bytes);
  if (found === about.wanted) return { ...about, kind: 'same', found, reason: null };
  const unix = sha256Hex(
    Buffer.from(Buffer.from(read.bytes).toString('latin1').replaceAll('\r\n', '\n'), 'latin1'),
  );
  const reason = unix === about.wanted ? 'only the line endings differ; see core.autocrlf of git' : null;
  return { ...about, kind: 'checkout differs', found, reason };
}

/** Committed files in the directory of a link that feed no configuration: new ones, or ones that could not be published. */
export async function unpublishedFiles(
  { root }: Checkout,
  link: Link,
  fed: ReadonlySet<string>,
): Promise<readonly ComparedFile[]> {
  if (!link.path.endsWith('/')) return [];
  const listed = await git(root, ['ls-files', '-z', '--', link.path === '/' ? '.' : link.path]);
  const paths = (listed ?? '').split('\0').filter((path) => /\.ya?ml$/.test(path));
  return paths
    .filter((path) => !fed.has(path))
    .map((path) => ({
      kind: 'not published',
      configurationId: null,
      path,
      wanted: null,
      found: null,
      reason: `link ${link.id} follows its directory, and no configuration is fed by it`,
    }));
}
