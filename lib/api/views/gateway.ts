/** A gateway as the API shows it. */
import type * as z from 'zod';
import type { Gateway } from '../../domain/gateway.ts';
import type { Report } from '../../domain/report.ts';
import type { GATEWAY } from '../schemas/gateways.ts';
import { driftView, reportedView } from './report.ts';

export function gatewayView(
  gateway: Gateway,
  queueUrl: string,
  report: Report | null,
): z.input<typeof GATEWAY> {
  return {
    id: gateway.id,
    name: gateway.name,
    team: gateway.team,
    configuration_id: gateway.configurationId,
    public_key: gateway.publicKey,
    labels: { ...gateway.labels },
    queue_url: queueUrl,
    created_at: gateway.createdAt,
    reported: report && reportedView(report),
    drift: report && driftView(report),
  };
}
