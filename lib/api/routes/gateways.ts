/** Routes of gateways. */
import type { Gateway } from '../../domain/gateway.ts';
import { registerGateway, removeGateway, updateGateway } from '../../pipeline/manage/gateways.ts';
import { NO_TEAM, type Session, teamFor, teamListed, visible } from '../auth.ts';
import { changedMeanwhile, conflict, invalid, notFound } from '../errors.ts';
import { nextLink, pageAt } from '../paging.ts';
import type { ApiPorts } from '../ports.ts';
import { route } from '../route.ts';
import {
  GATEWAY,
  GATEWAY_LIST,
  GATEWAY_PATCH,
  GATEWAY_QUERY,
  GATEWAY_REQUEST,
  REGISTERED_GATEWAY,
} from '../schemas/gateways.ts';
import { gatewayView } from '../views/gateway.ts';

const GATEWAYS = '/v1/gateways';
const ONE = '/v1/gateways/{id}';

export async function findGateway(
  id: string,
  session: Session,
  { gateways }: Pick<ApiPorts, 'gateways'>,
): Promise<Gateway> {
  return visible(await gateways.find(id), 'gateway', session);
}

/** With what it last reported. */
async function viewOf(gateway: Gateway, { reports, reloads }: ApiPorts) {
  const report = (await reports.findAll([gateway.id])).get(gateway.id) ?? null;
  return gatewayView(gateway, reloads.urlOf(gateway.queueName), report);
}

export const GATEWAY_ROUTES = [
  route({
    method: 'post',
    path: GATEWAYS,
    needs: 'gateways:write',
    summary: 'Register a gateway',
    body: GATEWAY_REQUEST,
    status: 201,
    response: REGISTERED_GATEWAY,
    async handle({ body, session }, ports) {
      const team = teamFor(body.team, session);
      const { name, labels, public_key: publicKey = null, configuration_id: configurationId = null } = body;
      await refuseForeignConfiguration(configurationId, team, session, ports);
      const wish = { team, name, configurationId, publicKey, labels };
      const { gateway, token, queueUrl } = await registerGateway(wish, session, managing(ports));
      return {
        body: { id: gateway.id, name, configuration_id: configurationId, token, queue_url: queueUrl },
        headers: { location: `${ports.settings.publicUrl}${GATEWAYS}/${gateway.id}` },
      };
    },
  }),

  route({
    method: 'get',
    path: GATEWAYS,
    needs: 'gateways:read',
    summary: 'List gateways',
    query: GATEWAY_QUERY,
    status: 200,
    response: GATEWAY_LIST,
    async handle({ query, session }, { gateways, reports, reloads, settings }) {
      const team = teamListed(query.team, session);
      if (team === NO_TEAM) return { body: { data: [] } };
      const page = await pageAt(query.cursor, (after) => gateways.list(team, after));
      const reported = await reports.findAll(page.items.map(({ id }) => id));
      const data = page.items.map((gateway) =>
        gatewayView(gateway, reloads.urlOf(gateway.queueName), reported.get(gateway.id) ?? null),
      );
      return {
        body: { data, ...(page.next === null ? {} : { next: page.next }) },
        headers: nextLink(settings.publicUrl, GATEWAYS, query, page.next),
      };
    },
  }),

  route({
    method: 'get',
    path: ONE,
    needs: 'gateways:read',
    summary: 'Show a gateway',
    status: 200,
    response: GATEWAY,
    async handle({ params, session }, ports) {
      const gateway = await findGateway(params.id, session, ports);
      return { body: await viewOf(gateway, ports) };
    },
  }),

  route({
    method: 'patch',
    path: ONE,
    needs: 'gateways:write',
    summary: 'Change a gateway, or which configuration it runs',
    body: GATEWAY_PATCH,
    status: 200,
    response: GATEWAY,
    async handle({ params, body, session }, ports) {
      const before = await findGateway(params.id, session, ports);
      const { name, labels, public_key: publicKey, configuration_id: configurationId } = body;
      await refuseForeignConfiguration(configurationId ?? null, before.team, session, ports);
      const patch = { name, labels, publicKey, configurationId };
      const after = await updateGateway(before, patch, session, managing(ports));
      if (after === 'conflict') throw changedMeanwhile();
      return { body: await viewOf(after, ports) };
    },
  }),

  route({
    method: 'delete',
    path: ONE,
    needs: 'gateways:write',
    summary: 'Delete a gateway, its queue and its token',
    status: 204,
    response: null,
    async handle({ params, session }, ports) {
      const gateway = await findGateway(params.id, session, ports);
      if (!(await removeGateway(gateway, session, managing(ports)))) throw notFound('gateway');
      return { body: null };
    },
  }),
];

/** A gateway reads its configuration with its own token: it must not become a way into another team. */
async function refuseForeignConfiguration(
  id: string | null,
  team: string,
  session: Session,
  { configurations }: ApiPorts,
): Promise<void> {
  if (id === null) return;
  const found = await configurations.find(id);
  if (!found || found.deletedAt !== null || !session.sees(found.team)) {
    const message = 'there is no such configuration';
    const details = [{ field: 'configuration_id', message }];
    throw invalid(details, 'configuration_not_found');
  }
  if (found.team !== team)
    throw conflict(
      'other_team',
      'configuration_id: the configuration belongs to another team than the gateway',
    );
}

function managing(ports: ApiPorts) {
  return { ...ports, gatewayQueuePrefix: ports.settings.gatewayQueuePrefix };
}
