/** Routes of versions: what was published, and which of it is in force. */
import type { Configuration } from '../../domain/configuration.ts';
import { HOLD_MINUTES, holdStands } from '../../domain/hold.ts';
import type { Version } from '../../domain/version.ts';
import { activate, releaseHold } from '../../pipeline/activate.ts';
import type { Session } from '../auth.ts';
import { changedMeanwhile, conflict, invalidField, notFound } from '../errors.ts';
import { unlessCurrent } from '../etag.ts';
import { nextLink, pageAt } from '../paging.ts';
import type { ApiPorts } from '../ports.ts';
import { route } from '../route.ts';
import { CONFIGURATION } from '../schemas/configurations.ts';
import { ACTIVATE_REQUEST, VERSION, VERSION_LIST, VERSION_QUERY } from '../schemas/versions.ts';
import { configurationView, versionView } from '../views/configuration.ts';
import { findConfiguration } from './configurations.ts';

export async function findVersion(
  { id, v }: { id: string; v: string },
  session: Session,
  ports: ApiPorts,
): Promise<{ configuration: Configuration; version: Version }> {
  const configuration = await findConfiguration(id, session, ports);
  const version = await ports.versions.find(id, v);
  if (!version) throw notFound('version');
  return { configuration, version };
}

export const VERSION_ROUTES = [
  route({
    method: 'get',
    path: '/v1/configurations/{id}/versions',
    needs: 'configurations:read',
    summary: 'List versions, newest first',
    query: VERSION_QUERY,
    status: 200,
    response: VERSION_LIST,
    async handle({ params, query, session }, ports) {
      const configuration = await findConfiguration(params.id, session, ports);
      const page = await pageAt(query.cursor, (after) => ports.versions.list(params.id, query.limit, after));
      const path = `/v1/configurations/${params.id}/versions`;
      return {
        body: page.items.map((version) => versionView(version, configuration)),
        headers: nextLink(ports.settings.publicUrl, path, query, page.next),
      };
    },
  }),

  route({
    method: 'get',
    path: '/v1/configurations/{id}/versions/{v}',
    needs: 'configurations:read',
    summary: 'Show a version, by number or id',
    status: 200,
    response: VERSION,
    async handle({ params, session }, ports) {
      const { configuration, version } = await findVersion(params, session, ports);
      return { body: versionView(version, configuration) };
    },
  }),

  route({
    method: 'get',
    path: '/v1/configurations/{id}/versions/{v}/content',
    needs: 'configurations:read',
    summary: 'The exact bytes of a version',
    status: 200,
    response: { mediaType: 'application/yaml' },
    async handle({ params, session, ifNoneMatch }, ports) {
      const { contentHash } = (await findVersion(params, session, ports)).version;
      return unlessCurrent(contentHash, ifNoneMatch, () => contentOf(contentHash, ports));
    },
  }),

  route({
    method: 'post',
    path: '/v1/configurations/{id}/versions/{v}/activate',
    needs: 'configurations:activate',
    summary: 'Put a version in force at once, and hold it against git for a while if asked to',
    body: ACTIVATE_REQUEST,
    status: 200,
    response: CONFIGURATION,
    async handle({ params, body, session }, ports) {
      await findVersion(params, session, ports);
      const now = ports.clock.now();
      const hold = body.hold ? { until: holdEnd(body.hold, now) } : null;
      const outcome = await activate(params.id, params.v, { reason: body.reason, hold }, session, ports);
      if (outcome.kind === 'no such version') throw notFound('version');
      if (outcome.kind === 'nothing to hold against')
        throw conflict(
          'nothing_to_hold',
          'hold: git does not feed this configuration, so nothing would override it',
        );
      if (outcome.kind === 'conflict') throw changedMeanwhile();
      return { body: configurationView(outcome.configuration, now) };
    },
  }),

  route({
    method: 'delete',
    path: '/v1/configurations/{id}/hold',
    needs: 'configurations:activate',
    summary: 'Lift the hold: git takes over at once',
    status: 204,
    response: null,
    async handle({ params, session }, ports) {
      const { hold } = await findConfiguration(params.id, session, ports);
      const stands = hold !== null && holdStands(hold, ports.clock.now());
      if (!stands || !(await releaseHold(params.id, session, ports))) throw notFound('hold');
      return { body: null };
    },
  }),
];

/** The row of a version is written with its content: one without the other is our fault, not a 404. */
export async function contentOf(contentHash: string, { versions }: ApiPorts): Promise<Uint8Array> {
  const content = await versions.content(contentHash);
  if (!content) throw new Error(`content ${contentHash} is missing`);
  return content;
}

function holdEnd(
  { minutes, until }: { minutes?: number | undefined; until?: string | undefined },
  now: Date,
) {
  const end = new Date(minutes === undefined ? Date.parse(until ?? '') : now.getTime() + minutes * 60_000);
  if (end <= now) throw invalidField('hold.until', 'is in the past');
  if (end.getTime() > now.getTime() + HOLD_MINUTES.most * 60_000)
    throw invalidField('hold.until', `is more than ${HOLD_MINUTES.most / 1440} days ahead`);
  return end;
}
