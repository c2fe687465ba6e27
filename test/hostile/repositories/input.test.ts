import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, inject, it } from 'vitest';
import type { HookProvider } from '../../../lib/domain/provider.ts';
import { gitHost } from '../../../lib/git/git-host.ts';
import { receive } from '../../../lib/pipeline/receive.ts';
import { memoryDynamo } from '../../fakes/memory-dynamo.ts';
import { memoryKms, newKeys } from '../../fakes/memory-kms.ts';
import { useGitServer } from '../../git/world.ts';
import { signedDelivery } from '../../support/deliveries.ts';
import { memoryApi } from '../../support/memory-api.ts';
import { policy } from '../../support/policy.ts';
import { seedOf, tally, times } from '../../support/soak.ts';
import { createTable } from '../../support/table.ts';
import { worldOver } from '../../support/world-of.ts';

const FILE = 'policy-config.yaml';
const git = gitHost({ allowedNetworks: ['127.0.0.1/32'] });
afterAll(() => git.close());
const servers = useGitServer();

describe('a commit that an authentic delivery names', () => {
  it.each(['github', 'gitlab', 'gitea', 'bitbucket'] as const satisfies readonly HookProvider[])(
    'and that is not on the branch is never loaded (%s), though the host would show it',
    async (provider) => {
      const repository = await servers.server.createRepository({ files: { [FILE]: policy({ limit: 1 }) } });
      const kms = memoryKms();
      const table = { client: memoryDynamo().client, name: 'kt' };
      await createTable(table);
      const here = worldOver({ table, kms, keys: await newKeys(kms), git });
      const { link, secret, hook } = await here.link(repository.url, { provider });
      expect(await here.configuration('payments')).toMatchObject({ active: { number: 1 } });
      // As the objects of a fork are: in the store of the parent, on none of its branches.
      const evil = await repository.commit({ [FILE]: policy({ limit: 666 }) }, { branch: 'fork' });
      await repository.deleteBranch('fork');
      const named = {
        branch: 'main',
        after: evil,
        before: await repository.tip(),
        repositoryUrl: repository.url,
      };
      const delivery = signedDelivery(provider, secret ?? '', { ...named, at: new Date(here.time.at) });
      expect(await receive(hook?.id ?? '', delivery, here.ports)).toMatchObject({ kind: 'queued' });
      const told = await here.eventTypes('payments');
      await here.advance(120);
      await here.tick();
      // Not even for a moment: a version of it would have been published, activated and told.
      expect(await here.eventTypes('payments')).toEqual(told);
      const { active } = await here.configuration('payments');
      expect(active).toMatchObject({ number: 1 });
      expect((await here.linkNow(link.id)).status).toBe('synced');
    },
  );
});

const OPTIONS = [
  '-',
  '--upload-pack=touch /tmp/x',
  '-oProxyCommand=x',
  '--',
  '--exec=id',
  '-u',
  '-c',
  '--output=/tmp/x',
];
const SCHEMES = [
  'ext::sh -c id',
  'file:///etc/passwd',
  'fd::17',
  'ssh://-oProxyCommand=x/y',
  'git://h/r',
  'data:,x',
  'javascript:1',
  'gopher://h/1',
  'ftp://h/r',
  '\\\\host\\share',
];
const CONTROL = ['\n', '\r', '\0', '\t', '\x1b', '\x7f', '\u0085'];
const UP = [
  '../',
  '..',
  '/etc/passwd',
  '%2e%2e/x',
  '%2E%2e%2fx',
  '..%2fx',
  'a/../../x',
  '..\\x',
  'a\\..\\x',
  '.git/config',
  'a/.git/config',
  '.GIT/x',
  'C:\\x',
  './x',
  'a/./x',
  'a//x',
  'a/%00',
  'a/..',
  'a/../',
];

const control = fc.constantFrom(...CONTROL);
const word = fc.stringMatching(/^[a-z0-9]{1,9}$/);
const placed = (bad: fc.Arbitrary<string>) => fc.tuple(word, bad, word).map((parts) => parts.join(''));
/** Never a value of any of the three fields. */
const anywhere = fc.oneof(
  fc.constantFrom(...OPTIONS),
  fc.tuple(fc.constantFrom('-', '--'), word).map((p) => p.join('')),
  placed(control),
);
const badUrl = fc.oneof(
  anywhere,
  fc.constantFrom(...SCHEMES, 'https://github.com/o/\u2028r', 'https://github.com/o/\u2029r'),
  placed(control).map((text) => `https://github.com/o/${text}`),
  fc.constantFrom(...UP.slice(0, 9)).map((up) => `https://github.com/o/${up}`.replace('o//', 'o///')),
  fc.tuple(word, word).map(([user, secret]) => `https://${user}:${secret}@github.com/o/r`),
);
const badBranch = fc.oneof(
  anywhere,
  fc.constantFrom(
    'a..b',
    'a b',
    'a~1',
    'a^',
    'a:b',
    'a?',
    'a*',
    'a[',
    '@{1}',
    'a.lock',
    '/a',
    'a/',
    '.a',
    'HEAD',
    'refs/heads/x',
  ),
);
const badPath = fc.oneof(
  anywhere,
  fc.constantFrom(...UP),
  fc.tuple(word, fc.constantFrom(...UP)).map(([dir, up]) => `${dir}/${up}`),
);

const good = {
  repo_url: 'https://git.example.test/o/r',
  path: FILE,
  branch: 'main',
  auto_create_configuration: true,
};
const wish = fc.oneof(
  badUrl.map((repo_url) => ({ field: 'repo_url', body: { ...good, repo_url } })),
  badBranch.map((branch) => ({ field: 'branch', body: { ...good, branch } })),
  badPath.map((path) => ({ field: 'path', body: { ...good, path } })),
);

describe('a link over the API', () => {
  it('whose URL, branch or path is an option, a way up or holds what no name holds is refused, by the name of the field', async () => {
    const api = await memoryApi(git);
    const seed = seedOf(20_261_122);
    const runs = times(300, 5_000);
    const before = (await api.rows()).length;
    await fc.assert(
      fc.asyncProperty(wish, async ({ field, body }) => {
        const answer = await api.call('POST', '/v1/git-repos', { body });
        expect([answer.status, JSON.stringify(body)]).toEqual([400, JSON.stringify(body)]);
        expect(JSON.stringify(answer.json)).toContain(field);
      }),
      { seed, numRuns: runs },
    );
    expect((await api.rows()).length).toBe(before);
    tally('hostile link requests', { requests: runs, seed });
  });
});

describe('the bundle of every function', () => {
  const bundles = bundlesBelow(inject('outdir'));

  it('is found', () => {
    expect(bundles.length).toBeGreaterThanOrEqual(5);
  });

  it('starts no process: git is spoken, not run', () => {
    for (const file of bundles) {
      const code = readFileSync(file, 'utf8');
      expect([file, /child_process/.exec(code)?.index ?? null]).toEqual([file, null]);
    }
  });
});

function bundlesBelow(folder: string | undefined): string[] {
  if (folder === undefined) return [];
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => /^asset\..*index\.m?js$/.test(name))
    .map((name) => join(folder, name));
}
