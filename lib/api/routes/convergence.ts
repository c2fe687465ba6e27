/** Routes of convergence: what the gateways of a configuration really run. */
import { type Convergence, converge } from '../../pipeline/converge.ts';
import { nextLink } from '../paging.ts';
import { route } from '../route.ts';
import { CONVERGENCE, CONVERGENCE_QUERY } from '../schemas/convergence.ts';
import { convergenceView } from '../views/convergence.ts';
import { findConfiguration } from './configurations.ts';

/** Between two looks while waiting: a fleet is most often there within the second, else in a while. */
const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 2000;

export const CONVERGENCE_ROUTES = [
  route({
    method: 'get',
    path: '/v1/configurations/{id}/convergence',
    needs: 'gateways:read',
    summary: 'Which bound gateways run what is active, and how that is known',
    query: CONVERGENCE_QUERY,
    status: 200,
    response: CONVERGENCE,
    async handle({ params, query, session }, ports) {
      const look = async () => {
        const configuration = await findConfiguration(params.id, session, ports);
        const { limit, state = null, cursor: after = null } = query;
        return { configuration, convergence: await converge(configuration, { limit, state, after }, ports) };
      };
      const { configuration, convergence } = await lookUntilConverged(look, query.wait);
      const path = `/v1/configurations/${params.id}/convergence`;
      // The next page is asked for at once: what was waited for was waited for.
      const { wait: _waited, ...asked } = query;
      return {
        body: convergenceView(configuration, convergence),
        headers: nextLink(ports.settings.publicUrl, path, asked, convergence.next),
      };
    },
  }),
];

async function lookUntilConverged<Seen extends { readonly convergence: Convergence }>(
  look: () => Promise<Seen>,
  seconds: number,
): Promise<Seen> {
  const deadline = performance.now() + seconds * 1000;
  for (let pause = FIRST_PAUSE_MS; ; pause = Math.min(pause * 2, LONGEST_PAUSE_MS)) {
    const seen = await look();
    const left = deadline - performance.now();
    if (seen.convergence.converged || left <= 0) return seen;
    await new Promise((resolve) => setTimeout(resolve, Math.min(pause, left)));
  }
}
