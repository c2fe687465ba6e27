/** Routes of the system itself: health, metrics, keys, and the description of the API. */
import { Refusal } from '../errors.ts';
import { metricsText } from '../metrics.ts';
import { route } from '../route.ts';
import { HEALTH, KEYS } from '../schemas/system.ts';

const READY_LIMIT_MS = 5000;

/** A key that is new is announced before it signs; a cached answer of this age does no harm. */
export const PUBLIC_CACHE = { 'cache-control': 'public, max-age=300' };

export const SYSTEM_ROUTES = [
  route({
    method: 'get',
    path: '/healthz',
    needs: 'public',
    summary: 'Whether the process answers',
    status: 200,
    response: HEALTH,
    handle: async () => ({ body: { status: 'ok' as const } }),
  }),

  route({
    method: 'get',
    path: '/readyz',
    needs: 'public',
    summary: 'Whether what the API depends on answers',
    status: 200,
    response: HEALTH,
    async handle(_request, ports) {
      await Promise.race([ports.ready(), tooLate()]).catch(() => {
        throw new Refusal('unavailable', 'not_ready', 'not ready', { headers: { 'retry-after': '1' } });
      });
      return { body: { status: 'ready' as const } };
    },
  }),

  route({
    method: 'get',
    path: '/metrics',
    needs: 'configurations:read',
    summary: 'Metrics for Prometheus; of one team with a token of that team',
    status: 200,
    response: { mediaType: 'text/plain; version=0.0.4; charset=utf-8' },
    handle: async ({ session }, ports) => ({ body: await metricsText(session, ports) }),
  }),

  route({
    method: 'get',
    path: '/v1/keys',
    needs: 'public',
    summary: 'The keys that manifests are signed with, as a JWK set (RFC 7517)',
    status: 200,
    response: KEYS,
    async handle(_request, { signingKeys }) {
      const keys = await signingKeys.list();
      return { body: { keys: keys.map((key) => ({ ...key })) }, headers: PUBLIC_CACHE };
    },
  }),
];

function tooLate(): Promise<never> {
  return new Promise((_, reject) => {
    setTimeout(() => reject(new Error('not ready in time')), READY_LIMIT_MS).unref();
  });
}
