/** Where a gateway's state is kept, unless `--state-dir` says so. */
import { homedir } from 'node:os';
import { join } from 'node:path';
import { usage } from '../failure.ts';

type Environment = Readonly<Record<string, string | undefined>>;

export function stateDirOf(gatewayId: string, environment: Environment): string {
  if (!/^[A-Za-z0-9_-]{1,100}$/.test(gatewayId))
    throw usage(
      `--gateway-id: is not the id of a gateway (${gatewayId.length} characters), as in gw_0123456789abcdef`,
    );
  const base = environment['XDG_STATE_HOME'] || join(environment['HOME'] || homedir(), '.local', 'state');
  return join(base, 'kt', 'gateways', gatewayId);
}
