/** `kt version proof`, `kt version verify`: what shows, without us, that every gateway runs a version. */
import type { Command } from 'commander';
import { action } from '../action.ts';
import { jsonOption, wholeNumber } from '../options.ts';
import type { ProofOptions } from '../proof/run-proof.ts';
import type { VerifyOptions } from '../proof/run-verify.ts';

export function addProof(version: Command): void {
  version
    .command('proof')
    .description(
      'What every bound gateway signed for the version in force, and the roster of all of them, as JSON.',
    )
    .argument(
      '<configuration>',
      'with its version, payments@12, or the version alone with --configuration-id',
    )
    .argument('[version]', 'by number or id')
    .option('--configuration-id <id>', 'of the version')
    .action(
      action<ProofOptions>(async (call) => {
        const { runProof } = await import('../proof/run-proof.ts');
        return runProof(call);
      }),
    );
}

export function addVerify(version: Command): void {
  version
    .command('verify')
    .description('Verify a proof, without asking anybody: do all gateways run the version?')
    .argument('<file>', 'what kt version proof wrote; - for standard input')
    .option('--keys <file>', 'the answers of /v1/keys and /v1/proof-keys; may be repeated', repeated, [])
    .option(
      '--expect-gateways <file>',
      'gateways that must be in it: an id a line, and the SHA-256 of its key if known',
    )
    .option('--configuration-id <id>', 'it must be of this configuration')
    .option('--expect-version <version>', 'it must be of this version, by number or id')
    .option('--max-age <seconds>', 'the roster may not be older', wholeNumber(1, 1_000_000_000))
    .addOption(jsonOption('the verdict as JSON'))
    .addHelpText(
      'after',
      '\nWithout --keys the keys in the file are taken: then it only shows that the file agrees with itself.\nWithout --configuration-id, --expect-version and --max-age a proof of something else, or of long ago, is as good as any.\nExit codes: 0 genuine, and every gateway runs it; 1 not so; 2 it cannot be read.',
    )
    .action(
      action<VerifyOptions>(async (call) => {
        const { runVerify } = await import('../proof/run-verify.ts');
        return runVerify(call);
      }),
    );
}

function repeated(value: string, before: readonly string[]): readonly string[] {
  return [...before, value];
}
