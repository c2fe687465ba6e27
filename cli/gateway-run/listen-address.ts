/** The listen address: `HOST:PORT`, `[::]:PORT` or `:PORT`. */
import { usage } from '../failure.ts';

export interface ListenAddress {
  readonly host: string;
  readonly port: number;
}

export function parseListen(text: string, port: number | undefined): ListenAddress {
  const [, host = '', digits = ''] = /^(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9._-]*):(\d{1,5})$/.exec(text) ?? [];
  if (digits === '' || Number(digits) > 65_535)
    throw usage('--listen: is written HOST:PORT, as in 127.0.0.1:41002');
  return { host: host.replace(/^\[|\]$/g, '') || '0.0.0.0', port: port ?? Number(digits) };
}
