/** The route that lends a gateway what it takes to receive from its own queue. */
import { route } from '../route.ts';
import { QUEUE_CREDENTIALS } from '../schemas/queue-credentials.ts';
import { findOwn } from './own-gateway.ts';

export const QUEUE_CREDENTIAL_ROUTES = [
  route({
    method: 'post',
    path: '/v1/gateways/{id}/queue-credentials',
    needs: 'own gateway',
    summary: 'Short-lived credentials for the gateway to receive from its own queue with',
    status: 200,
    response: QUEUE_CREDENTIALS,
    async handle({ params, session }, ports) {
      const { id, queueName } = await findOwn(params.id, session, ports);
      const { region, endpoint, ...loan } = await ports.queueAccess.lend(queueName, id);
      return {
        body: {
          queue_url: ports.reloads.urlOf(queueName),
          region,
          endpoint,
          credentials: {
            access_key_id: loan.accessKeyId,
            secret_access_key: loan.secretAccessKey,
            session_token: loan.sessionToken,
            expires_at: loan.expiresAt,
          },
        },
      };
    },
  }),
];
