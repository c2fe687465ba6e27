/** The address that stands in for those of all targets, from flags and from the environment. */
import type { Override } from '../../gateway/proxy/upstreams/address.ts';
import type { Call } from '../action.ts';
import { parseApiUrl } from '../api-url.ts';
import { usage } from '../failure.ts';
import type { RunOptions } from './run-options.ts';

const HEADER = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;

export function overriddenUpstream({ options, environment }: Call<RunOptions>): Override | undefined {
  const flag = options.upstream !== undefined;
  const url = options.upstream ?? (environment['KEEPTRUSTS_UPSTREAM_URL'] || undefined);
  if (url === undefined) return undefined;
  const apiKey = environment['KEEPTRUSTS_UPSTREAM_API_KEY'] || undefined;
  const header =
    options.upstreamApiKeyHeader ?? (environment['KEEPTRUSTS_UPSTREAM_API_KEY_HEADER'] || undefined);
  const prefix = options.upstreamApiKeyPrefix ?? environment['KEEPTRUSTS_UPSTREAM_API_KEY_PREFIX'];
  if (header !== undefined && !HEADER.test(header))
    throw usage('the header of the upstream key: is no name of a header');
  if (apiKey !== undefined && !/^[\x21-\x7e]+$/.test(apiKey))
    throw usage('KEEPTRUSTS_UPSTREAM_API_KEY: has characters that no header can hold');
  return {
    url: parseApiUrl(url, flag ? '--upstream' : 'KEEPTRUSTS_UPSTREAM_URL'),
    ...(apiKey === undefined ? {} : { apiKey }),
    ...(header === undefined ? {} : { apiKeyHeader: header }),
    ...(prefix === undefined ? {} : { apiKeyPrefix: prefix }),
  };
}
