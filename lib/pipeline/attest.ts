/** Attest: take a gateway's signed receipt for what it was told to run. */
import type { Configuration } from '../domain/configuration.ts';
import { newEvent } from '../domain/event.ts';
import type { Gateway } from '../domain/gateway.ts';
import { isSignedBy, type Receipt, receiptId, type Statement } from '../domain/receipt.ts';
import type { Manifest } from '../domain/reload.ts';
import type { Announcements, Clock, Configurations, Receipts } from '../ports.ts';
import type { Caller } from './activate.ts';

export interface AttestPorts {
  readonly configurations: Pick<Configurations, 'find'>;
  readonly announcements: Pick<Announcements, 'at'>;
  readonly receipts: Pick<Receipts, 'add'>;
  readonly clock: Clock;
}

export type AttestOutcome =
  | { readonly kind: 'stored'; readonly receipt: Receipt }
  /** There is nothing to verify it with. */
  | { readonly kind: 'no key' }
  | { readonly kind: 'not bound' }
  | { readonly kind: 'not signed by the gateway' }
  /** The fields that are not those of what was announced; only the sequence, if nothing was announced under it. */
  | { readonly kind: 'not announced'; readonly fields: readonly (keyof Statement)[] };

/**
 * Nothing is stored that the gateway's key did not sign, or that tells of something it was never told to run. A
 * receipt for what it ran under an earlier binding is refused: it would say nothing of what it must run now.
 */
export async function attest(
  gateway: Gateway,
  statement: Statement,
  signature: string,
  { actor, requestId }: Caller,
  ports: AttestPorts,
): Promise<AttestOutcome> {
  const { publicKey, configurationId } = gateway;
  if (publicKey === null) return { kind: 'no key' };
  if (statement.gateway_id !== gateway.id || !isSignedBy(publicKey, statement, signature))
    return { kind: 'not signed by the gateway' };
  const configuration = configurationId === null ? null : await ports.configurations.find(configurationId);
  if (!configuration || configuration.deletedAt !== null) return { kind: 'not bound' };
  const announced = await announcedUnder(statement.sequence, configuration, ports);
  const wrong = announced ? differences(statement, announced) : (['sequence'] as const);
  if (wrong.length > 0) return { kind: 'not announced', fields: wrong };

  const now = ports.clock.now();
  const receipt: Receipt = {
    id: receiptId(statement),
    configurationId: configuration.id,
    statement,
    signature,
    publicKey,
    storedAt: now.toISOString(),
  };
  const event = newEvent(now, {
    type: statement.state === 'applied' ? 'gateway.applied' : 'gateway.refused',
    actor,
    requestId,
    team: gateway.team,
    gatewayId: gateway.id,
    configurationId: configuration.id,
    versionId: statement.version_id,
    detail: {
      receipt: receipt.id,
      sequence: statement.sequence,
      ...(statement.reason === null ? {} : { reason: statement.reason }),
    },
  });
  return { kind: 'stored', receipt: await ports.receipts.add(receipt, event) };
}

/** Nearly every receipt is for what was announced last, which the configuration holds. */
async function announcedUnder(
  sequence: number,
  { id, announced }: Configuration,
  { announcements }: AttestPorts,
): Promise<Manifest | null> {
  if (announced?.manifest.sequence === sequence) return announced.manifest;
  return (await announcements.at(id, sequence))?.announcement.manifest ?? null;
}

function differences(statement: Statement, manifest: Manifest): readonly (keyof Statement)[] {
  return (['version_id', 'content_hash'] as const).filter((field) => statement[field] !== manifest[field]);
}
