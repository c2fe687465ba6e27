/** Whether, and as whom, a gateway talks to the control plane; and the folder in which it keeps what outlives it. */
import { resolve } from 'node:path';
import { realFiles } from '../../gateway/agent/files.ts';
import { stateFolder } from '../../gateway/agent/state-folder.ts';
import type { Call } from '../action.ts';
import { type Identity, identityOf } from '../gateway-agent/identity.ts';
import type { RunOptions } from './run-options.ts';

export interface Standing {
  /** Null for a gateway that no control plane knows. */
  readonly identity: Identity | null;
  /** Null when nothing outlives it. */
  readonly stateDir: string | null;
}

/** The token on the command line, as guides have it, is taken like that of the environment. */
export function withGatewayToken(call: Call<RunOptions>): Call<RunOptions> {
  const { options, environment, output } = call;
  const { apiToken, ...rest } = options;
  const token = options.gatewayToken ?? apiToken;
  if (token === undefined) return call;
  output.warn('a token on the command line can be read by other users of this machine');
  return { ...call, options: rest, environment: { ...environment, KEEPTRUSTS_GATEWAY_TOKEN: token } };
}

export async function standingOf(call: Call<RunOptions>): Promise<Standing> {
  const { options, environment, cwd } = call;
  const isNamed = options.gatewayId !== undefined || Boolean(environment['KEEPTRUSTS_GATEWAY_ID']);
  const folder = options.stateDir === undefined ? null : resolve(cwd, options.stateDir);
  const isKnown = options.managed || isNamed || (folder !== null && (await isRegistered(folder)));
  if (!isKnown) return { identity: null, stateDir: folder };
  const identity = await identityOf(call);
  return { identity, stateDir: identity.stateDir };
}

const isRegistered = async (folder: string) =>
  (await stateFolder(realFiles, folder)
    .readRegistration()
    .catch(() => null)) !== null;
