/** Routes of history: what a gateway enforced, and who put it there. */
import { recall, recallAt } from '../../pipeline/recall.ts';
import { invalidField } from '../errors.ts';
import { nextLink, pageAt } from '../paging.ts';
import { route } from '../route.ts';
import { HISTORY, HISTORY_QUERY } from '../schemas/history.ts';
import { answerView, entryView, memoryView } from '../views/history.ts';
import { findGateway } from './gateways.ts';

export const HISTORY_ROUTES = [
  route({
    method: 'get',
    path: '/v1/gateways/{id}/history',
    needs: 'gateways:read',
    summary: 'What the gateway enforced, at a time or over a time, and who put it there',
    query: HISTORY_QUERY,
    status: 200,
    response: HISTORY,
    async handle({ params, query, session }, ports) {
      const gateway = await findGateway(params.id, session, ports);
      const now = ports.clock.now();
      const { at, since, until, limit } = query;
      if (at !== undefined) {
        if (Date.parse(at) > now.getTime()) throw invalidField('at', 'is in the future');
        const memory = await recallAt(gateway, new Date(at), ports);
        const answer = answerView(at, memory);
        return { body: { gateway_id: gateway.id, ...memoryView(memory), answer, data: [] } };
      }
      const range = {
        since: since === undefined ? new Date(0) : new Date(since),
        // What was stored this very moment is part of it.
        until: until === undefined ? new Date(now.getTime() + 1) : new Date(until),
        limit,
      };
      const { after, ends } = placeOf(query.cursor);
      const page = await pageAt(after, (place) => recall(gateway, { ...range, after: place, ends }, ports));
      const next = page.next && cursorOf(page.next);
      const path = `/v1/gateways/${gateway.id}/history`;
      return {
        body: {
          gateway_id: gateway.id,
          ...memoryView(page),
          answer: null,
          data: page.entries.map(entryView),
          ...(next === null ? {} : { next }),
        },
        headers: nextLink(ports.settings.publicUrl, path, query, next),
      };
    },
  }),
];

interface Place {
  readonly after: string;
  readonly ends: string | null;
}

/** The end of the newest entry of a page is on the page before: it goes with the cursor. */
function cursorOf(place: Place): string {
  return Buffer.from(JSON.stringify(place)).toString('base64url');
}

/** A forged one can at most begin elsewhere, and show another end of its first entry, to whoever forged it. */
function placeOf(cursor: string | undefined): { after: string | undefined; ends: string | null } {
  if (cursor === undefined) return { after: undefined, ends: null };
  try {
    const place: Partial<Place> = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));
    const { after, ends = null } = place;
    const isTime = ends === null || (typeof ends === 'string' && !Number.isNaN(Date.parse(ends)));
    if (typeof after === 'string' && isTime) return { after, ends };
  } catch {
    // Answered below, as what can be read and is none of ours.
  }
  throw invalidField('cursor', 'is not a cursor of this listing');
}
