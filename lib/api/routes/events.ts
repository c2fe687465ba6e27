/** Routes of events: the audit log, and what gateways decided. */
import type * as z from 'zod';
import { NO_TEAM, teamListed } from '../auth.ts';
import { invalidField } from '../errors.ts';
import { nextLink, pageAt } from '../paging.ts';
import { route } from '../route.ts';
import { EVENT_LIST, EVENT_QUERY, secondsBack } from '../schemas/events.ts';
import { eventView } from '../views/event.ts';

const EVENTS = '/v1/events';

/** Days are read one after the other: a question about all of time would never end. */
const MOST_DAYS = 366;

export const EVENT_ROUTES = [
  route({
    method: 'get',
    path: EVENTS,
    needs: 'events:read',
    summary: 'What happened, oldest first',
    query: EVENT_QUERY,
    status: 200,
    response: EVENT_LIST,
    async handle({ query, session }, { events, clock, settings }) {
      refuseContradictions(query);
      const team = teamListed(query.team, session);
      if (team === NO_TEAM) return { body: { data: [], next: null } };
      const since = sinceAsked(query.since, clock.now());
      const page = await pageAt(query.cursor, (after) =>
        events.list({
          since,
          team,
          type: query.type ?? null,
          configurationId: query.configuration_id ?? null,
          gatewayId: query.gateway_id ?? null,
          verdict: query.verdict ?? null,
          limit: query.limit,
          after,
        }),
      );
      // As a time: further on, "5m" would mean another five minutes.
      const asked = { ...query, since: since.toISOString() };
      return {
        body: { data: page.items.map(eventView), next: page.next },
        headers: nextLink(settings.publicUrl, EVENTS, asked, page.next),
      };
    },
  }),
];

/** What no event can be is a mistake of whoever asks, and no reason to say that there was none. */
function refuseContradictions({ type, verdict, configuration_id }: z.output<typeof EVENT_QUERY>): void {
  if (verdict !== undefined && type !== undefined && type !== 'decision')
    throw invalidField('verdict', `is of decisions alone, and type is ${type}`);
  if (configuration_id !== undefined && (type === 'decision' || verdict !== undefined))
    throw invalidField('configuration_id', 'decisions are listed by gateway: ask with gateway_id');
}

function sinceAsked(text: string, now: Date): Date {
  const seconds = secondsBack(text);
  const since = new Date(seconds === null ? Date.parse(text) : now.getTime() - seconds * 1000);
  if (since.getTime() < now.getTime() - MOST_DAYS * 86_400_000)
    throw invalidField('since', `is more than ${MOST_DAYS} days ago`);
  return since;
}
