/** `kt policy`: policy documents, checked, compared and brought to gateways. */
import { type Command, Option } from 'commander';
import { action } from '../action.ts';
import type { LintCommandOptions } from '../lint/run-lint.ts';
import { addDiff } from './policy-diff.ts';
import { addDeploy, addPush } from './policy-publish.ts';
import { addTest } from './policy-test.ts';

export function addPolicy(kt: Command): Command {
  const policy = kt.command('policy').description('Policy documents: check, compare, bring to gateways.');
  addLint(policy);
  addTest(policy);
  addDiff(policy);
  addPush(policy);
  addDeploy(policy);
  return policy;
}

/** Written out, as the formats themselves are only loaded to lint. */
const LINT_FORMATS = ['text', 'json', 'github', 'gitlab', 'sarif', 'junit'] as const;

function addLint(policy: Command): void {
  policy
    .command('lint')
    .description('Check policy documents.')
    .argument(
      '[files...]',
      'files, directories or patterns; - is standard input; policy-config.yaml when left out',
    )
    .option('--file <file>', 'the same; may be repeated', repeated, [])
    .addOption(
      new Option('--format <format>', 'the form of the answer, text when left out').choices(LINT_FORMATS),
    )
    .option('--json', 'the same as --format json', false)
    .option('--strict', 'a kind in the chain without a policy block (E003) is an error', false)
    .option('--all', 'in directories, every *.yaml and *.yml counts', false)
    .option('--stdin-name <name>', 'what standard input is called in the answer', '<stdin>')
    .addHelpText('after', LINT_HELP)
    .action(
      action<LintCommandOptions>(async (call) => {
        const { runLint } = await import('../lint/run-lint.ts');
        return runLint(call);
      }),
    );
}

const LINT_HELP = `
In directories, a YAML file counts when it is called policy-config.yaml, or has pack, policies, policy,
input_policies or output_policies at the start of a line. Directories called node_modules or .anything, and links to directories, are not looked into.
Exit codes: 0 all valid, 1 one is invalid, 2 one could not be read, or none was found.`;

function repeated(value: string, before: readonly string[]): readonly string[] {
  return [...before, value];
}
