/** `kt doctor`: whether what `kt` depends on is as it should be. */
import type { Command } from 'commander';
import { action } from '../action.ts';
import { clean } from '../clean.ts';
import { EXIT } from '../exit-code.ts';
import { jsonOption } from '../options.ts';

const STYLES = { ok: 'green', warn: 'yellow', fail: 'red' } as const;

export function addDoctor(kt: Command): void {
  kt.command('doctor')
    .description('Check the settings, the API, the token, the clock and the files that kt works with.')
    .option('--config <file>', 'also a policy document: whether it can be read, and is valid')
    .addOption(jsonOption('the checks as JSON'))
    .addHelpText('after', '\nExit codes: 0 nothing failed, 1 something did.')
    .action(
      action<{ json: boolean; config?: string }>(async (call) => {
        const { examine } = await import('../doctor/examine.ts');
        const checks = await examine(call);
        const failed = checks.some(({ status }) => status === 'fail');
        const { options, output } = call;
        if (options.json) output.json({ ok: !failed, checks });
        else
          for (const { name, status, message, advice } of checks) {
            output.line(`${output.paint(STYLES[status], status.padEnd(4))}  ${name}: ${clean(message)}`);
            if (advice !== null) output.line(`      ${clean(advice)}`);
          }
        return failed ? EXIT.no : EXIT.ok;
      }),
    );
}
