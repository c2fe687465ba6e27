/** Queue credentials: asked for by a gateway, answered for its own queue, whatever lends them. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { QueueAccess, QueueLoan } from '../../lib/ports.ts';
import { startApi } from '../support/api.ts';

let server: Awaited<ReturnType<typeof startApi>>;
beforeAll(async () => {
  server = await startApi();
});
afterAll(() => server.close());

const LOAN: QueueLoan = {
  region: 'eu-west-1',
  endpoint: null,
  accessKeyId: 'ASIA1',
  secretAccessKey: 'secret',
  sessionToken: 'token',
  expiresAt: '2026-03-01T13:00:00.000Z',
};

/** Remembers who was lent what. */
function lender(answer: () => QueueLoan) {
  const lent: (readonly [queue: string, holder: string])[] = [];
  const queueAccess: QueueAccess = {
    lend: async (queueName, holder) => {
      lent.push([queueName, holder]);
      return answer();
    },
  };
  return { lent, queueAccess };
}

async function apiWith(answer: () => QueueLoan) {
  const { lent, queueAccess } = lender(answer);
  const api = await server.fresh({ queueAccess });
  const gateway = async (more: object = {}) => {
    const { id, token } = await api.created('/v1/gateways', { name: 'g', ...more });
    return { id, token, path: `/v1/gateways/${id}/queue-credentials` };
  };
  return { api, lent, gateway };
}

describe('queue credentials', () => {
  it('are for the gateway’s own queue, in its name', async () => {
    const { api, lent, gateway } = await apiWith(() => LOAN);
    const { id, token, path } = await gateway();
    const { status, json, headers } = await api.call('POST', path, { token });
    expect(status).toBe(200);
    expect(headers.get('cache-control')).toBe('no-store');
    expect(json).toEqual({
      queue_url: (await api.call('GET', `/v1/gateways/${id}`)).json.queue_url,
      region: 'eu-west-1',
      endpoint: null,
      credentials: {
        access_key_id: 'ASIA1',
        secret_access_key: 'secret',
        session_token: 'token',
        expires_at: '2026-03-01T13:00:00.000Z',
      },
    });
    expect(lent).toEqual([[json.queue_url.slice(json.queue_url.lastIndexOf('/') + 1), id]]);
  });

  it('are lent to nobody else, nor for a gateway that is not there', async () => {
    const { api, lent, gateway } = await apiWith(() => LOAN);
    const [one, other] = [await gateway({ team: 'red' }), await gateway({ team: 'red' })];
    const admin = await api.tokenFor('admin', 'red');
    expect((await api.refused(404, 'POST', one.path, { token: other.token })).code).toBe('not_found');
    expect((await api.refused(403, 'POST', one.path)).code).toBe('gateway_token_needed');
    await api.refused(403, 'POST', one.path, { token: admin });
    await api.refused(401, 'POST', one.path, { token: null });
    await api.refused(404, 'POST', '/v1/gateways/gw_none/queue-credentials', { token: one.token });
    expect(lent).toEqual([]);
  });

  it('leave no trace in the table', async () => {
    const { api, gateway } = await apiWith(() => LOAN);
    const { token, path } = await gateway();
    const before = await api.rows();
    await api.call('POST', path, { token });
    expect(await api.rows()).toEqual(before);
  });

  it('are to be asked for again when there were too many at once; any other failure says nothing of itself', async () => {
    let name = 'ThrottlingException';
    const { api, gateway } = await apiWith(() => {
      throw Object.assign(new Error('User: arn:aws:sts::1:… is not authorized'), { name });
    });
    const { token, path } = await gateway();
    const busy = await api.call('POST', path, { token });
    expect([busy.status, busy.headers.get('retry-after')]).toEqual([429, '1']);
    name = 'AccessDenied';
    const denied = await api.call('POST', path, { token });
    expect(denied.status).toBe(500);
    expect(denied.text).not.toContain('arn:');
  });
});
