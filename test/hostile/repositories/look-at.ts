/** Looks at repositories, in turn or at once, in a process of its own: prints how each look ended, and the memory it took. */
import { readFileSync } from 'node:fs';
import { Fault } from '../../../lib/domain/fault.ts';
import { gitHost } from '../../../lib/git/git-host.ts';

const MIB = 1024 * 1024;
const [order, ...urls] = process.argv.slice(2);
const host = gitHost({ allowedNetworks: ['127.0.0.1/32'] });
if (order === 'at-once') await Promise.all(urls.map(report));
else for (const url of urls) await report(url);
host.close();

async function report(url: string): Promise<void> {
  const end = await lookAt(url);
  console.log(JSON.stringify({ url, ...end, peak: Math.round(peakBytes() / MIB) }));
}

/** What `getrusage` says begins at the peak of the process that started this one: Linux knows that of its own. */
function peakBytes(): number {
  const { maxRSS } = process.resourceUsage();
  if (process.platform !== 'linux') return maxRSS * 1024;
  const own = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1];
  return Number(own ?? maxRSS) * 1024;
}

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
