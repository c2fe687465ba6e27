/** Routes of tokens, and who the caller is. */

import type { Token } from '../../domain/token.ts';
import { createToken, revokeToken } from '../../pipeline/manage/tokens.ts';
import type { Session } from '../auth.ts';
import { notFound } from '../errors.ts';
import { nextLink, pageOfWanted } from '../paging.ts';
import type { ApiPorts } from '../ports.ts';
import { route } from '../route.ts';
import { CREATED_TOKEN, TOKEN, TOKEN_LIST, TOKEN_QUERY, TOKEN_REQUEST } from '../schemas/tokens.ts';
import { tokenView } from '../views/token.ts';
import { tokenAsked } from './token-wish.ts';

const TOKENS = '/v1/tokens';

export const TOKEN_ROUTES = [
  route({
    method: 'post',
    path: TOKENS,
    needs: 'tokens:write',
    summary: 'Create a token that may do no more than the one that asks',
    body: TOKEN_REQUEST,
    status: 201,
    response: CREATED_TOKEN,
    async handle({ body, session }, ports) {
      const { token, text } = await createToken(tokenAsked(body, session, ports.clock.now()), session, ports);
      return { body: { ...tokenView(token), token: text } };
    },
  }),

  route({
    method: 'get',
    path: TOKENS,
    needs: 'tokens:read',
    summary: 'List tokens that have not expired',
    query: TOKEN_QUERY,
    status: 200,
    response: TOKEN_LIST,
    async handle({ query, session }, { tokens, clock, settings }) {
      const now = clock.now();
      const page = await pageOfWanted(
        query.cursor,
        (after) => tokens.list(session.token?.team ?? null, after),
        (token) => !hasExpired(token, now),
      );
      return {
        body: { data: page.items.map(tokenView), ...(page.next === null ? {} : { next: page.next }) },
        headers: nextLink(settings.publicUrl, TOKENS, query, page.next),
      };
    },
  }),

  route({
    method: 'delete',
    path: '/v1/tokens/{id}',
    needs: 'tokens:write',
    summary: 'Revoke a token',
    status: 204,
    response: null,
    async handle({ params, session }, ports) {
      const token = await findToken(params.id, session, ports);
      if (!(await revokeToken(token, session, ports))) throw notFound('token');
      return { body: null };
    },
  }),

  route({
    method: 'get',
    path: '/v1/whoami',
    needs: 'token',
    summary: 'Who the token is, and what it may do',
    status: 200,
    response: TOKEN,
    async handle({ session: { token } }) {
      if (!token) throw notFound('token');
      return { body: tokenView(token) };
    },
  }),
];

async function findToken(id: string, session: Session, { tokens, clock }: ApiPorts): Promise<Token> {
  const token = await tokens.find(id);
  if (!token || !isShown(token, session) || hasExpired(token, clock.now())) throw notFound('token');
  return token;
}

/** Tokens of the whole organisation are nothing to a team. */
function isShown(token: Token, session: Session): boolean {
  return session.token?.team == null || token.team === session.token.team;
}

/** DynamoDB deletes expired rows when it gets to it. */
function hasExpired({ expiresAt }: Token, now: Date): boolean {
  return expiresAt !== null && Date.parse(expiresAt) <= now.getTime();
}
