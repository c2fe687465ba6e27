/** `kt gateway create --state-dir`: registers a gateway, with all that its agent needs in one folder, or not at all. */
import { resolve } from 'node:path';
import { type Enrolment, enrol, Taken } from '../../gateway/agent/registration.ts';
import { KEYS } from '../../gateway/agent/shapes.ts';
import { NotStarted } from '../../gateway/agent/trust.ts';
import type { Call } from '../action.ts';
import { REGISTERED } from '../answers.ts';
import type { Api } from '../api-client.ts';
import { ApiFailure } from '../api-failure.ts';
import { EXIT, type ExitCode } from '../exit-code.ts';
import { Failure, usage } from '../failure.ts';
import { type GatewayWishOptions, gatewayWish } from '../gateway-wish.ts';
import { reasonOf } from '../lint/read-bounded.ts';

type Wish = GatewayWishOptions & { readonly json: boolean };

/** The token goes into the folder, and is not printed. */
export async function enrolGateway(
  api: Api,
  stateDir: string,
  options: Wish,
  { output, cwd }: Pick<Call<object>, 'output' | 'cwd'>,
): Promise<ExitCode> {
  if (options.publicKey !== undefined)
    throw usage('--public-key, --state-dir: with --state-dir a key is made; give one of them');
  const folder = resolve(cwd, stateDir);
  const enrolment = await enrolled(folder);
  const { id, queue_url } = await registered(api, enrolment, options, folder);
  if (options.json)
    output.json({
      id,
      name: options.name,
      configuration_id: options.configurationId ?? null,
      queue_url,
      state_dir: folder,
    });
  else {
    output.record([
      ['id', id],
      ['name', options.name],
      ['configuration', options.configurationId],
      ['queue', queue_url],
      ['state', folder],
    ]);
    output.note(
      `Its key, its token and the signing keys are in ${folder}. Next: kt gateway agent --state-dir ${folder} --write FILE`,
    );
  }
  return EXIT.ok;
}

async function enrolled(folder: string): Promise<Enrolment> {
  try {
    return await enrol(folder);
  } catch (error) {
    const why = error instanceof Taken || error instanceof NotStarted ? error.message : reasonOf(error);
    throw usage(`--state-dir: ${folder}: ${why}`);
  }
}

/** What can fail without a trace comes first. Nothing is left of a registration that fails. */
async function registered(api: Api, enrolment: Enrolment, options: Wish, folder: string) {
  try {
    const body = { ...gatewayWish(options), public_key: enrolment.publicKey };
    const { value: keys } = await api.call('GET', '/v1/keys', KEYS);
    await enrolment.pin(keys.keys);
    const { value } = await api.call('POST', '/v1/gateways', REGISTERED, { body });
    await keep(api, enrolment, value, folder);
    return value;
  } catch (error) {
    await enrolment.undo();
    throw error instanceof ApiFailure && error.kind === 'unavailable' ? doubtful(error) : error;
  }
}

/** The connection broke after the request was sent, perhaps. */
const doubtful = ({ exit, message, advice }: ApiFailure) =>
  new Failure(exit, message, [
    ...advice,
    'It may have been registered all the same: kt gateway list shows it. Delete it then, since its key was not kept.',
  ]);

async function keep(
  api: Api,
  enrolment: Enrolment,
  { id, token }: { id: string; token: string },
  folder: string,
): Promise<void> {
  try {
    await enrolment.keep({ gatewayId: id, apiUrl: api.settings.url, token });
  } catch (error) {
    const why = `--state-dir: ${folder} cannot be written: ${reasonOf(error)}`;
    const left = await api.tell('DELETE', `/v1/gateways/${encodeURIComponent(id)}`).then(
      () => 'Nothing was registered.',
      () => `The gateway ${id} was registered, and could not be deleted again: kt gateway delete ${id}`,
    );
    throw new Failure(EXIT.unknown, why, [left]);
  }
}
