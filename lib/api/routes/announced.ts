/** Routes of what a gateway must run: what was announced, asked for or sent once more. */
import type { Gateway } from '../../domain/gateway.ts';
import { type ResendOutcome, resendReload } from '../../pipeline/manage/gateways.ts';
import { conflict, notFound, Refusal } from '../errors.ts';
import { unlessCurrent } from '../etag.ts';
import type { ApiPorts } from '../ports.ts';
import { route } from '../route.ts';
import { ANNOUNCED } from '../schemas/gateways.ts';
import { RELOAD_SENT } from '../schemas/reports.ts';
import { findGateway } from './gateways.ts';
import { contentOf } from './versions.ts';

export const ANNOUNCED_ROUTES = [
  route({
    method: 'post',
    path: '/v1/gateways/{id}/reload',
    needs: 'gateways:write',
    summary: 'Send the gateway once more what it must run',
    status: 202,
    response: RELOAD_SENT,
    async handle({ params, session }, ports) {
      const gateway = await findGateway(params.id, session, ports);
      const outcome = await resendReload(gateway, session, ports);
      if (outcome.kind !== 'sent') {
        const [code, message] = NOT_SENT[outcome.kind];
        throw conflict(code, message);
      }
      return { body: { sent: true as const, sequence: outcome.sequence } };
    },
  }),

  route({
    method: 'get',
    path: '/v1/gateways/{id}/configuration',
    needs: 'gateway',
    summary: 'What the gateway must run, signed',
    status: 200,
    response: ANNOUNCED,
    async handle({ params, session, ifNoneMatch }, ports) {
      const own = session.token?.gatewayId ?? null;
      if (own !== null && own !== params.id) throw notFound('gateway');
      const gateway = await findGateway(params.id, session, ports);
      const { manifest, signature } = await announcedFor(gateway, ports);
      return unlessCurrent(`${manifest.sequence}.${manifest.content_hash}`, ifNoneMatch, async () => {
        const content = Buffer.from(await contentOf(manifest.content_hash, ports)).toString('utf8');
        return { manifest: { ...manifest }, signature: { ...signature }, content };
      });
    },
  }),
];

const NOT_SENT = {
  'not bound': ['not_bound', 'the gateway is not bound to a configuration; PATCH it with a configuration_id'],
  'not announced': [
    'not_announced',
    'no version of the configuration was announced yet: there is nothing to send',
  ],
  'queue gone': ['queue_gone', 'the queue of the gateway is not there; register the gateway anew'],
} as const satisfies Record<Exclude<ResendOutcome['kind'], 'sent'>, readonly [code: string, message: string]>;

/** Only what was announced is signed, so nothing else is ever handed out. */
async function announcedFor({ configurationId }: Gateway, { configurations }: ApiPorts) {
  if (configurationId === null)
    throw new Refusal('not_found', 'not_bound', 'the gateway is not bound to a configuration');
  const configuration = await configurations.find(configurationId);
  if (!configuration || configuration.deletedAt !== null) throw notFound('configuration');
  if (configuration.announced) return configuration.announced;
  const message = 'no version of the configuration was announced yet; ask again in a moment';
  throw new Refusal('unavailable', 'not_announced', message, { headers: { 'retry-after': '1' } });
}
