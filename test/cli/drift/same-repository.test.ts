/** Which URLs name the same repository. */
import { describe, expect, it } from 'vitest';
import { sameRepository } from '../../../cli/drift/same-repository.ts';

const ONE = 'https://git.example/team/policies';

describe('a repository', () => {
  it.each([
    'https://git.example/team/policies.git',
    'https://git.example/team/policies/',
    'https://Git.Example/team/policies',
    'https://user:secret@git.example/team/policies.git',
    'ssh://git@git.example/team/policies.git',
    'ssh://git@git.example:2222/team/policies.git',
    'git@git.example:team/policies.git',
    'git.example:team/policies',
    'git@git.example:/team/policies',
  ])('is the same by %s', (url) => {
    expect(sameRepository(url, ONE)).toBe(true);
  });

  it.each([
    'https://git.example/team/other',
    'https://git.example/Team/policies',
    'https://git.example:8443/team/policies',
    'https://other.example/team/policies',
    'git@git.example:team/policies-2',
    '/srv/git/team/policies',
    '../policies',
    '',
  ])('is another by %s', (url) => {
    expect(sameRepository(url, ONE)).toBe(false);
  });
});
