/** The profile file: named pairs of a URL and a token. */
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { parseApiToken } from './api-token.ts';
import { parseApiUrl } from './api-url.ts';
import { usage } from './failure.ts';
import { orWhich } from './nearest-names.ts';

interface Profile {
  readonly apiUrl: string | null;
  readonly apiToken: string | null;
}

export interface ProfileFile {
  readonly path: string;
  /** Others may read it. */
  readonly isExposed: boolean;
  readonly defaultProfile: string | null;
  /** Throws when there is none of this name, or it is not well formed. */
  profile(name: string): Profile;
}

type Environment = Readonly<Record<string, string | undefined>>;
const MAX_BYTES = 256 * 1024;

/** Null when nothing says where a home is. */
export function profilePath(environment: Environment): string | null {
  const { KEEPTRUSTS_CONFIG: file, XDG_CONFIG_HOME: config, HOME: home, USERPROFILE: windows } = environment;
  if (file) return file;
  const base = config || ((home || windows) && join(home || windows || '', '.config'));
  return base ? join(base, 'kt', 'config.json') : null;
}

/** Null when there is no such file. */
export function readProfileFile(path: string): ProfileFile | null {
  const text = read(path);
  if (text === null) return null;
  const whole = mapping(parseJson(text, path), `${path}`);
  refuseOthers(whole, ['default_profile', 'profiles'], path);
  const profiles = mapping(whole['profiles'] ?? {}, `${path}: profiles`);
  const defaultProfile = optionalText(whole['default_profile'], `${path}: default_profile`);
  return {
    path,
    isExposed: process.platform !== 'win32' && (statSync(path).mode & 0o077) !== 0,
    defaultProfile,
    profile: (name) => {
      if (!Object.hasOwn(profiles, name))
        throw usage(`there is no profile "${name}" in ${path}; ${orWhich(name, Object.keys(profiles))}`);
      return parseProfile(profiles[name], `${path}: profiles.${name}`);
    },
  };
}

function read(path: string): string | null {
  try {
    if (statSync(path).size > MAX_BYTES) throw usage(`${path}: is larger than ${MAX_BYTES / 1024} KiB`);
    return readFileSync(path, 'utf8');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : null;
    if (code === 'ENOENT' || code === 'ENOTDIR') return null;
    if (typeof code === 'string') throw usage(`${path}: cannot be read (${code})`);
    throw error;
  }
}

/** The parser's own message quotes the text around the mistake, and that may be a token. */
function parseJson(text: string, path: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    const [, position] = /at position (\d+)/.exec(String(error)) ?? [];
    if (position === undefined) throw usage(`${path}: is not JSON; it ends too early, or begins wrong`);
    const before = text.slice(0, Number(position)).split('\n');
    throw usage(`${path}: is not JSON, at line ${before.length}, column ${(before.at(-1)?.length ?? 0) + 1}`);
  }
}

function parseProfile(value: unknown, where: string): Profile {
  const profile = mapping(value, where);
  refuseOthers(profile, ['api_url', 'api_token'], where);
  const url = optionalText(profile['api_url'], `${where}.api_url`);
  const token = optionalText(profile['api_token'], `${where}.api_token`);
  return {
    apiUrl: url === null ? null : parseApiUrl(url, `${where}.api_url`),
    apiToken: token === null ? null : parseApiToken(token, `${where}.api_token`),
  };
}

function mapping(value: unknown, where: string): Readonly<Record<string, unknown>> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { ...value };
  throw usage(`${where}: must be an object in braces, not ${kindOf(value)}`);
}

function optionalText(value: unknown, where: string): string | null {
  if (value === undefined || value === null) return null;
  if (typeof value === 'string') return value;
  throw usage(`${where}: must be a string, not ${kindOf(value)}`);
}

function kindOf(value: unknown): string {
  if (value === null || value === undefined) return 'null';
  return Array.isArray(value) ? 'a list' : typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}

function refuseOthers(
  value: Readonly<Record<string, unknown>>,
  known: readonly string[],
  where: string,
): void {
  const other = Object.keys(value).find((key) => !known.includes(key));
  if (other !== undefined) throw usage(`${where}: "${other}" is not known here; ${orWhich(other, known)}`);
}
