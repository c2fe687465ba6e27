/** The lines of the Keeptrusts guides, run as they are printed: bash, curl, jq and sha256sum. */
import { spawn } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sha256Hex as sha256 } from '../../lib/domain/ids.ts';
import { policy } from '../support/world.ts';
import { about, type Loop, startLoop } from './loop.ts';

let loop: Loop;
beforeAll(async () => {
  loop = await startLoop();
});
afterAll(() => loop.close());

/** What `script` prints. A line that fails anywhere in a pipe fails the test, with what it said. */
async function bash(script: string, variables: Readonly<Record<string, string>> = {}): Promise<string> {
  const child = spawn('bash', ['-euo', 'pipefail', '-c', script], {
    env: {
      PATH: process.env['PATH'] ?? '',
      KEEPTRUSTS_API_URL: loop.stack.url,
      KEEPTRUSTS_API_TOKEN: loop.stack.adminToken,
      ...variables,
    },
  });
  const output = { stdout: '', stderr: '' };
  child.stdout.on('data', (chunk) => (output.stdout += chunk));
  child.stderr.on('data', (chunk) => (output.stderr += chunk));
  const code = await new Promise((resolve) => child.once('close', resolve));
  if (code !== 0) throw new Error(`bash ended with ${code}: ${output.stderr}${output.stdout}`);
  return output.stdout.trim();
}

const AUTH = '-H "Authorization: Bearer $KEEPTRUSTS_API_TOKEN"';

describe('the guides', () => {
  it.each(['repo_url', 'url'])('link a repository named by %s, and list it', async (name) => {
    const path = 'policies/policy-config.yaml';
    const repository = await loop.git.createRepository({ files: { [path]: policy({ id: `by-${name}` }) } });
    const created = await bash(
      `curl -sf -X POST "$KEEPTRUSTS_API_URL/v1/git-repos" ${AUTH} -H "Content-Type: application/json" -d '{
        "${name}": "'"$REPOSITORY"'",
        "branch": "main",
        "path": "${path}",
        "provider": "generic",
        "poll_interval_seconds": 60,
        "auto_create_configuration": true,
        "access_token": "ghp_xxxx"
      }'`,
      { REPOSITORY: repository.url },
    );
    expect(JSON.parse(created)).toMatchObject({ repo_url: repository.url, status: 'pending' });
    expect(created).not.toContain('ghp_xxxx');
    await loop.stack.until(`/v1/git-repos/${JSON.parse(created).id}`, ({ status }) => status === 'synced');

    const listed = await bash(
      `curl -s "$KEEPTRUSTS_API_URL/v1/git-repos" ${AUTH} | jq -c '.[] | {repo_url, branch, last_sync, status, current_version}'`,
    );
    const lines = listed.split('\n').map((line) => JSON.parse(line));
    expect(lines.find(({ repo_url }) => repo_url === repository.url)).toEqual({
      repo_url: repository.url,
      branch: 'main',
      last_sync: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
      status: 'synced',
      current_version: sha256(policy({ id: `by-${name}` })),
    });
  });

  it('link a directory with a trailing slash', async () => {
    const files = { 'policies/production/chat.yaml': policy({ id: 'directory-chat' }) };
    const repository = await loop.git.createRepository({ files });
    const id = await bash(
      `curl -sf -X POST "$KEEPTRUSTS_API_URL/v1/git-repos" ${AUTH} -H "Content-Type: application/json" \\
        -d '{"url":"'"$REPOSITORY"'","branch":"main","path":"policies/production/","provider":"generic","poll_interval_seconds":300,"auto_create_configuration":true}' | jq -r .id`,
      { REPOSITORY: repository.url },
    );
    const { body } = await loop.stack.until(`/v1/git-repos/${id}`, ({ status }) => status === 'synced');
    expect(body.configuration_ids).toEqual(['directory-chat']);
  });

  it('show the last five versions, and go back to an older one by its id', async () => {
    const one = await loop.linked('rollback');
    for (const limit of [200, 300, 400, 500, 600]) {
      await one.push(limit);
      await loop.cycle(one.linkId);
      await one.reload();
    }
    const versions = `curl -s "$KEEPTRUSTS_API_URL/v1/configurations/rollback/versions" ${AUTH}`;
    const newest = JSON.parse(await bash(`${versions} | jq '.[0:5]'`));
    expect(newest.map(({ number }: { number: number }) => number)).toEqual([6, 5, 4, 3, 2]);

    const previous = await bash(`${versions} | jq -r '.[1].id'`);
    const active = await bash(
      `curl -sf -X POST "$KEEPTRUSTS_API_URL/v1/configurations/rollback/versions/$VERSION/activate" ${AUTH} | jq -r .active_version.id`,
      { VERSION: previous },
    );
    expect(active).toBe(previous);
    expect(await one.reload()).toMatchObject({ manifest: { version_id: previous, number: 5 } });
  });

  it('find no drift between the repository and what is active, and find it when there is some', async () => {
    const file = (id: string) => `policies/${id}/policy-config.yaml`;
    // Bytes that a careless reader would normalise.
    const content = `# dérive\r\n${policy({ id: 'drifting' })}\n\n`;
    const repository = await loop.git.createRepository({ files: { [file('drifting')]: content } });
    const wish = { repo_url: repository.url, path: file('drifting'), provider: 'generic' };
    const { body } = await loop.stack.call('POST', '/v1/git-repos', {
      ...wish,
      auto_create_configuration: true,
    });
    await loop.stack.until(`/v1/git-repos/${body.id}`, ({ status }) => status === 'synced');

    const clone = await repository.clone();
    const script = `
      curl -s "$KEEPTRUSTS_API_URL/v1/configurations" ${AUTH} | jq -r '.data[] | .id, .content_hash' |
      while read -r id; read -r deployed; do
        [ -f "policies/$id/policy-config.yaml" ] || continue
        expected=$(sha256sum "policies/$id/policy-config.yaml" | cut -d' ' -f1)
        if [ "$deployed" = "$expected" ]; then echo "in sync: $id"; else echo "DRIFT: $id"; fi
      done`;
    const drift = () => bash(`cd "$CLONE"; ${script}`, { CLONE: clone.dir });
    expect(await drift()).toBe('in sync: drifting');

    await repository.commit({ [file('drifting')]: policy({ id: 'drifting', limit: 7 }) });
    await clone.git('pull', '-q');
    expect(await drift()).toBe('DRIFT: drifting');
    await loop.cycle(body.id);
    expect(await drift()).toBe('in sync: drifting');
  });

  it('alert on keeptrusts_git_sync_status{status="error"} > 0 while a link is broken, and only then', async () => {
    const one = await loop.linked('alerting');
    /** The expression of the alert, for one repository: the series it selects whose value is above zero. */
    const firing = () =>
      bash(
        `curl -sf "$KEEPTRUSTS_API_URL/metrics" ${AUTH} |
          awk '/^keeptrusts_git_sync_status\\{/ && /status="error"/ && index($0, "repo_url=\\"" ENVIRON["REPOSITORY"] "\\"") && $NF > 0 { print $NF }'`,
        { REPOSITORY: one.repository.url },
      );
    expect(await firing()).toBe('');
    loop.git.inject({ kind: 'answer', status: 404 }, about(one.repository));
    await loop.cycle(one.linkId);
    expect(await firing()).toBe('1');
    loop.git.calm();
    await loop.cycle(one.linkId);
    expect(await firing()).toBe('');
  });
});
