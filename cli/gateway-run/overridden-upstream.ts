/** The address that stands in for those of all targets, from flags and from the environment. */
import type { Override } from '../../gateway/proxy/upstreams/address.ts';
import type { Call } from '../action.ts';
import { parseApiUrl } from '../api-url.ts';
import { usage } from '../failure.ts';
import type { RunOptions } from './run-options.ts';

const HEADER = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;

export function overriddenUpstream({ options, environment }: Call<RunOptions>): Override | undefined {
  const where = options.upstream === undefined ? 'KEEPTRUSTS_UPSTREAM_URL' : '--upstream';
  const url = options.upstream ?? (environment['KEEPTRUSTS_UPSTREAM_URL'] || undefined);
  if (url === undefined) return undefined;
  const { username, password } = URL.parse(url) ?? { username: '', password: '' };
  if (username !== '' || password !== '')
    throw usage(`${where}: holds credentials; give the key as KEEPTRUSTS_UPSTREAM_API_KEY`);
  const apiKey = environment['KEEPTRUSTS_UPSTREAM_API_KEY'] || undefined;
  const header =
    options.upstreamApiKeyHeader ?? (environment['KEEPTRUSTS_UPSTREAM_API_KEY_HEADER'] || undefined);
  const prefix = options.upstreamApiKeyPrefix ?? environment['KEEPTRUSTS_UPSTREAM_API_KEY_PREFIX'];
  if (header !== undefined && !HEADER.test(header))
    throw usage('the header of the upstream key: is no name of a header');
  if (prefix !== undefined && !/^[\x20-\x7e]*$/.test(prefix))
    throw usage('the prefix of the upstream key: has characters that no header can hold');
  if (apiKey !== undefined && !/^[\x21-\x7e]+$/.test(apiKey))
    throw usage('KEEPTRUSTS_UPSTREAM_API_KEY: has characters that no header can hold');
  return {
    url: parseApiUrl(url, where),
    ...(apiKey === undefined ? {} : { apiKey }),
    ...(header === undefined ? {} : { apiKeyHeader: header }),
    ...(prefix === undefined ? {} : { apiKeyPrefix: prefix }),
  };
}
