/** `kt policy push`: a file becomes what a gateway must run. */
import type { Call } from '../action.ts';
import { clean } from '../clean.ts';
import type { ExitCode } from '../exit-code.ts';
import { usage } from '../failure.ts';
import { readDocument } from '../lint/lint.ts';
import { requireValid } from '../lint/require-valid.ts';
import { type PublishOptions, publish } from './publish.ts';
import { readGateway } from './target.ts';

export interface PushOptions extends PublishOptions {
  readonly file: string;
  readonly gatewayId: string;
  readonly strict: boolean;
}

export async function runPush({ options, output, api }: Call<PushOptions>): Promise<ExitCode> {
  const bytes = await readFileAsked(options.file);
  const { pack } = requireValid(options.file, bytes, options.strict);
  const client = await api();
  const gateway = await readGateway(client, options.gatewayId);
  return publish(client, { bytes, pack, gateway }, options, output);
}

export async function readFileAsked(file: string): Promise<Uint8Array> {
  const read = await readDocument(file, process.stdin);
  if (read.kind === 'unreadable') throw usage(`${clean(file)} cannot be read: ${read.why}`);
  return read.bytes;
}
