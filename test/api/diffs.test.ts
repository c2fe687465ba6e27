/** The difference between two versions, as the API answers it. */

import { gzipSync } from 'node:zlib';
import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { keyOf } from '../../lib/aws/keys.ts';
import { sha256Hex } from '../../lib/domain/ids.ts';
import { type Api, type Json, startApi } from '../support/api.ts';
import { policy } from '../support/world.ts';

let server: Awaited<ReturnType<typeof startApi>>;
let api: Api;
const CFG = '/v1/configurations/cfg';
beforeAll(async () => {
  server = await startApi();
  api = await server.fresh();
  await api.created('/v1/configurations', { id: 'cfg', name: 'x', policy_yaml: policy({ limit: 100 }) });
  for (const limit of [200, 50]) {
    const policy_yaml = policy({ limit });
    await api.call('PATCH', CFG, { body: { policy_yaml } });
  }
});
afterAll(() => server.close());

const diff = async (path: string): Promise<Json> => {
  const answer = await api.call('GET', `${CFG}/versions/${path}`);
  expect([answer.status, answer.text]).toEqual([200, answer.text]);
  return answer.json;
};
const version = async (number: number) => (await api.call('GET', `${CFG}/versions/${number}`)).json;

describe('the difference of a version', () => {
  it('is to the one before it, and says what it does to what is enforced', async () => {
    const [one, two] = [await version(1), await version(2)];
    const found = await diff('2/diff');
    expect(found).toMatchObject({
      from: { version_id: one.id, number: 1, content_hash: one.content_hash },
      to: { version_id: two.id, number: 2, content_hash: two.content_hash },
      changes: [
        {
          path: 'policy.spend-limit.max_daily_usd',
          change: 'changed',
          before: 100,
          after: 200,
          effect: 'loosens',
        },
      ],
      summary: expect.stringContaining('loosens'),
    });
    expect((await diff('3/diff')).changes).toMatchObject([{ before: 200, after: 50, effect: 'tightens' }]);
  });

  it('is to another one when asked, by number or id, whichever is the later', async () => {
    const { id } = await version(3);
    expect((await diff(`1/diff?from=${id}`)).changes).toMatchObject([
      { before: 50, after: 100, effect: 'loosens' },
    ]);
    expect(await diff(`${id}/diff?from=3`)).toMatchObject({ from: { number: 3 }, changes: [] });
  });

  it('is to nothing for the first', async () => {
    const found = await diff('1/diff');
    expect(found.from).toBeNull();
    expect(found.summary).toContain('first version');
  });

  it('is answered although one of the two is no longer readable under the rules of today', async () => {
    const bytes = Buffer.from('policies: [unclosed\n\u0007');
    const hash = sha256Hex(bytes);
    const { client, name } = api.table;
    const put = (item: object) => client.send(new PutItemCommand({ TableName: name, Item: marshall(item) }));
    const two = await api.ports.versions.find('cfg', '2');
    await put({ ...keyOf.content(hash), gzip: gzipSync(bytes) });
    await put({ ...keyOf.version('cfg', 2), ...two, contentHash: hash });
    for (const path of ['2/diff', '3/diff', '2/diff?from=3', '1/diff?from=2'])
      expect((await diff(path)).changes).toMatchObject([{ effect: 'unknown' }]);
  });

  it('is refused for versions that are not there, or another team’s', async () => {
    await api.refused(404, 'GET', `${CFG}/versions/9/diff`);
    for (const from of ['9', 'ver_nope', '0', '-1', 'a b', ''])
      expect((await api.refused(400, 'GET', `${CFG}/versions/1/diff?from=${from}`)).details[0].field).toBe(
        'from',
      );
    const token = await api.tokenFor('admin', 'blue');
    await api.refused(404, 'GET', `${CFG}/versions/1/diff`, { token });
    await api.created('/v1/configurations', { id: 'blue', name: 'b', team: 'blue', policy_yaml: policy() });
    const { id } = await version(1);
    await api.refused(400, 'GET', `/v1/configurations/blue/versions/1/diff?from=${id}`, { token });
  });
});
