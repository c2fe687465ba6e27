/** The route by which gateways tell what they decided. */
import { decisionEvent } from '../../domain/decision.ts';
import { notFound } from '../errors.ts';
import { route } from '../route.ts';
import { DECISIONS_REQUEST, DECISIONS_TAKEN } from '../schemas/decisions.ts';

export const DECISION_ROUTES = [
  route({
    method: 'post',
    path: '/v1/events',
    needs: 'own gateway',
    summary: 'What the gateway decided, in batches; to be repeated until it is taken',
    body: DECISIONS_REQUEST,
    status: 202,
    response: DECISIONS_TAKEN,
    async handle({ body: { events }, session }, { decisions, clock }) {
      // The token goes with its gateway: neither it nor its team need be looked up.
      const { gatewayId = null, team = null } = session.token ?? {};
      if (gatewayId === null || team === null) throw notFound('gateway');
      const gateway = { id: gatewayId, team, actor: session.actor };
      const now = clock.now();
      // Of an id that is there twice, the first.
      const once = new Map(events.toReversed().map((one) => [one.id, one]));
      const told = events.flatMap(({ event_type: _, ...decision }, index) =>
        once.get(decision.id) === events[index] ? decisionEvent(decision, gateway, now) : [],
      );
      const accepted = await decisions.add(told);
      return { body: { accepted, duplicates: events.length - accepted } };
    },
  }),
];
