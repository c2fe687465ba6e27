/** The example policies from a git repository to versions, byte for byte. */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { type Loop, startLoop } from './loop.ts';

const FOLDER = join(import.meta.dirname, '../../examples/policies');
/** Everything in the folder, its index too, as somebody would copy it. */
const FILES = new Map(readdirSync(FOLDER).map((name) => [name, readFileSync(join(FOLDER, name))]));
const POLICIES = [...FILES].filter(([name]) => name.endsWith('.yaml'));

/** A configuration says its id; a document of one policy is called after that policy. */
function configurationOf(bytes: Buffer): string {
  const document = parse(bytes.toString());
  return document.pack?.id ?? document.policy.name;
}

function versionOf(bytes: Buffer): string {
  const document = parse(bytes.toString());
  return document.pack?.version ?? document.policy.version;
}

let loop: Loop;
let link: string;
let commit: string;
beforeAll(async () => {
  loop = await startLoop();
  const repository = await loop.git.createRepository();
  commit = await repository.commit(
    Object.fromEntries([...FILES].map(([name, bytes]) => [`policies/${name}`, bytes])),
  );
  const { status, body } = await loop.stack.call('POST', '/v1/git-repos', {
    repo_url: repository.url,
    path: 'policies/',
    provider: 'generic',
    auto_create_configuration: true,
  });
  expect(status).toBe(201);
  link = `/v1/git-repos/${body.id}`;
  await loop.stack.until(link, (now) => now.status !== 'pending');
});
afterAll(() => loop.close());

describe('the example policies in a linked directory', () => {
  it('are synced, each to a configuration of its own', async () => {
    const { body } = await loop.stack.call('GET', link);
    expect(body).toMatchObject({ status: 'synced', error: null });
    const ids = POLICIES.map(([, bytes]) => configurationOf(bytes));
    expect(body.configuration_ids.toSorted()).toEqual(ids.toSorted());
  });

  it.each(POLICIES)('%s becomes a version of exactly its bytes', async (_, bytes) => {
    const configuration = `/v1/configurations/${configurationOf(bytes)}`;
    const { body: versions } = await loop.stack.call('GET', `${configuration}/versions`);
    expect(versions).toHaveLength(1);
    expect(versions[0]).toMatchObject({
      number: 1,
      content_hash: createHash('sha256').update(bytes).digest('hex'),
      commit,
      source: 'git',
      pack_version: versionOf(bytes),
      active: true,
    });
    const content = await loop.stack.call('GET', `${configuration}/versions/${versions[0].id}/content`);
    expect(Buffer.from(content.body).equals(bytes)).toBe(true);
  });
});
