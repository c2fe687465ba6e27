/** Small files that a gateway is told of: the admin token, and prices. */
import { resolve } from 'node:path';
import { LIST_PRICES, type Prices, parsePrices } from '../../gateway/engine/prices.ts';
import type { Call } from '../action.ts';
import { clean } from '../clean.ts';
import { usage } from '../failure.ts';
import { readBounded } from '../lint/read-bounded.ts';
import type { RunOptions } from './run-options.ts';

const MAX_TOKEN_BYTES = 8192;
const MAX_PRICES_BYTES = 1024 * 1024;
/** Shorter than that is guessed. */
const MIN_TOKEN_LENGTH = 16;

type Asked = Pick<Call<RunOptions>, 'options' | 'environment' | 'cwd'>;

/** Null when nobody may reload. */
export async function adminTokenOf({ options, environment, cwd }: Asked): Promise<string | null> {
  const { adminTokenFile: file } = options;
  const [token, where] =
    file === undefined
      ? [environment['KEEPTRUSTS_GATEWAY_ADMIN_TOKEN'] || null, 'KEEPTRUSTS_GATEWAY_ADMIN_TOKEN']
      : [
          (await bytesIn(resolve(cwd, file), '--admin-token-file', MAX_TOKEN_BYTES)).toString('utf8').trim(),
          '--admin-token-file',
        ];
  if (token === null) return null;
  if (token.length < MIN_TOKEN_LENGTH || !/^[\x21-\x7e]+$/.test(token))
    throw usage(
      `${where}: is a token of at least ${MIN_TOKEN_LENGTH} printable ASCII characters without spaces`,
    );
  return token;
}

interface PricesAsked {
  readonly options: { readonly prices?: string };
  readonly cwd: string;
}

export async function pricesOf({ options, cwd }: PricesAsked): Promise<Prices> {
  if (options.prices === undefined) return LIST_PRICES;
  const read = parsePrices(await bytesIn(resolve(cwd, options.prices), '--prices', MAX_PRICES_BYTES));
  if (read.kind === 'malformed') throw usage(`--prices: ${read.why}`);
  return read.prices;
}

async function bytesIn(path: string, option: string, limit: number): Promise<Buffer> {
  const read = await readBounded(path, limit);
  if (read.kind === 'unreadable') throw usage(`${option}: ${clean(path)}: ${read.why}`);
  if (read.bytes.length > limit) throw usage(`${option}: ${clean(path)}: is larger than ${limit} bytes`);
  return Buffer.from(read.bytes);
}
