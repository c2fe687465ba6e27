/** Odd input: what broke once, found by `test/hostile/api-fuzz` and its like, as cases of their own. */
import { beforeEach, describe, expect, it } from 'vitest';
import { memoryGitHost } from '../fakes/memory-git-host.ts';
import type { Api } from '../support/api-over.ts';
import { memoryApi } from '../support/memory-api.ts';

let api: Api;
beforeEach(async () => {
  api = await memoryApi(memoryGitHost());
});

const cursor = (text: string) => Buffer.from(text).toString('base64url');

describe('times', () => {
  it('are of four-digit years with their offset too: a day of another year has no end as text', async () => {
    for (const time of ['9999-12-31T23:59:59-23:59', '0000-01-01T00:00:00+23:59']) {
      const query = encodeURIComponent(time);
      for (const path of [`/v1/events?since=${query}`])
        expect((await api.refused(400, 'GET', path)).details[0].field).toBe('since');
      const body = { name: 'x', role: 'admin', expires_at: time };
      expect((await api.refused(400, 'POST', '/v1/tokens', { body })).details[0].field).toBe('expires_at');
    }
  });

  it('that end before they begin have nothing between them', async () => {
    const { id } = await api.created('/v1/gateways', { name: 'x' });
    const between = 'since=2026-03-02T00:00:00Z&until=2026-03-01T00:00:00Z';
    for (const query of [between, 'since=2099-01-01T00:00:00Z'])
      for (const listing of ['receipts', 'history']) {
        const answer = await api.call('GET', `/v1/gateways/${id}/${listing}?${query}`);
        expect([listing, query, answer.status, answer.json.data]).toEqual([listing, query, 200, []]);
      }
  });
});

describe('a cursor that somebody took apart', () => {
  it.each([
    '{"pk":1e999,"sk":"x","lsk":"x"}',
    '{"pk":9007199254740993,"sk":"x","lsk":"x"}',
    '{"pk":{"a":[1e400]},"sk":"x","lsk":"x"}',
    '{"pk":"\\ud800","sk":"x","lsk":"x"}',
    '{"id":"evt_0","at":"2026-3-1 1"}',
    '{"id":"evt_0","at":"+010000-01-01T00:00:00.000Z"}',
    '{"id":"evt_0","at":"2026-03-01T11:00:00.000Z","shard":-1e999}',
  ])('%s begins the listing elsewhere or is refused, and breaks nothing', async (text) => {
    const { id } = await api.created('/v1/gateways', { name: 'x' });
    for (const path of ['/v1/tokens', '/v1/events', '/v1/git-repos', `/v1/gateways/${id}/receipts`]) {
      const { status } = await api.call('GET', `${path}?cursor=${cursor(text)}`);
      expect([path, [200, 400].includes(status)]).toEqual([path, true]);
    }
  });
});

describe('half a character', () => {
  it('is refused wherever text is taken, for it cannot be stored', async () => {
    const half = 'x\ud800y';
    const { id } = await api.created('/v1/configurations', { name: 'x' });
    const { id: gateway } = await api.created('/v1/gateways', { name: 'x' });
    const cases: [string, string, object, string][] = [
      ['PATCH', `/v1/configurations/${id}`, { name: half }, 'name'],
      ['PATCH', `/v1/configurations/${id}`, { description: half }, 'description'],
      ['PATCH', `/v1/configurations/${id}`, { policy_yaml: half }, 'policy_yaml'],
      ['PATCH', `/v1/gateways/${gateway}`, { labels: { a: half } }, 'labels.a'],
      ['POST', `/v1/configurations/${id}/versions/1/activate`, { reason: half }, 'reason'],
      ['POST', '/v1/git-repos', { path: 'a.yaml', access_token: half }, 'access_token'],
      ['POST', '/v1/git-repos', { path: 'a.yaml', username: half }, 'username'],
    ];
    for (const [method, path, body, field] of cases)
      expect((await api.refused(400, method, path, { body })).details[0].field).toBe(field);
  });
});

describe('a team', () => {
  it('may be called nobody, and sees what it has', async () => {
    await api.created('/v1/configurations', { name: 'x', team: 'nobody' });
    const token = await api.tokenFor('configurations_reader', 'nobody');
    for (const [path, as] of [
      ['/v1/configurations', token],
      ['/v1/configurations?team=nobody', token],
      ['/v1/configurations?team=nobody', api.admin],
    ] as const)
      expect((await api.call('GET', path, { token: as })).json.data).toHaveLength(1);
  });

  it('is not told by a cursor of the tokens of others', async () => {
    const red = await api.tokenFor('admin', 'red');
    await api.created('/v1/tokens', { name: 'own', role: 'configurations_reader', team: 'red' });
    const others: string[] = [];
    for (let n = 0; n < 110; n++) {
      const wish = { name: 'theirs', role: 'configurations_reader', team: 'blue' };
      api.time.at += 1;
      others.push((await api.created('/v1/tokens', wish)).id);
    }
    api.time.at += 1;
    const last = await api.created('/v1/tokens', {
      name: 'late',
      role: 'configurations_reader',
      team: 'red',
    });
    const names: string[] = [];
    let query = '';
    do {
      const { json, headers } = await api.call('GET', `/v1/tokens${query}`, { token: red });
      names.push(...json.data.map(({ name }: { name: string }) => name));
      const said = `${JSON.stringify(json)} ${headers.get('link')} ${Buffer.from(json.next ?? '', 'base64url')}`;
      for (const id of others) expect(said).not.toContain(id);
      query = json.next === undefined ? '' : `?cursor=${json.next}`;
    } while (query !== '');
    expect(names.toSorted()).toEqual(['admin of red', 'late', 'own']);
    expect(last.team).toBe('red');
  });
});
