/** Which gateway an agent is of, where its API is, and its token: from flags, the environment and the state folder. */
import { resolve } from 'node:path';
import { errnoOf, realFiles } from '../../gateway/agent/files.ts';
import { STATE, stateFolder } from '../../gateway/agent/state-folder.ts';
import { whyOf } from '../../gateway/agent/why.ts';
import type { Call } from '../action.ts';
import { parseApiToken } from '../api-token.ts';
import { isOpen, originOf, parseApiUrl } from '../api-url.ts';
import { usage } from '../failure.ts';
import { reasonOf } from '../lint/read-bounded.ts';
import { stateDirOf } from './state-dir.ts';

export interface IdentityOptions {
  readonly gatewayId?: string;
  readonly stateDir?: string;
  readonly tokenFile?: string;
}

export interface Identity {
  readonly gatewayId: string;
  readonly apiUrl: string;
  readonly token: string;
  readonly stateDir: string;
}

const MAX_TOKEN_BYTES = 8192;
const OTHERS_READ = 0o044;

type Asked = Pick<Call<IdentityOptions>, 'options' | 'environment' | 'cwd' | 'settings' | 'output'>;

/** The token that registration stored goes to the API that it registered at, and nowhere else. */
export async function identityOf(call: Asked): Promise<Identity> {
  const { options, environment, cwd, output } = call;
  if (options.apiToken !== undefined)
    throw usage(
      '--api-token: everybody on this machine could read the token of the gateway',
      'Give KEEPTRUSTS_GATEWAY_TOKEN or --token-file.',
    );
  const named = options.gatewayId ?? environment['KEEPTRUSTS_GATEWAY_ID'];
  if (named === undefined && options.stateDir === undefined)
    throw usage(
      'which gateway? Give --gateway-id or KEEPTRUSTS_GATEWAY_ID, or the --state-dir that it was created with',
    );
  const stateDir =
    options.stateDir === undefined ? stateDirOf(named ?? '', environment) : resolve(cwd, options.stateDir);
  const state = stateFolder(realFiles, stateDir);
  const registration = await reading(STATE.registration, () => state.readRegistration());
  const gatewayId = named ?? registration?.gateway_id;
  if (gatewayId === undefined)
    throw usage(
      `which gateway? ${stateDir} does not say: give --gateway-id`,
      'kt gateway create --state-dir registers one.',
    );
  if (registration && registration.gateway_id !== gatewayId)
    throw usage(`--gateway-id: ${stateDir} is the state folder of ${registration.gateway_id}`);
  const apiUrl = apiUrlOf(call, registration?.api_url ?? null);
  if (isOpen(apiUrl) && !options.insecure)
    throw usage(
      `${apiUrl} is not https://: anybody on the way could read the token`,
      '--insecure sends it all the same.',
    );

  const given = environment['KEEPTRUSTS_GATEWAY_TOKEN'];
  if (given) return { gatewayId, apiUrl, stateDir, token: parseApiToken(given, 'KEEPTRUSTS_GATEWAY_TOKEN') };
  if (options.tokenFile !== undefined) {
    const file = resolve(cwd, options.tokenFile);
    return { gatewayId, apiUrl, stateDir, token: await tokenIn(file, '--token-file', output) };
  }
  if (registration && originOf(registration.api_url) !== originOf(apiUrl))
    throw usage(
      `the token in ${stateDir} is for ${originOf(registration.api_url)}; it is not sent to ${originOf(apiUrl)}`,
      'Give the token of this API: KEEPTRUSTS_GATEWAY_TOKEN or --token-file.',
    );
  return {
    gatewayId,
    apiUrl,
    stateDir,
    token: await tokenIn(state.pathOf(STATE.token), 'the token of the gateway', output),
  };
}

/** Flag, environment, where it registered, and only then what else the settings say. */
function apiUrlOf({ options, environment, settings }: Asked, registered: string | null): string {
  if (options.apiUrl !== undefined) return parseApiUrl(options.apiUrl, '--api-url');
  const set = environment['KEEPTRUSTS_API_URL'];
  if (options.profile === undefined && set) return parseApiUrl(set, 'KEEPTRUSTS_API_URL');
  if (options.profile === undefined && registered !== null)
    return parseApiUrl(registered, STATE.registration);
  const { apiUrl } = settings();
  if (!apiUrl) throw usage('where is the API? Give --api-url or set KEEPTRUSTS_API_URL');
  return apiUrl.value;
}

async function tokenIn(file: string, what: string, output: Asked['output']): Promise<string> {
  const bytes = await reading(file, () => realFiles.read(file, MAX_TOKEN_BYTES));
  if (!bytes)
    throw usage(
      `${what}: there is no ${file}`,
      'Give KEEPTRUSTS_GATEWAY_TOKEN or --token-file; it is shown when the gateway is created.',
    );
  const facts = await reading(file, () => realFiles.facts(file));
  if (facts && facts.kind === 'file' && (facts.mode & OTHERS_READ) !== 0)
    output.warn(`others may read ${file}: chmod 600 ${file}`);
  return parseApiToken(Buffer.from(bytes).toString('utf8'), what);
}

async function reading<T>(file: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    const why = errnoOf(error) === null ? whyOf(error) : reasonOf(error);
    throw usage(`${file} cannot be read: ${why}`);
  }
}
