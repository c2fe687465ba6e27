/** Completion scripts: the same facts in the language of each shell. */
import type { Node, OptionEntry } from './command-tree.ts';

export const SCRIPTS = { bash, zsh, fish } as const;

const words = (entries: readonly { readonly word: string }[]) => entries.map(({ word }) => word).join(' ');
const keyOf = ({ path }: Node) => ['kt', ...path].join(' ');

/** Patterns for options that take the next word, long and short. */
function valued(nodes: readonly Node[]): readonly OptionEntry[] {
  const all = nodes.flatMap(({ options }) => options).filter(({ takesValue }) => takesValue);
  return [...new Map(all.map((option) => [option.word, option])).values()];
}

/** Which words lead to a command is the same question in bash and zsh. */
const caseOfPaths = (nodes: readonly Node[]) =>
  nodes
    .filter(({ path }) => path.length > 0)
    .map((node) => `'${keyOf(node)}'`)
    .join('|');

function valuePatterns(nodes: readonly Node[]): string {
  return valued(nodes)
    .flatMap(({ word, short }) => (short === null ? [word] : [word, short]))
    .join('|');
}

/** Choices of an option may differ between commands, so the command is part of the pattern. */
function choiceCases(nodes: readonly Node[], say: (choices: readonly string[]) => string): string {
  return nodes
    .flatMap((node) =>
      node.options
        .filter(({ choices }) => choices.length > 0)
        .map(({ word, choices }) => `    '${keyOf(node)} ${word}') ${say(choices)} ;;\n`),
    )
    .join('');
}

function bash(nodes: readonly Node[]): string {
  const cases = nodes
    .map((node) => {
      const follow = [words(node.commands), node.choices.join(' ')].filter((text) => text !== '').join(' ');
      return `    '${keyOf(node)}') commands='${follow}'; options='${words(node.options)}' ;;\n`;
    })
    .join('');
  return `# bash completion for kt: source <(kt completion bash)
_kt() {
  local current="\${COMP_WORDS[COMP_CWORD]}" previous='' path='kt' commands='' options='' word i
  COMPREPLY=()
  for ((i = 1; i < COMP_CWORD; i++)); do
    word="\${COMP_WORDS[i]}"
    case "$previous" in
      ${valuePatterns(nodes)}) previous=''; continue ;;
    esac
    case "$path $word" in
      ${caseOfPaths(nodes)}) path="$path $word" ;;
    esac
    previous="$word"
  done
  case "$path $previous" in
${choiceCases(nodes, (choices) => `COMPREPLY=($(compgen -W '${choices.join(' ')}' -- "$current")); return`)}  esac
  case "$previous" in
    ${valuePatterns(nodes)}) COMPREPLY=($(compgen -f -- "$current")); return ;;
  esac
  case "$path" in
${cases}  esac
  if [[ "$current" == -* ]]; then
    COMPREPLY=($(compgen -W "$options" -- "$current"))
  else
    COMPREPLY=($(compgen -W "$commands" -- "$current"))
  fi
}
complete -o default -F _kt kt
`;
}

function zsh(nodes: readonly Node[]): string {
  const described = (entries: readonly { word: string; description: string }[]) =>
    entries.map(({ word, description }) => `'${word}:${description}'`).join(' ');
  const cases = nodes
    .map((node) => {
      const follow = [...node.commands, ...node.choices.map((word) => ({ word, description: word }))];
      return `    '${keyOf(node)}') commands=(${described(follow)}); options=(${described(node.options)}) ;;\n`;
    })
    .join('');
  return `#compdef kt
# zsh completion for kt: kt completion zsh > "\${fpath[1]}/_kt"
_kt() {
  local previous='' at='kt' word
  local -a commands options
  for word in "\${(@)words[2,CURRENT-1]}"; do
    case "$previous" in
      ${valuePatterns(nodes)}) previous=''; continue ;;
    esac
    case "$at $word" in
      ${caseOfPaths(nodes)}) at="$at $word" ;;
    esac
    previous="$word"
  done
  case "$at $previous" in
${choiceCases(nodes, (choices) => `compadd -- ${choices.join(' ')}; return`)}  esac
  case "$previous" in
    ${valuePatterns(nodes)}) _files; return ;;
  esac
  case "$at" in
${cases}  esac
  if [[ "\${words[CURRENT]}" == -* ]]; then
    _describe 'option' options
  elif (( \${#commands} )); then
    _describe 'command' commands
  else
    _files
  fi
}
if [[ "\${funcstack[1]}" == _kt ]]; then _kt "$@"; else compdef _kt kt; fi
`;
}

function fish(nodes: readonly Node[]): string {
  const lines = nodes.flatMap((node) => {
    const at = `-n '__kt_at ${keyOf(node)}'`;
    return [
      ...node.commands.map(
        ({ word, description }) => `complete -c kt -f ${at} -a ${word} -d '${description}'`,
      ),
      ...node.choices.map((word) => `complete -c kt -f ${at} -a ${word}`),
      ...node.options.map(({ word, short, description, takesValue, choices }) =>
        [
          `complete -c kt ${at} -l ${word.slice(2)}`,
          ...(short === null ? [] : [`-s ${short.slice(1)}`]),
          ...(choices.length > 0 ? [`-x -a '${choices.join(' ')}'`] : takesValue ? ['-r'] : []),
          `-d '${description}'`,
        ].join(' '),
      ),
    ];
  });
  return `# fish completion for kt: kt completion fish > ~/.config/fish/completions/kt.fish
function __kt_at
  set -l path kt
  set -l previous ''
  for word in (commandline -opc)[2..-1]
    switch $previous
      case ${valuePatterns(nodes).split('|').join(' ')}
        set previous ''
        continue
    end
    switch "$path $word"
      case ${caseOfPaths(nodes).split('|').join(' ')}
        set path "$path $word"
    end
    set previous $word
  end
  test "$path" = "$argv"
end
${lines.join('\n')}
`;
}
