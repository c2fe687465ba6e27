/** `kt completion`: scripts that let a shell complete the names of commands and options. */
import { Argument, type Command } from 'commander';
import { action } from '../action.ts';
import { EXIT } from '../exit-code.ts';

const SHELLS = ['bash', 'zsh', 'fish'] as const;

export function addCompletion(kt: Command): void {
  kt.command('completion')
    .description('Print a script that completes commands and options.')
    .addArgument(new Argument('<shell>').choices(SHELLS))
    .addHelpText(
      'after',
      `
bash:  source <(kt completion bash)
zsh:   kt completion zsh > "\${fpath[1]}/_kt"
fish:  kt completion fish > ~/.config/fish/completions/kt.fish`,
    )
    .action(
      action(async ({ args, output }) => {
        const { commandTree } = await import('../completion/command-tree.ts');
        const { SCRIPTS } = await import('../completion/scripts.ts');
        const shell = SHELLS.find((name) => name === args[0]) ?? 'bash';
        output.raw(SCRIPTS[shell](commandTree(kt)));
        return EXIT.ok;
      }),
    );
}
