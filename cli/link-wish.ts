/** A link as asked for on the command line, as the API wants it. What may be in a field the API judges. */
import { usage } from './failure.ts';
import { secretFromStdin, secretFromVariable } from './secret-input.ts';

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
  readonly team?: string;
}

export async function wishOf(
  options: LinkWishOptions,
  environment: Readonly<Record<string, string | undefined>>,
  stdin: NodeJS.ReadStream,
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
    team: options.team,
  };
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
