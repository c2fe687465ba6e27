/** Routes of proofs: bundles that show, without us, what every gateway of a configuration runs. */
import { MOST_GATEWAYS_PROVEN } from '../../domain/proof.ts';
import { type ProveOutcome, prove } from '../../pipeline/prove.ts';
import { changedMeanwhile, conflict, type Refusal } from '../errors.ts';
import { route } from '../route.ts';
import { PROOF, PROOF_KEYS } from '../schemas/proof.ts';
import { PUBLIC_CACHE } from './system.ts';
import { findVersion } from './versions.ts';

export const PROOF_ROUTES = [
  route({
    method: 'get',
    path: '/v1/configurations/{id}/versions/{v}/proof',
    needs: 'gateways:read',
    summary: 'What shows that every bound gateway runs the version in force, to be verified offline',
    status: 200,
    response: PROOF,
    async handle({ params, session }, ports) {
      const { configuration, version } = await findVersion(params, session, ports);
      const outcome = await prove(configuration, version, ports);
      if (outcome.kind !== 'proof') throw refused(outcome);
      return { body: outcome.proof };
    },
  }),

  route({
    method: 'get',
    path: '/v1/proof-keys',
    needs: 'public',
    summary: 'The keys that proofs are sealed with, and nothing else, as a JWK set (RFC 7517)',
    status: 200,
    response: PROOF_KEYS,
    async handle(_request, { proofKeys }) {
      const keys = (await proofKeys.list()).map((key) => ({ ...key, purpose: 'proof' as const }));
      return { body: { keys }, headers: PUBLIC_CACHE };
    },
  }),
];

function refused({ kind }: Exclude<ProveOutcome, { kind: 'proof' }>): Refusal {
  if (kind === 'changed meanwhile') return changedMeanwhile();
  if (kind === 'not active')
    return conflict(
      'not_active',
      'the version is not in force: a proof is of what gateways run now; what they ran before is in GET /v1/gateways/{id}/history',
    );
  if (kind === 'not announced')
    return conflict('not_announced', 'the version in force was not announced yet; ask again in a moment');
  return conflict(
    'too_many_gateways',
    `more than ${MOST_GATEWAYS_PROVEN} gateways are bound: a proof in one piece holds no more`,
  );
}
