/** Looks at repositories one after another, in a process of its own: prints how each look ended, and the memory it took. */
import { Fault } from '../../../lib/domain/fault.ts';
import { gitHost } from '../../../lib/git/git-host.ts';

const MIB = 1024 * 1024;
const host = gitHost({ allowedNetworks: ['127.0.0.1/32'] });
for (const url of process.argv.slice(2)) {
  const end = await lookAt(url);
  // Kilobytes, and the most it ever was.
  const peak = Math.round((process.resourceUsage().maxRSS * 1024) / MIB);
  console.log(JSON.stringify({ url, ...end, peak }));
}
host.close();

async function lookAt(url: string): Promise<{ class: string; message: string }> {
  const repository = { url, provider: 'generic', credential: null } as const;
  try {
    const commit = (await host.resolve(repository, 'main')) ?? '';
    const { paths } = await host.read({ repository, commit, paths: ['policy.yaml', 'd/'], known: null });
    const kinds = [...paths.values()].map((read) => (read.kind === 'problem' ? read.class : read.kind));
    return { class: 'read', message: kinds.join() };
  } catch (error) {
    if (error instanceof Fault) return { class: error.class, message: error.message };
    throw error;
  }
}
