/** `kt policy deploy`: what one gateway is proven to run becomes what another must run. */
import type { Call } from '../action.ts';
import { clean } from '../clean.ts';
import { EXIT, type ExitCode } from '../exit-code.ts';
import { Failure, usage } from '../failure.ts';
import { requireValid } from '../lint/require-valid.ts';
import { type Proven, readProven } from './proven.ts';
import { type PublishOptions, publish } from './publish.ts';
import { readFileAsked } from './run-push.ts';
import { readGateway } from './target.ts';

export interface DeployOptions extends PublishOptions {
  readonly file?: string;
  readonly sourceGatewayId: string;
  readonly targetGatewayId: string;
  readonly unverified: boolean;
  readonly strict: boolean;
}

export async function runDeploy({ options, output, api }: Call<DeployOptions>): Promise<ExitCode> {
  const { sourceGatewayId, targetGatewayId, file, strict } = options;
  if (sourceGatewayId === targetGatewayId) throw usage('the source and the target are the same gateway');
  const expected = file === undefined ? null : { file, bytes: await readFileAsked(file) };
  const client = await api();
  const [source, target] = [
    await readGateway(client, sourceGatewayId),
    await readGateway(client, targetGatewayId),
  ];
  // By the name in the document it would be the source's own: what is pushed there next would reach the target too.
  if (target.configuration_id === null && options.configurationId === undefined)
    throw usage(
      `gateway ${clean(target.id)} is bound to nothing; say which configuration it gets: --configuration-id`,
    );
  const proven = await readProven(client, source, options);
  if (expected) requireSame(expected, proven, source.id);
  const { pack } = requireValid(`${proven.configuration}@${proven.number}`, proven.bytes, strict);
  if (!options.json)
    output.note(
      `Source: version ${proven.number} of ${clean(proven.configuration)}, from gateway ${clean(source.id)}.`,
    );
  return publish(client, { bytes: proven.bytes, pack, gateway: target }, options, output);
}

function requireSame(
  { file, bytes }: { file: string; bytes: Uint8Array },
  { bytes: runs, configuration, number }: Proven,
  source: string,
): void {
  if (Buffer.compare(bytes, runs) === 0) return;
  throw new Failure(
    EXIT.no,
    `${clean(file)} is not what gateway ${clean(source)} runs, byte for byte; nothing was changed`,
    [`To see what differs: kt policy diff ${clean(configuration)}@${number} ${clean(file)}`],
  );
}
