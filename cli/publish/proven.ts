/** Proven: the document that a gateway is known to run. */
import { sha256Hex } from '../../lib/domain/ids.ts';
import type { Api } from '../api-client.ts';
import { clean } from '../clean.ts';
import { readVersion } from '../diff/references.ts';
import { EXIT } from '../exit-code.ts';
import { Failure } from '../failure.ts';
import type { BoundGateway, Convergence, Standing } from './answers.ts';
import { readConvergence } from './standings.ts';

export interface Proven {
  readonly configuration: string;
  readonly number: number;
  readonly bytes: Uint8Array;
}

/** With `unverified`, what the gateway must run is good enough when it is not known to run anything else. */
export async function readProven(
  api: Api,
  gateway: BoundGateway,
  { unverified }: { readonly unverified: boolean },
): Promise<Proven> {
  const who = clean(gateway.id);
  const { configuration_id: configuration } = gateway;
  if (configuration === null)
    throw new Failure(EXIT.no, `gateway ${who} is bound to nothing: there is nothing to take from it`);
  const convergence = await readConvergence(api, configuration);
  const { version_id: version, number, content_hash: contentHash, gateways } = convergence;
  if (version === null || number === null || contentHash === null)
    throw new Failure(EXIT.no, `configuration ${clean(configuration)} of gateway ${who} has no version yet`);
  const standing = gateways.find(({ id }) => id === gateway.id) ?? null;
  requireProof(who, standing, convergence, unverified);
  const bytes = await readVersion(api, configuration, version);
  if (sha256Hex(bytes) !== contentHash)
    throw new Failure(
      EXIT.unknown,
      `what the API answers for version ${number} of ${clean(configuration)} does not hash to ${contentHash}`,
    );
  return { configuration, number, bytes };
}

function requireProof(
  who: string,
  standing: Standing | null,
  { number, content_hash: wanted }: Convergence,
  unverified: boolean,
): void {
  if (standing?.state === 'converged') return;
  if (standing?.state === 'refused')
    throw new Failure(
      EXIT.no,
      `gateway ${who} refused version ${number}: ${clean(standing.reason ?? 'it gave no reason')}`,
    );
  const runs = standing?.content_hash ?? null;
  if (standing && runs !== null && runs !== wanted)
    throw new Failure(EXIT.no, `gateway ${who} runs ${runs}, not version ${number} (${wanted})`, [
      `It ${standing.state === 'offline' ? 'was last heard' : 'said so'} ${standing.last_heartbeat ?? standing.since ?? 'at an unknown time'}.`,
    ]);
  if (unverified) return;
  throw new Failure(EXIT.unknown, `gateway ${who} ${doubtAbout(standing)}`, [
    `--unverified takes version ${number}, which it is told to run, all the same.`,
  ]);
}

function doubtAbout(standing: Standing | null): string {
  if (
    !standing ||
    (standing.content_hash === null && standing.since === null && standing.last_heartbeat === null)
  )
    return 'never said what it runs';
  if (standing.content_hash === null) return 'runs nothing that is known';
  if (standing.state === 'offline') return `has been silent since ${standing.since ?? 'an unknown time'}`;
  return 'has not proven by a receipt what it runs';
}
