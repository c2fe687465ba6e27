/** Command: one protocol v2 request, capabilities then arguments (gitprotocol-v2, "Command Request"). */
import type { Capabilities } from './capabilities.ts';
import { DELIMITER, FLUSH, pktLine } from './pkt-line.ts';

export function command(
  name: 'ls-refs' | 'fetch',
  args: readonly string[],
  { namesObjectFormat }: Pick<Capabilities, 'namesObjectFormat'>,
): Buffer {
  return Buffer.concat([
    pktLine(`command=${name}\n`),
    pktLine('agent=git/kt-gitops\n'),
    ...(namesObjectFormat ? [pktLine('object-format=sha1\n')] : []),
    DELIMITER,
    ...args.map((arg) => pktLine(`${arg}\n`)),
    FLUSH,
  ]);
}
