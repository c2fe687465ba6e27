/** Standings: what each gateway of a configuration was last heard to run. */
import type { Api } from '../api-client.ts';
import { CONVERGENCE, type Convergence, type Standing } from './answers.ts';

export const convergencePath = (configuration: string): string =>
  `/v1/configurations/${encodeURIComponent(configuration)}/convergence`;

/** With every gateway in it. Pages may be of different moments: the last word is the last page's. */
export async function readConvergence(api: Api, configuration: string): Promise<Convergence> {
  const gateways: Standing[] = [];
  let last: Convergence | null = null;
  for await (const { value } of api.pages(convergencePath(configuration), { limit: 1000 }, CONVERGENCE)) {
    gateways.push(...value.gateways);
    last = value;
  }
  if (!last) throw new Error('a listing has at least one page');
  return { ...last, gateways };
}
