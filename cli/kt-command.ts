/** A command that does not take the next option for the value of one that lacks it. */
import { Command } from 'commander';

export class KtCommand extends Command {
  override createCommand(name?: string): KtCommand {
    return new KtCommand(name);
  }

  /** `--table --force` lacks the name of the table. A value that begins with a hyphen is written `--table=-x`. */
  override parseOptions(argv: string[]): ReturnType<Command['parseOptions']> {
    for (const [i, word] of argv.entries()) {
      if (word === '--') break;
      const option = this.options.find(
        (known) => known.required && (known.long === word || known.short === word),
      );
      const value = argv[i + 1] ?? '';
      // Of several lines it is the content of a file, a private key at that: it is not repeated.
      const shown = value.includes('\n') ? 'what follows' : `"${value}"`;
      if (option && /^-./.test(value))
        this.error(`error: option '${option.flags}' argument missing: ${shown} begins with a hyphen`, {
          code: 'commander.optionMissingArgument',
        });
    }
    return super.parseOptions(argv);
  }
}
