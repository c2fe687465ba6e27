/** A link as asked for on the command line, as the API wants it. What may be in a field the API judges. */
import { resolve } from 'node:path';
import { usage } from './failure.ts';
import { secretFromStdin, secretFromVariable, textFromFile } from './secret-input.ts';

export interface LinkWishOptions {
  readonly repoUrl: string;
  readonly branch?: string;
  readonly path: string;
  readonly provider?: string;
  readonly pollIntervalSeconds?: number;
  readonly autoCreateConfiguration: boolean;
  readonly configurationId?: string;
  readonly accessTokenStdin: boolean;
  readonly accessTokenEnv?: string;
  readonly username?: string;
  readonly sshKey?: string;
  readonly knownHosts?: string;
  readonly team?: string;
}

export async function wishOf(
  options: LinkWishOptions,
  environment: Readonly<Record<string, string | undefined>>,
  stdin: NodeJS.ReadStream,
  cwd: string,
) {
  return {
    repo_url: options.repoUrl,
    branch: options.branch,
    path: options.path,
    provider: options.provider,
    poll_interval_seconds: options.pollIntervalSeconds,
    auto_create_configuration: options.autoCreateConfiguration,
    configuration_id: options.configurationId,
    access_token: await accessToken(options, environment, stdin),
    username: options.username,
    ssh_private_key: await fileText(options.sshKey, '--ssh-key', cwd),
    known_hosts: await fileText(options.knownHosts, '--known-hosts', cwd),
    team: options.team,
  };
}

async function fileText(file: string | undefined, option: string, cwd: string): Promise<string | undefined> {
  return file === undefined ? undefined : textFromFile(resolve(cwd, file), option);
}

async function accessToken(
  { accessTokenStdin, accessTokenEnv }: LinkWishOptions,
  environment: Readonly<Record<string, string | undefined>>,
  stdin: NodeJS.ReadStream,
): Promise<string | undefined> {
  if (accessTokenStdin && accessTokenEnv !== undefined)
    throw usage('give --access-token-stdin or --access-token-env, not both');
  if (accessTokenEnv !== undefined)
    return secretFromVariable(environment, accessTokenEnv, '--access-token-env');
  return accessTokenStdin ? secretFromStdin(stdin, '--access-token-stdin') : undefined;
}
