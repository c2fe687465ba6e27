/** A gateway's own: what its token reaches, and no other does. */
import type { Gateway } from '../../domain/gateway.ts';
import type { Session } from '../auth.ts';
import { notFound } from '../errors.ts';
import type { ApiPorts } from '../ports.ts';
import { findGateway } from './gateways.ts';

export async function findOwn(id: string, session: Session, ports: ApiPorts): Promise<Gateway> {
  refuseForeign(id, session);
  return findGateway(id, session, ports);
}

/** With the token of another gateway, this one is not there. */
export function refuseForeign(id: string, { token }: Session): void {
  if (token?.gatewayId !== id) throw notFound('gateway');
}
