/** The commands and options of the program, as plain facts for completion scripts. */
import type { Command, Option } from 'commander';

export interface Entry {
  /** What is completed: `repo`, `--json`. */
  readonly word: string;
  /** One line, in letters that no shell takes for anything else. */
  readonly description: string;
}

export interface OptionEntry extends Entry {
  /** `-f`, or null. */
  readonly short: string | null;
  readonly takesValue: boolean;
  readonly choices: readonly string[];
}

/** A command, with what may follow it. */
export interface Node {
  /** Words after `kt`: empty for `kt` itself. */
  readonly path: readonly string[];
  readonly commands: readonly Entry[];
  readonly options: readonly OptionEntry[];
  /** Words that its first argument may be. */
  readonly choices: readonly string[];
}

/** Every command that is not hidden; options of `kt` itself are understood everywhere. */
export function commandTree(kt: Command): readonly Node[] {
  return nodesOf(kt, [], optionsOf(kt, []));
}

function nodesOf(command: Command, path: readonly string[], global: readonly OptionEntry[]): Node[] {
  const children = command.createHelp().visibleCommands(command);
  const below = children.filter((child) => child.name() !== 'help');
  const node = {
    path,
    commands: children.map((child) => ({ word: child.name(), description: plain(child.description()) })),
    options: path.length === 0 ? global : optionsOf(command, global),
    choices: command.registeredArguments[0]?.argChoices ?? [],
  };
  return [node, ...below.flatMap((child) => nodesOf(child, [...path, child.name()], global))];
}

function optionsOf(command: Command, global: readonly OptionEntry[]): OptionEntry[] {
  const own = command.createHelp().visibleOptions(command).flatMap(entryOf);
  return [...own, ...global.filter(({ word }) => !own.some((entry) => entry.word === word))];
}

function entryOf({ long, short, description, required, optional, argChoices }: Option): OptionEntry[] {
  if (!long) return [];
  const takesValue = required || optional;
  return [
    {
      word: long,
      short: short ?? null,
      description: plain(description),
      takesValue,
      choices: argChoices ?? [],
    },
  ];
}

const plain = (text: string) =>
  text
    .replace(/['"`\\$[\]]/g, '')
    .replace(/\s+/g, ' ')
    .trim();
