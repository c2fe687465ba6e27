/** Routes of configurations. */
import { type Configuration, configurationIdFrom } from '../../domain/configuration.ts';
import {
  type ConfigurationOutcome,
  createConfiguration,
  removeConfiguration,
  updateConfiguration,
} from '../../pipeline/manage/configurations.ts';
import { NO_TEAM, type Session, teamFor, teamListed, visible } from '../auth.ts';
import { changedMeanwhile, conflict, invalidField, invalidPolicy } from '../errors.ts';
import { nextLink, pageAt } from '../paging.ts';
import type { ApiPorts } from '../ports.ts';
import { route } from '../route.ts';
import {
  CONFIGURATION,
  CONFIGURATION_LIST,
  CONFIGURATION_PATCH,
  CONFIGURATION_QUERY,
  CONFIGURATION_REQUEST,
} from '../schemas/configurations.ts';
import { configurationView } from '../views/configuration.ts';

const CONFIGURATIONS = '/v1/configurations';
const ONE = '/v1/configurations/{id}';

/** A deleted one keeps its row, but is not there. */
export async function findConfiguration(
  id: string,
  session: Session,
  { configurations }: ApiPorts,
): Promise<Configuration> {
  const found = await configurations.find(id);
  return visible(found?.deletedAt === null ? found : null, 'configuration', session);
}

export const CONFIGURATION_ROUTES = [
  route({
    method: 'get',
    path: CONFIGURATIONS,
    needs: 'configurations:read',
    summary: 'List configurations',
    query: CONFIGURATION_QUERY,
    status: 200,
    response: CONFIGURATION_LIST,
    async handle({ query, session }, { configurations, clock, settings }) {
      const team = teamListed(query.team, session);
      if (team === NO_TEAM) return { body: { data: [] } };
      const page = await pageAt(query.cursor, (after) => configurations.list(team, after));
      const data = page.items
        .filter(({ deletedAt }) => deletedAt === null)
        .map((configuration) => configurationView(configuration, clock.now()));
      return {
        body: { data, ...(page.next === null ? {} : { next: page.next }) },
        headers: nextLink(settings.publicUrl, CONFIGURATIONS, query, page.next),
      };
    },
  }),

  route({
    method: 'post',
    path: CONFIGURATIONS,
    needs: 'configurations:write',
    summary: 'Create a configuration that is fed through the API',
    body: CONFIGURATION_REQUEST,
    status: 201,
    response: CONFIGURATION,
    async handle({ body, session }, ports) {
      const id = body.id ?? configurationIdFrom(body.name);
      if (id === null) throw invalidField('id', 'cannot be made from this name; give one');
      const { name, description, labels, policy_yaml: policyYaml = null } = body;
      const wish = { id, team: teamFor(body.team, session), name, description, labels, policyYaml };
      const created = done(await createConfiguration(wish, session, ports));
      const location = `${ports.settings.publicUrl}${CONFIGURATIONS}/${created.id}`;
      return { body: configurationView(created, ports.clock.now()), headers: { location } };
    },
  }),

  route({
    method: 'get',
    path: ONE,
    needs: 'configurations:read',
    summary: 'Show a configuration',
    status: 200,
    response: CONFIGURATION,
    async handle({ params, session }, ports) {
      const configuration = await findConfiguration(params.id, session, ports);
      return { body: configurationView(configuration, ports.clock.now()) };
    },
  }),

  route({
    method: 'patch',
    path: ONE,
    needs: 'configurations:write',
    summary: 'Change a configuration; a new document becomes a new version, active at once',
    body: CONFIGURATION_PATCH,
    status: 200,
    response: CONFIGURATION,
    async handle({ params, body, session }, ports) {
      const before = await findConfiguration(params.id, session, ports);
      const { policy_yaml: policyYaml, ...settings } = body;
      const after = done(await updateConfiguration(before, { ...settings, policyYaml }, session, ports));
      return { body: configurationView(after, ports.clock.now()) };
    },
  }),

  route({
    method: 'delete',
    path: ONE,
    needs: 'configurations:write',
    summary: 'Delete a configuration that nothing feeds and no gateway runs',
    status: 204,
    response: null,
    async handle({ params, session }, ports) {
      const configuration = await findConfiguration(params.id, session, ports);
      const outcome = await removeConfiguration(configuration, session, ports);
      if (outcome.kind === 'fed by git') throw fedByGit(outcome.linkId);
      if (outcome.kind === 'bound')
        throw conflict(
          'gateway_bound',
          `a gateway runs this configuration: ${outcome.gatewayId}; unbind it first`,
        );
      if (outcome.kind === 'conflict') throw changedMeanwhile();
      return { body: null };
    },
  }),
];

function done(outcome: ConfigurationOutcome): Configuration {
  if (outcome.kind === 'done') return outcome.configuration;
  if (outcome.kind === 'invalid') throw invalidPolicy(outcome.findings);
  if (outcome.kind === 'fed by git') throw fedByGit(outcome.linkId);
  if (outcome.kind === 'id taken') throw conflict('id_taken', 'id: this configuration id is taken');
  throw changedMeanwhile();
}

const fedByGit = (linkId: string) =>
  conflict('fed_by_git', `git feeds this configuration, by the link ${linkId}: change the file, or unlink`);
