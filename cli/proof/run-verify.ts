/** Run verify: the verdict on a proof, which nobody need be asked for. */
import type { Proof } from '../../lib/domain/proof.ts';
import { type Verdict, verifyProof } from '../../lib/domain/verify-proof.ts';
import type { Call } from '../action.ts';
import { clean } from '../clean.ts';
import { EXIT, type ExitCode } from '../exit-code.ts';
import type { Output } from '../output.ts';
import { readExpected, readKeys, readProof } from './read-files.ts';

export interface VerifyOptions {
  readonly keys: readonly string[];
  readonly expectGateways?: string;
  readonly configurationId?: string;
  readonly expectVersion?: string;
  readonly maxAge?: number;
  readonly json: boolean;
}

export async function runVerify({ args, options, output }: Call<VerifyOptions>): Promise<ExitCode> {
  const [file = ''] = args;
  const { keys: files, expectGateways } = options;
  const proof = await readProof(file, process.stdin);
  const keys = files.length === 0 ? null : await readKeys(files, process.stdin);
  const expected = expectGateways === undefined ? null : await readExpected(expectGateways, process.stdin);
  const verdict = verifyProof(proof, { keys, expected });
  const [unfit = null] = [elsewhere(proof, options), old(proof, options), ahead(proof, options)].flatMap(
    (why) => why ?? [],
  );
  const tooOld = old(proof, options) !== null;
  if (options.json) output.json(asJson(proof, verdict, { pinned: keys !== null, tooOld, unfit }));
  else show(proof, verdict, unfit, output);
  if (keys === null)
    output.warn(
      'the keys are those in the file: this shows that the file agrees with itself, not who made it (--keys)',
    );
  return verdict.converged && unfit === null ? EXIT.ok : EXIT.no;
}

/** A genuine proof of something else proves nothing of what was asked. */
function elsewhere({ manifest }: Proof, { configurationId, expectVersion }: VerifyOptions): string | null {
  const { configuration_id: id, version_id, number } = manifest;
  if (configurationId !== undefined && configurationId !== id)
    return `another configuration: it is of ${clean(id)}, not of ${clean(configurationId)}`;
  if (expectVersion !== undefined && expectVersion !== version_id && expectVersion !== String(number))
    return `another version: it is of version ${number} (${clean(version_id)}), not of ${clean(expectVersion)}`;
  return null;
}

const ageOf = ({ seal }: Proof) => Date.now() - Date.parse(seal.statement.taken_at);

function old(proof: Proof, { maxAge }: VerifyOptions): string | null {
  if (maxAge === undefined || ageOf(proof) <= maxAge * 1000) return null;
  return `too old: taken at ${clean(proof.seal.statement.taken_at)}, more than ${maxAge} s ago`;
}

/** Two clocks that are right differ by less. */
const AHEAD_SECONDS = 60;

/** Of what is dated ahead nobody knows the age, and it would never be too old. */
function ahead(proof: Proof, { maxAge }: VerifyOptions): string | null {
  if (maxAge === undefined || ageOf(proof) >= -AHEAD_SECONDS * 1000) return null;
  return `dated ahead: taken at ${clean(proof.seal.statement.taken_at)}, which is still to come by the clock here`;
}

interface Terms {
  readonly pinned: boolean;
  readonly tooOld: boolean;
  /** Why it is not what was asked for, whatever it shows. */
  readonly unfit: string | null;
}

function asJson(proof: Proof, verdict: Verdict, { pinned, tooOld, unfit }: Terms): object {
  const { manifest, version, seal } = proof;
  return {
    valid: verdict.valid,
    converged: verdict.converged && unfit === null,
    too_old: tooOld,
    unfit,
    as_of: seal.statement.taken_at,
    configuration_id: manifest.configuration_id,
    version_id: manifest.version_id,
    number: manifest.number,
    sequence: manifest.sequence,
    content_hash: manifest.content_hash,
    commit: manifest.commit,
    author: version.author,
    activated_by: version.activated_by,
    keys: pinned ? 'pinned' : 'bundle',
    problems: verdict.problems,
    gateways: verdict.gateways,
  };
}

const MOST_PROBLEMS = 50;

function show(
  { manifest, version, seal }: Proof,
  { valid, converged, problems, gateways }: Verdict,
  unfit: string | null,
  output: Output,
): void {
  const { number, configuration_id: id, sequence } = manifest;
  const what = `version ${number} of ${clean(id)} (sequence ${sequence})`;
  const asOf = clean(seal.statement.taken_at);
  if (!valid) {
    for (const problem of problems.slice(0, MOST_PROBLEMS)) output.note(clean(problem));
    if (problems.length > MOST_PROBLEMS) output.note(`… and ${problems.length - MOST_PROBLEMS} more`);
    output.line(`NOT VALID: this does not prove anything of ${what}`);
    return;
  }
  const left = gateways.filter(({ proven }) => !proven);
  if (left.length > 0)
    output.table(
      ['GATEWAY', 'NAME', 'NOT PROVEN'],
      left.map((gateway) => [gateway.id, gateway.name, gateway.why]),
    );
  const who = version.activated_by === null ? '' : `, put there by ${clean(version.activated_by)}`;
  output.note(
    `commit ${clean(manifest.commit ?? 'none')}, by ${clean(version.author ?? 'nobody named')}${who}`,
  );
  if (gateways.length === 0) output.line(`not converged: no gateway was bound to ${what} at ${asOf}`);
  else if (!converged)
    output.line(
      `not converged: ${gateways.length - left.length} of ${gateways.length} gateways are proven to have run ${what} at ${asOf}`,
    );
  else if (unfit !== null) output.line(unfit);
  else {
    const all = gateways.length === 1 ? 'its one gateway is' : `all ${gateways.length} gateways are`;
    output.line(`converged: ${all} proven to have run ${what} at ${asOf}`);
  }
}
