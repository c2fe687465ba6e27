/** Run proof: fetch a proof, and write it as it came. */
import * as z from 'zod';
import type { Call } from '../action.ts';
import { EXIT, type ExitCode } from '../exit-code.ts';
import { usage } from '../failure.ts';

export interface ProofOptions {
  readonly configurationId?: string;
}

export async function runProof({ args, options, output, ...call }: Call<ProofOptions>): Promise<ExitCode> {
  const { configuration, version } = versionAsked(args, options.configurationId);
  const path = `/v1/configurations/${encodeURIComponent(configuration)}/versions/${encodeURIComponent(version)}/proof`;
  const { raw } = await (await call.api()).call('GET', path, z.looseObject({ format: z.string() }));
  output.json(raw);
  return EXIT.ok;
}

/** `payments 12`, `payments@12`, or `12 --configuration-id payments`. */
function versionAsked(
  [first = '', second]: readonly (string | undefined)[],
  configurationId: string | undefined,
): { configuration: string; version: string } {
  if (second !== undefined) {
    if (configurationId !== undefined && configurationId !== first)
      throw usage('two configurations were given, and they differ; give one');
    return { configuration: first, version: second };
  }
  if (configurationId !== undefined) return { configuration: configurationId, version: first };
  const at = first.lastIndexOf('@');
  if (at > 0 && at < first.length - 1)
    return { configuration: first.slice(0, at), version: first.slice(at + 1) };
  throw usage('which version? Write CONFIGURATION VERSION, or CONFIGURATION@VERSION');
}
