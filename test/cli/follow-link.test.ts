/** Following a link: which answer of the API is that of the look that was asked for. */
import { afterEach, describe, expect, it } from 'vitest';
import { apiClient } from '../../cli/api-client.ts';
import { askToLook, followLink } from '../../cli/follow-link.ts';
import { type FakeApi, startFakeApi } from './fake-api.ts';

const FAST = { first: 1, longest: 1, askAgain: 20 };

let api: FakeApi;
afterEach(() => api.close());

const link = (status: 'pending' | 'synced' | 'error', next_try: string | null = null) => ({
  id: 'lnk_1',
  team: 'default',
  repo_url: 'https://git.test/x',
  branch: 'main',
  path: 'policy-config.yaml',
  provider: 'generic',
  poll_interval_seconds: 60,
  status,
  last_sync: null,
  current_version: null,
  configuration_ids: [],
  error: status === 'error' ? { class: 'network', message: 'down', since: 'x', next_try } : null,
  webhook: null,
});

/** Answers in turn, the last for ever; how often it was asked to look is counted. */
async function follow(looks: ReturnType<typeof link>[], shown: ReturnType<typeof link>[], seconds = 30) {
  let asked = 0;
  let got = 0;
  api = await startFakeApi(({ method }) => {
    const [answers, at] = method === 'POST' ? [looks, asked++] : [shown, got++];
    return { status: method === 'POST' ? 202 : 200, body: answers[Math.min(at, answers.length - 1)] };
  });
  const settings = {
    url: api.url,
    urlSource: 'x',
    token: null,
    tokenSource: null,
    withheld: [],
    timeoutMs: 5000,
  };
  const client = apiClient(settings);
  const last = await followLink(client, await askToLook(client, 'lnk_1'), seconds, FAST);
  return { link: last.value, asked, got };
}

describe('following a link', () => {
  it('ends with the first answer that is synced', async () => {
    const ended = await follow([link('pending')], [link('pending'), link('synced'), link('pending')]);
    expect(ended).toMatchObject({ link: { status: 'synced' }, asked: 1, got: 2 });
  });

  it('takes an error for that of the new look when it was none before, or its next try is another', async () => {
    const fresh = await follow([link('pending')], [link('error', 't1')]);
    expect(fresh).toMatchObject({ link: { status: 'error' }, asked: 1, got: 1 });
    await api.close();
    const again = await follow([link('error', 't1')], [link('error', 't1'), link('error', 't2')]);
    expect(again).toMatchObject({ link: { error: { next_try: 't2' } }, got: 2 });
  });

  it('asks once more when the look was over before its answer was read', async () => {
    const over = link('error', 'after the first look');
    const ended = await follow([over, link('error', 'hinted')], [over]);
    expect(ended).toMatchObject({ link: { error: { next_try: 'after the first look' } }, asked: 2 });
  });

  it('cannot tell when the time is over', async () => {
    await expect(follow([link('pending')], [link('pending')], 0)).rejects.toMatchObject({
      exit: 2,
      message: expect.stringContaining('not synced within 0 s'),
    });
  });
});
