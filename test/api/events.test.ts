/** Events: the audit log, as it can be asked. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Api, type Json, LINK, startApi } from '../support/api.ts';
import { policy } from '../support/world.ts';

let server: Awaited<ReturnType<typeof startApi>>;
let api: Api;
/** For the rows of a table of cases: each leaves nothing that the next one could meet. */
let shared: Api;
beforeAll(async () => {
  server = await startApi();
  shared = await server.fresh();
});
afterAll(() => server.close());
beforeEach(async ({ task }) => {
  api = task.each ? shared : await server.fresh();
});

const events = async (query = '', token?: string): Promise<Json> =>
  (await api.call('GET', `/v1/events${query}`, token ? { token } : {})).json;
const typesIn = ({ data }: Json) => data.map(({ type }: Json) => type).sort();

describe('events', () => {
  it('tell who did what to what, in which request', async () => {
    const created = await api.call('POST', '/v1/configurations', { body: { id: 'cfg', name: 'x' } });
    const { data, next } = await events('?type=configuration.created');
    expect(next).toBeNull();
    expect(data).toEqual([
      {
        id: expect.stringMatching(/^evt_/),
        type: 'configuration.created',
        at: '2026-03-01T12:00:00.000Z',
        actor: expect.stringMatching(/^token:/),
        configuration_id: 'cfg',
        request_id: created.headers.get('x-request-id'),
        detail: { name: 'x' },
      },
    ]);
  });

  it('are found by type, configuration and time', async () => {
    await api.created('/v1/configurations', { id: 'cfg', name: 'x', policy_yaml: policy() });
    api.time.at += 10 * 60_000;
    await api.created('/v1/git-repos', LINK);
    expect(typesIn(await events('?configuration_id=cfg'))).toEqual([
      'configuration.created',
      'version.activated',
      'version.published',
    ]);
    expect(typesIn(await events('?since=5m'))).toEqual(['link.created']);
    expect(typesIn(await events('?since=1h&type=version.published'))).toEqual(['version.published']);
    expect(typesIn(await events('?since=2026-03-01T12:05:00Z'))).toEqual(['link.created']);
    expect(typesIn(await events('?configuration_id=other'))).toEqual([]);
  });

  it('come in pages, each once, and in order of time', async () => {
    for (let i = 0; i < 7; i++) {
      api.time.at += 1000;
      await api.created('/v1/configurations', { name: `c${i}` });
    }
    const names: string[] = [];
    let path = '?type=configuration.created&limit=3';
    for (let page = 0; page < 3; page++) {
      const answer = await api.call('GET', `/v1/events${path}`);
      names.push(...answer.json.data.map(({ detail }: Json) => detail.name));
      const next = /<https:\/\/kt\.example\/v1\/events([^>]+)>/.exec(answer.headers.get('link') ?? '')?.[1];
      expect(next === undefined).toBe(answer.json.next === null);
      if (next) path = next;
    }
    expect(names).toEqual(['c0', 'c1', 'c2', 'c3', 'c4', 'c5', 'c6']);
  });

  it('of another team, and of the organisation, are not a team’s', async () => {
    await api.created('/v1/configurations', { id: 'r', name: 'r', team: 'red' });
    await api.created('/v1/configurations', { id: 'b', name: 'b', team: 'blue' });
    await api.created('/v1/tokens', { name: 't', role: 'admin' });
    const red = await api.tokenFor('configurations_reader', 'red');
    expect(typesIn(await events('', red))).toEqual(['configuration.created', 'token.created']);
    expect((await events('?configuration_id=b', red)).data).toEqual([]);
    expect((await events('?team=blue', red)).data).toEqual([]);
    expect(typesIn(await events('?team=blue'))).toEqual(['configuration.created']);
  });

  it.each([
    'since=yesterday',
    'since=5w',
    'since=400d',
    'since=2020-01-01T00:00:00Z',
    'type=x',
    'limit=501',
    'a=b',
  ])('refuses ?%s', async (query) => {
    const error = await api.refused(400, 'GET', `/v1/events?${query}`);
    expect(error.details[0].field).toBe(query.split('=')[0]);
  });
});
