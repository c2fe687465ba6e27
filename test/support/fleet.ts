/** A fleet: gateways of a running stack that say what they run, when a test wants them to. */
import { applied, refused, signingGateway } from './signing-gateway.ts';
import type { TestStack } from './stack.ts';

export type FleetGateway = Awaited<ReturnType<ReturnType<typeof fleetOf>['gateway']>>;

export function fleetOf(stack: TestStack) {
  return {
    /** `signs`: it has a key, and proves what it runs by receipts; else by heartbeats. */
    async gateway(configurationId: string | null, { signs = false }: { signs?: boolean } = {}) {
      const key = signs ? signingGateway() : null;
      const { status, body } = await stack.call('POST', '/v1/gateways', {
        name: `gateway of ${configurationId ?? 'nobody'}`,
        configuration_id: configurationId,
        ...(key ? { public_key: key.pem } : {}),
      });
      if (status !== 201) throw new Error(`not registered: ${JSON.stringify(body)}`);
      const { id, token } = body as { id: string; token: string };
      const path = `/v1/gateways/${id}`;

      async function must(method: string, to: string, sent: unknown): Promise<void> {
        const answer = await stack.call(method, to, sent, token);
        if (answer.status > 299) throw new Error(`${method} ${to}: ${JSON.stringify(answer.body)}`);
      }

      /** What it is told to run, once the version in force was announced. */
      async function told() {
        for (let attempt = 0; attempt < 200; attempt++) {
          const { status, body } = await stack.call('GET', `${path}/configuration`, undefined, token);
          if (status === 200) {
            const { manifest } = body;
            const { body: now } = await stack.call('GET', `/v1/configurations/${manifest.configuration_id}`);
            if (now.sequence === manifest.sequence) return manifest;
          }
          await new Promise((resolve) => setTimeout(resolve, 25));
        }
        throw new Error('nothing was announced within five seconds');
      }

      const heartbeat = (content_hash: string | null, sequence: number | null = null) =>
        must('POST', `${path}/heartbeat`, { content_hash, sequence });

      return {
        id,
        told,
        /** It says that it runs these bytes, whatever it was told. */
        runs: (contentHash: string | null) => heartbeat(contentHash),
        async applies(): Promise<void> {
          const manifest = await told();
          if (key) await must('POST', `${path}/receipts`, key.signed(applied(id, manifest)));
          await heartbeat(manifest.content_hash, manifest.sequence);
        },
        async refuses(reason: string): Promise<void> {
          if (!key) throw new Error('only a gateway that signs can refuse');
          await must('POST', `${path}/receipts`, key.signed(refused(id, await told(), reason)));
        },
      };
    },
  };
}
