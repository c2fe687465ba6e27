/** Approach: how a source's git host is asked, and when it may be asked again. */
import { Fault } from '../domain/fault.ts';
import type { Repository } from '../domain/git.ts';
import { backOffSeconds, type Source } from '../domain/source.ts';
import { openRepository } from './repository.ts';
import type { SyncPorts } from './sync.ts';

/** How long a host is left alone that limits us without saying for how long (GitHub's advice: a minute at least). */
const UNSAID_WAIT_SECONDS = 60;

/** Where the branch is, or the `Fault` that kept us from finding out. */
export async function resolve(source: Source, ports: SyncPorts): Promise<string | Fault> {
  try {
    return await tipOf(source, await approach(source, ports), ports);
  } catch (error) {
    if (error instanceof Fault) return error;
    throw error;
  }
}

/** Our own refusal to ask a host yet: it is no news of the host, and must not put off when it may be asked. */
class NotYet extends Fault {}

/** The repository, opened, unless its host asked to be left alone. */
export async function approach(source: Source, ports: SyncPorts): Promise<Repository> {
  const [repository] = await Promise.all([openRepository(source, ports), respectLimit(source, ports)]);
  return repository;
}

export async function tipOf(source: Source, repository: Repository, { git }: SyncPorts): Promise<string> {
  const tip = await git.resolve(repository, source.branch);
  if (tip === null) throw new Fault('not_found', `the repository has no branch "${source.branch}"`);
  return tip;
}

async function respectLimit({ repoUrl }: Source, { hostLimits, clock }: SyncPorts): Promise<void> {
  const { host } = new URL(repoUrl);
  const now = clock.now();
  const until = await hostLimits.until(host, now);
  if (!until) return;
  const retryAfter = Math.ceil((until.getTime() - now.getTime()) / 1000);
  throw new NotYet('rate_limited', `${host} asked us to wait until ${until.toISOString()}`, { retryAfter });
}

/** For how long a host asked to be left alone; null when it did not. */
export function waitSeconds({ retryAfter, class: kind }: Fault): number | null {
  return retryAfter ?? (kind === 'rate_limited' ? UNSAID_WAIT_SECONDS : null);
}

/** When a source that failed is tried again. A host that asked to be left alone is, by every source on it. */
export async function retryAt(
  source: Source,
  fault: Fault,
  failures: number,
  ports: SyncPorts,
): Promise<string> {
  const now = ports.clock.now().getTime();
  const after = (seconds: number) => new Date(now + seconds * 1000);
  const wait = waitSeconds(fault);
  if (wait !== null && !(fault instanceof NotYet)) {
    await ports.hostLimits.set(new URL(source.repoUrl).host, after(wait));
  }
  return after(backOffSeconds(source.intervalSeconds, failures, wait)).toISOString();
}
