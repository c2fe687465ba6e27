/** One file by way of isomorphic-git, in a process of its own: a shallow clone in memory, or a fetch into a kept one. */
import git from 'isomorphic-git';
import http from 'isomorphic-git/http/node';
import { answerCalls } from './child.ts';
import { memoryFs } from './memory-fs.ts';

interface Wish {
  readonly url: string;
  readonly path: string;
}

const dir = '/clone';
const SHALLOW = { depth: 1, singleBranch: true, tags: false } as const;
let kept = memoryFs();

/** At the commit that was fetched, without a working copy. */
async function fileAt(fs: ReturnType<typeof memoryFs>, oid: string, path: string): Promise<string> {
  const { blob } = await git.readBlob({ fs, dir, oid, filepath: path });
  return Buffer.from(blob).toString('utf8');
}

const calls = {
  /** Milliseconds, and the file. */
  clone: async ({ url, path }: Wish) => {
    const fs = memoryFs();
    const start = performance.now();
    await git.clone({ fs, http, dir, url, ref: 'main', noCheckout: true, ...SHALLOW });
    const oid = await git.resolveRef({ fs, dir, ref: 'refs/remotes/origin/main' });
    const text = await fileAt(fs, oid, path);
    const ms = performance.now() - start;
    kept = fs;
    return { ms, text, peakMb: process.resourceUsage().maxRSS / 1024 };
  },
  /** Into what the last clone left. */
  fetch: async ({ url, path }: Wish) => {
    const fs = kept;
    const start = performance.now();
    const { fetchHead } = await git.fetch({ fs, http, dir, url, ref: 'main', ...SHALLOW });
    const text = await fileAt(fs, fetchHead ?? '', path);
    return { ms: performance.now() - start, text };
  },
};

export type IsomorphicCalls = typeof calls;
answerCalls(calls, async () => {});
