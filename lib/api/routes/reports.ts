/** Routes of what gateways say of themselves: receipts and heartbeats. */
import type { Statement } from '../../domain/receipt.ts';
import { type AttestOutcome, attest } from '../../pipeline/attest.ts';
import { hear } from '../../pipeline/hear.ts';
import { conflict, invalid, invalidField, type Refusal } from '../errors.ts';
import { nextLink, pageAt } from '../paging.ts';
import type { ApiPorts } from '../ports.ts';
import { route } from '../route.ts';
import {
  GATEWAY_RECEIPTS_QUERY,
  HEARTBEAT_REQUEST,
  RECEIPT,
  RECEIPT_LIST,
  RECEIPT_REQUEST,
  VERSION_RECEIPTS_QUERY,
} from '../schemas/reports.ts';
import { receiptView } from '../views/report.ts';
import { findGateway } from './gateways.ts';
import { findOwn, refuseForeign } from './own-gateway.ts';
import { findVersion } from './versions.ts';

const RECEIPTS = '/v1/gateways/{id}/receipts';

/** Before the first receipt, and after the last. */
const EVER = '1970-01-01T00:00:00.000Z';
const NEVER = '9999-12-31T23:59:59.999Z';

export const REPORT_ROUTES = [
  route({
    method: 'post',
    path: RECEIPTS,
    needs: 'own gateway',
    summary: 'What the gateway applied, or why it refused: signed with its own key',
    body: RECEIPT_REQUEST,
    status: 201,
    response: RECEIPT,
    async handle({ params, body, session }, ports) {
      const gateway = await findOwn(params.id, session, ports);
      if (body.gateway_id !== gateway.id)
        throw invalidField('gateway_id', 'is not the gateway of this path and token');
      const { signature, ...rest } = body;
      const { reason = null, verified_at = null, applied_at = null } = rest;
      const statement: Statement = { ...rest, reason, verified_at, applied_at };
      const outcome = await attest(gateway, statement, signature, session, ports);
      if (outcome.kind !== 'stored') throw refused(outcome);
      return { body: receiptView(outcome.receipt) };
    },
  }),

  route({
    method: 'get',
    path: RECEIPTS,
    needs: 'gateways:read',
    summary: 'Receipts of a gateway by the time they were stored, newest first',
    query: GATEWAY_RECEIPTS_QUERY,
    status: 200,
    response: RECEIPT_LIST,
    async handle({ params, query, session }, ports) {
      const { id: gatewayId } = await findGateway(params.id, session, ports);
      const { since = EVER, until = NEVER, limit } = query;
      const between = { since: new Date(since), until: new Date(until) };
      const page = await pageAt(query.cursor, (after) =>
        ports.receipts.ofGateway({ gatewayId, ...between, limit, after }),
      );
      return listed(page, `/v1/gateways/${gatewayId}/receipts`, query, ports);
    },
  }),

  route({
    method: 'get',
    path: '/v1/configurations/{id}/versions/{v}/receipts',
    needs: 'gateways:read',
    summary: 'Receipts of a version, of all gateways',
    query: VERSION_RECEIPTS_QUERY,
    status: 200,
    response: RECEIPT_LIST,
    async handle({ params, query, session }, ports) {
      const { version } = await findVersion(params, session, ports);
      const page = await pageAt(query.cursor, (after) =>
        ports.receipts.ofVersion(version.id, query.limit, after),
      );
      return listed(page, `/v1/configurations/${params.id}/versions/${params.v}/receipts`, query, ports);
    },
  }),

  route({
    method: 'post',
    path: '/v1/gateways/{id}/heartbeat',
    needs: 'own gateway',
    summary: 'What the gateway runs now, every 30 seconds',
    body: HEARTBEAT_REQUEST,
    status: 204,
    response: null,
    async handle({ params, body, session }, ports) {
      // The token goes with its gateway: who has it need not be looked up.
      refuseForeign(params.id, session);
      const heartbeat = {
        contentHash: body.content_hash,
        sequence: body.sequence ?? null,
        versionId: body.version_id ?? null,
        health: body.health ?? null,
        reason: body.reason ?? null,
        uptimeSeconds: body.uptime_seconds ?? null,
      };
      await hear(params.id, heartbeat, ports);
      return { body: null };
    },
  }),
];

function refused(outcome: Exclude<AttestOutcome, { kind: 'stored' }>): Refusal {
  if (outcome.kind === 'no key')
    return conflict(
      'key_missing',
      'the gateway has no public key to verify receipts with: PATCH /v1/gateways/{id} with its public_key (Ed25519, SPKI, PEM)',
    );
  if (outcome.kind === 'not bound')
    return conflict('not_bound', 'the gateway is not bound to a configuration: it was told to run nothing');
  if (outcome.kind === 'not signed by the gateway') {
    const message =
      'does not verify with the public key of the gateway, over kt-receipt-v1, a newline, and the fields as JSON in their order';
    return invalid([{ field: 'signature', message }], 'signature_invalid');
  }
  const details = outcome.fields.map((field) => ({
    field,
    message:
      field === 'sequence'
        ? 'nothing was announced under it for the configuration that the gateway is bound to'
        : 'is not what was announced under this sequence',
  }));
  return invalid(details, 'not_announced');
}

function listed(
  page: Awaited<ReturnType<ApiPorts['receipts']['ofGateway']>>,
  path: string,
  query: Readonly<Record<string, string | number | undefined>>,
  { settings }: ApiPorts,
) {
  return {
    body: { data: page.items.map(receiptView), ...(page.next === null ? {} : { next: page.next }) },
    headers: nextLink(settings.publicUrl, path, query, page.next),
  };
}
