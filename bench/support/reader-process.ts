/** A process that reads one file of one repository, once. */
import { gitHost } from '../../lib/git/git-host.ts';
import { answerCalls } from './child.ts';

const calls = {
  read: async ({ url, path }: { url: string; path: string }) => {
    const host = gitHost({ allowedNetworks: ['127.0.0.0/8'] });
    const start = performance.now();
    const repository = { url, provider: 'generic', credential: null } as const;
    const commit = (await host.resolve(repository, 'main')) ?? '';
    const { paths } = await host.read({ repository, commit, paths: [path], known: null });
    if (paths.get(path)?.kind !== 'file') throw new Error('the file was not read');
    host.close();
    // Kilobytes on Linux and macOS alike in Node.
    return { ms: performance.now() - start, peakMb: process.resourceUsage().maxRSS / 1024 };
  },
};

export type ReaderCalls = typeof calls;
answerCalls(calls, async () => {});
