/** Routes of links: `/v1/git-repos`. */

import { linkStatus, MOST_LINKS } from '../../domain/source.ts';
import { lookNow } from '../../pipeline/activate.ts';
import { rotateHookSecret } from '../../pipeline/manage/hooks.ts';
import { createLink, removeLink, updateLink } from '../../pipeline/manage/links.ts';
import { isBadSigningToken } from '../../providers/gitlab.ts';
import { NO_TEAM, type Session, teamFor, teamListed, visible } from '../auth.ts';
import { changedMeanwhile, conflict, invalid, invalidField, notFound, type Refusal } from '../errors.ts';
import { nextLink, pageOfWanted } from '../paging.ts';
import type { ApiPorts } from '../ports.ts';
import { route } from '../route.ts';
import {
  HOOK_SECRET,
  HOOK_SECRET_REQUEST,
  LINK,
  LINK_LIST,
  LINK_PATCH,
  LINK_QUERY,
  LINK_REQUEST,
  NO_FIELDS,
} from '../schemas/links.ts';
import { linkView, webhookView } from '../views/link.ts';
import { patchAsked, wishAsked } from './link-wish.ts';

const REPOS = '/v1/git-repos';
const REPO = '/v1/git-repos/{id}';

async function findLink(id: string, session: Session, ports: ApiPorts) {
  const found = await ports.links.findWithSource(id);
  const link = visible(found?.link, 'link', session);
  return { link, source: found?.source ?? null };
}

export const LINK_ROUTES = [
  route({
    method: 'post',
    path: REPOS,
    needs: 'configurations:write',
    summary: 'Link a file or a directory of a repository',
    body: LINK_REQUEST,
    status: 201,
    response: LINK,
    async handle({ body, session }, ports) {
      const { publicUrl, gitAllowedNetworks } = ports.settings;
      const wish = wishAsked(body, teamFor(body.team, session), gitAllowedNetworks);
      const outcome = await createLink(wish, session, ports);
      if (outcome.kind === 'no such configuration') throw noSuchConfiguration();
      if (outcome.kind === 'conflict') throw changedMeanwhile();
      if (outcome.kind === 'linked already')
        throw conflict('linked_already', `this path of this branch is linked already: ${outcome.linkId}`);
      if (outcome.kind === 'configuration is fed') throw fedBy(outcome.by);
      if (outcome.kind === 'other provider')
        throw conflict(
          'other_provider',
          `this repository is linked already, with the provider ${outcome.provider}`,
        );
      if (outcome.kind === 'too many links') throw tooManyLinks();
      const { link, source, secret } = outcome;
      const view = linkView(link, source, publicUrl);
      const webhook = view.webhook && { ...view.webhook, ...(secret === null ? {} : { secret }) };
      return { body: { ...view, webhook }, headers: { location: `${publicUrl}${REPOS}/${link.id}` } };
    },
  }),

  route({
    method: 'get',
    path: REPOS,
    needs: 'configurations:read',
    summary: 'List links',
    query: LINK_QUERY,
    status: 200,
    response: LINK_LIST,
    async handle({ query, session }, { links, settings }) {
      const team = teamListed(query.team, session);
      if (team === NO_TEAM) return { body: [] };
      const page = await pageOfWanted(
        query.cursor,
        (after) => links.list(team, after),
        ({ link, source }) => query.status === undefined || linkStatus(link, source) === query.status,
      );
      return {
        body: page.items.map(({ link, source }) => linkView(link, source, settings.publicUrl)),
        headers: nextLink(settings.publicUrl, REPOS, query, page.next),
      };
    },
  }),

  route({
    method: 'get',
    path: REPO,
    needs: 'configurations:read',
    summary: 'Show a link',
    status: 200,
    response: LINK,
    async handle({ params, session }, ports) {
      const { link, source } = await findLink(params.id, session, ports);
      return { body: linkView(link, source, ports.settings.publicUrl) };
    },
  }),

  route({
    method: 'patch',
    path: REPO,
    needs: 'configurations:write',
    summary: 'Change how a link is read, or what it feeds',
    body: LINK_PATCH,
    status: 200,
    response: LINK,
    async handle({ params, body, session }, ports) {
      const { link } = await findLink(params.id, session, ports);
      const patch = patchAsked(body, link);
      const outcome = await updateLink(link, patch, session, ports);
      if (outcome.kind === 'token needed')
        throw invalidField('access_token', 'must be given again when the user name changes');
      if (outcome.kind === 'no such configuration') throw noSuchConfiguration();
      if (outcome.kind === 'configuration is fed') throw fedBy(outcome.by);
      if (outcome.kind === 'too many links') throw tooManyLinks();
      if (outcome.kind === 'conflict') throw changedMeanwhile();
      const after = await findLink(params.id, session, ports);
      return { body: linkView(after.link, after.source, ports.settings.publicUrl) };
    },
  }),

  route({
    method: 'delete',
    path: REPO,
    needs: 'configurations:write',
    summary: 'Unlink; what it fed stays active',
    status: 204,
    response: null,
    async handle({ params, session }, ports) {
      const { link } = await findLink(params.id, session, ports);
      if (!(await removeLink(link, session, ports))) throw notFound('link');
      return { body: null };
    },
  }),

  route({
    method: 'post',
    path: '/v1/git-repos/{id}/sync',
    needs: 'configurations:write',
    summary: 'Look at the repository now',
    body: NO_FIELDS,
    status: 202,
    response: LINK,
    async handle({ params, session }, ports) {
      const { link } = await findLink(params.id, session, ports);
      await lookNow(link.sourceId, ports);
      const after = await findLink(params.id, session, ports);
      return { body: linkView(after.link, after.source, ports.settings.publicUrl) };
    },
  }),

  route({
    method: 'post',
    path: '/v1/git-repos/{id}/hook-secret',
    needs: 'configurations:write',
    summary: 'Rotate the secret that signs deliveries',
    body: HOOK_SECRET_REQUEST,
    status: 200,
    response: HOOK_SECRET,
    async handle({ params, body, session }, ports) {
      const { link } = await findLink(params.id, session, ports);
      if (link.provider === 'gitlab' && body.secret !== undefined && isBadSigningToken(body.secret))
        throw invalidField(
          'secret',
          'begins with whsec_ but is not a signing token: 24 bytes or more in base64 must follow',
        );
      const wish = { secret: body.secret ?? null, overlapSeconds: body.overlap_seconds };
      const outcome = await rotateHookSecret(link, wish, session, ports);
      if (outcome.kind === 'no hook')
        throw conflict('no_webhook', 'a generic repository is polled only: it has no webhook');
      if (outcome.kind === 'conflict') throw changedMeanwhile();
      const { hook, secret, oldUntil } = outcome;
      const view = webhookView(hook.id, hook.provider, ports.settings.publicUrl);
      return { body: { webhook: { ...view, secret, old_secret_valid_until: oldUntil } } };
    },
  }),
];

function noSuchConfiguration(): Refusal {
  const message = 'there is no such configuration; create it first, or let it be created';
  return invalid([{ field: 'configuration_id', message }], 'configuration_not_found');
}

const tooManyLinks = () =>
  conflict(
    'too_many_links',
    `one branch, read with one credential, has at most ${MOST_LINKS} links: link a directory instead of its files`,
  );

const fedBy = (linkId: string) =>
  conflict('configuration_fed', `configuration_id: this configuration is fed by another link: ${linkId}`);
