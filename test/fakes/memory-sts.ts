/** The one operation of STS that we ask for: lends credentials that are good for nothing. */
import { AssumeRoleCommand, type STSClient } from '@aws-sdk/client-sts';

export function memorySts(now: () => Date): STSClient {
  const send = async (command: unknown) => {
    if (!(command instanceof AssumeRoleCommand)) throw new Error('only a role is assumed');
    return {
      Credentials: {
        AccessKeyId: 'ASIAMEMORY',
        SecretAccessKey: 'secret-of-memory',
        SessionToken: 'session-of-memory',
        Expiration: new Date(now().getTime() + 3_600_000),
      },
    };
  };
  return { send, config: { region: async () => 'us-east-1' }, destroy: () => {} } as unknown as STSClient;
}
