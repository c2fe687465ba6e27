/** The policy file of a gateway that no control plane manages. */
import type { Gateway } from '../../gateway/proxy/gateway.ts';
import type { ReloadOutcome } from '../../gateway/proxy/ports.ts';
import { MAX_DOCUMENT_BYTES } from '../../lib/policy/parse-tree.ts';
import { usage } from '../failure.ts';
import { readBounded } from '../lint/read-bounded.ts';
import type { RunOptions } from './run-options.ts';

/** How layered files are put together is not documented, and guessing would enforce something else. */
export function policyFileOf({ policyConfig, managed }: RunOptions): string | null {
  const [file, ...more] = policyConfig;
  if (managed && file !== undefined)
    throw usage('--policy-config: the control plane says what a managed gateway runs; leave out one of them');
  if (managed) return null;
  if (file === undefined)
    throw usage(
      'which policy document? Give --policy-config FILE, or --managed for what the control plane says',
    );
  if (more.length > 0)
    throw usage('--policy-config: more than one was given, and how files are layered is not documented');
  return file;
}

/** Reads the file and loads it, one time after the other: what was read last is what runs. */
export function rereading(file: string, gateway: () => Pick<Gateway, 'load'>): () => Promise<ReloadOutcome> {
  let last: Promise<unknown> = Promise.resolve();
  let next: Promise<ReloadOutcome> | null = null;
  const reread = async (): Promise<ReloadOutcome> => {
    next = null;
    const read = await readBounded(file, MAX_DOCUMENT_BYTES);
    return read.kind === 'unreadable' ? read : gateway().load(read.bytes, null);
  };
  return () => {
    // However many ask before a reading begins: one is enough for all of them.
    next ??= last.then(reread);
    last = next.catch(() => {});
    return next;
  };
}
