/** `kt help policy lint`: commander's own help knows one word, and shows the group for two. */
import type { Command } from 'commander';

export function addHelp(kt: Command): void {
  kt.helpCommand(false)
    .command('help')
    .description('Show what a command does.')
    .argument('[command...]', 'as in kt help policy lint')
    .action((words: readonly string[]) => {
      let at = kt;
      for (const word of words) {
        const next = at.commands.find((each) => each.name() === word || each.aliases().includes(word));
        if (!next) at.error(`error: unknown command '${word}'`, { code: 'commander.unknownCommand' });
        else at = next;
      }
      at.outputHelp();
    });
}
