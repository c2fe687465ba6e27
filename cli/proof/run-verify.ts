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
  readonly maxAge?: number;
  readonly json: boolean;
}

export async function runVerify({ args, options, output }: Call<VerifyOptions>): Promise<ExitCode> {
  const [file = ''] = args;
  const { keys: files, expectGateways, maxAge } = options;
  const proof = await readProof(file, process.stdin);
  const keys = files.length === 0 ? null : await readKeys(files, process.stdin);
  const expected = expectGateways === undefined ? null : await readExpected(expectGateways, process.stdin);
  const verdict = verifyProof(proof, { keys, expected });
  const old = maxAge !== undefined && isOlder(proof, maxAge);
  if (options.json) output.json(asJson(proof, verdict, { pinned: keys !== null, old }));
  else show(proof, verdict, { maxAge: old ? maxAge : null }, output);
  if (keys === null)
    output.warn(
      'the keys are those in the file: this shows that the file agrees with itself, not who made it (--keys)',
    );
  return verdict.converged && !old ? EXIT.ok : EXIT.no;
}

function isOlder({ seal }: Proof, seconds: number): boolean {
  return !(Date.now() - Date.parse(seal.statement.taken_at) <= seconds * 1000);
}

function asJson(proof: Proof, verdict: Verdict, { pinned, old }: { pinned: boolean; old: boolean }): object {
  const { manifest, version, seal } = proof;
  return {
    valid: verdict.valid,
    converged: verdict.converged && !old,
    too_old: old,
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
  { maxAge }: { readonly maxAge: number | null },
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
  else if (maxAge !== null) output.line(`too old: taken at ${asOf}, more than ${maxAge} s ago`);
  else {
    const all = gateways.length === 1 ? 'its one gateway is' : `all ${gateways.length} gateways are`;
    output.line(`converged: ${all} proven to have run ${what} at ${asOf}`);
  }
}
