/** Settings: where the API is and who asks, and which of the places to say so had the say. */
import { parseApiToken } from './api-token.ts';
import { originOf, parseApiUrl } from './api-url.ts';
import { usage } from './failure.ts';
import { findLocalStack } from './local-file.ts';
import { type ProfileFile, profilePath, readProfileFile } from './profile-file.ts';

export interface SettingFlags {
  readonly apiUrl?: string;
  readonly apiToken?: string;
  readonly profile?: string;
  readonly insecure?: boolean;
}

export interface Setting {
  readonly value: string;
  /** For people: `--api-url`, `KEEPTRUSTS_API_URL`, `profile "prod" of …`. */
  readonly source: string;
}

export interface Settings {
  readonly apiUrl: Setting | null;
  readonly apiToken: Setting | null;
  readonly profile: Setting | null;
  /** Tokens that belong to another origin, and so were not taken. */
  readonly withheld: readonly { readonly source: string; readonly origin: string }[];
  /** http:// to another machine is allowed. */
  readonly insecure: boolean;
  readonly configFile: string | null;
  readonly warnings: readonly string[];
}

/** One place that may hold both. */
interface Level {
  readonly apiUrl: Setting | null;
  readonly apiToken: Setting | null;
}

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Flag, then environment, then profile, then the local stack. A profile that `--profile` names is a flag too, so it
 * goes before the environment. Throws a `Failure` for what cannot be right.
 */
export function readSettings(flags: SettingFlags, environment: Environment, cwd: string): Settings {
  const path = profilePath(environment);
  const file = path === null ? null : readProfileFile(path);
  const profile = profileAsked(flags, environment, file);
  const named = profile === null ? [] : [profileLevel(profile.value, path ?? '', file)];
  const [before, after] = flags.profile === undefined ? [[], named] : [named, []];
  const levels: Level[] = [
    levelOf('--api-url', flags.apiUrl, '--api-token', flags.apiToken),
    ...before,
    levelOf(
      'KEEPTRUSTS_API_URL',
      environment['KEEPTRUSTS_API_URL'] || undefined,
      'KEEPTRUSTS_API_TOKEN',
      environment['KEEPTRUSTS_API_TOKEN'] || undefined,
    ),
    ...after,
  ];
  const warnings = exposed(file, levels);
  if (!levels.some(({ apiUrl }) => apiUrl)) {
    const local = localLevel(cwd, environment);
    levels.push(local.level);
    warnings.push(...local.warnings);
  }
  const apiUrl = levels.find((level) => level.apiUrl)?.apiUrl ?? null;
  return {
    apiUrl,
    ...tokenFor(apiUrl, levels),
    profile,
    insecure: flags.insecure ?? false,
    configFile: file?.path ?? null,
    warnings,
  };
}

/**
 * A token that is set beside a URL was meant for that origin and goes nowhere else: another URL on the command line
 * must not be handed the token of production. A token that is set alone goes wherever the URL points.
 */
function tokenFor(apiUrl: Setting | null, levels: readonly Level[]): Pick<Settings, 'apiToken' | 'withheld'> {
  const withheld: { source: string; origin: string }[] = [];
  for (const { apiUrl: beside, apiToken } of levels) {
    if (!apiToken) continue;
    if (!beside || !apiUrl || originOf(beside.value) === originOf(apiUrl.value))
      return { apiToken, withheld };
    withheld.push({ source: apiToken.source, origin: originOf(beside.value) });
  }
  return { apiToken: null, withheld };
}

function levelOf(
  urlSource: string,
  url: string | undefined,
  tokenSource: string,
  token: string | undefined,
): Level {
  return {
    apiUrl: url === undefined ? null : { value: parseApiUrl(url, urlSource), source: urlSource },
    apiToken: token === undefined ? null : { value: parseApiToken(token, tokenSource), source: tokenSource },
  };
}

function profileAsked(
  flags: SettingFlags,
  environment: Environment,
  file: ProfileFile | null,
): Setting | null {
  if (flags.profile !== undefined) return { value: flags.profile, source: '--profile' };
  const named = environment['KEEPTRUSTS_PROFILE'];
  if (named) return { value: named, source: 'KEEPTRUSTS_PROFILE' };
  return file?.defaultProfile
    ? { value: file.defaultProfile, source: `default_profile of ${file.path}` }
    : null;
}

function profileLevel(name: string, path: string, file: ProfileFile | null): Level {
  if (!file)
    throw usage(
      `there is no profile "${name}": ${path === '' ? 'no home folder is known' : `no file ${path}`}`,
    );
  const { apiUrl, apiToken } = file.profile(name);
  const source = `profile "${name}" of ${file.path}`;
  return {
    apiUrl: apiUrl === null ? null : { value: apiUrl, source },
    apiToken: apiToken === null ? null : { value: apiToken, source },
  };
}

function exposed(file: ProfileFile | null, levels: readonly Level[]): string[] {
  const holdsToken = levels.some(({ apiToken }) => file && apiToken?.source.endsWith(`of ${file.path}`));
  return file?.isExposed && holdsToken
    ? [`${file.path} holds a token, and others may read it: chmod 600 ${file.path}`]
    : [];
}

function localLevel(cwd: string, environment: Environment): { level: Level; warnings: string[] } {
  const found = findLocalStack(cwd, environment);
  if (!found) return { level: { apiUrl: null, apiToken: null }, warnings: [] };
  if ('why' in found)
    return {
      level: { apiUrl: null, apiToken: null },
      warnings: [`${found.file} was not used: ${found.why}`],
    };
  const source = `the local stack, ${found.file}`;
  return {
    level: { apiUrl: { value: found.url, source }, apiToken: { value: found.adminToken, source } },
    warnings: [],
  };
}
