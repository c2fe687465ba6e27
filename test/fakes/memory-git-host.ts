/** Git repositories in memory, by their URL. */
import type { GitHost } from '../../lib/ports.ts';
import { type MemoryGit, memoryGit } from './memory-git.ts';

export interface MemoryGitHost extends GitHost {
  /** The one at that URL, made when it is asked for first. */
  at(url: string): MemoryGit;
  repositories(): readonly MemoryGit[];
  copy(): MemoryGitHost;
}

export function memoryGitHost(repositories = new Map<string, MemoryGit>()): MemoryGitHost {
  const at = (url: string): MemoryGit => {
    const repository = repositories.get(url) ?? memoryGit();
    repositories.set(url, repository);
    return repository;
  };
  return {
    at,
    repositories: () => [...repositories.values()],
    copy: () => memoryGitHost(new Map([...repositories].map(([url, git]) => [url, git.copy()]))),
    resolve: (repository, branch) => at(repository.url).resolve(repository, branch),
    read: (request) => at(request.repository.url).read(request),
  };
}
