/** `normball completion SHELL`: a script made from the commands themselves, so that it cannot fall behind them. */
import { Argument, type Command } from 'commander'
import { writeStdout } from './output.js'

const shells = ['bash', 'zsh', 'fish'] as const
type Shell = (typeof shells)[number]

export function addCompletion(program: Command, run: (work: () => Promise<number>) => Promise<void>): void {
  program
    .command('completion')
    .description('print the completion script of a shell')
    .addArgument(new Argument('<shell>', 'which shell').choices(shells))
    .addHelpText(
      'after',
      '\nExamples:\n  source <(normball completion bash)\n  normball completion zsh > ~/.zfunc/_normball    (a folder of your fpath)\n  normball completion fish > ~/.config/fish/completions/normball.fish',
    )
    .action((shell: Shell) =>
      run(async () => {
        writeStdout(completionScript(program, shell))
        return 0
      }),
    )
}

interface Entry {
  readonly name: string
  readonly description: string
  readonly options: readonly {
    readonly flag: string
    readonly description: string
    readonly choices: readonly string[]
    readonly takesFile: boolean
  }[]
  readonly choices: readonly string[]
}

function entriesOf(program: Command): Entry[] {
  return program.commands.map((command) => ({
    name: command.name(),
    description: command.description(),
    options: command.options
      .filter((option) => option.long)
      .map((option) => ({
        flag: option.long!,
        description: option.description,
        choices: option.argChoices ?? [],
        takesFile: /<(file|path)>/.test(option.flags),
      })),
    choices: command.registeredArguments.flatMap((argument) => argument.argChoices ?? []),
  }))
}

function completionScript(program: Command, shell: Shell): string {
  const entries = entriesOf(program)
  return shell === 'bash' ? bash(entries) : shell === 'zsh' ? zsh(entries) : fish(entries)
}

function bash(entries: readonly Entry[]): string {
  const cases = entries.map(({ name, options, choices }) => {
    const values = options.filter((option) => option.choices.length > 0)
    const inner = values.map(
      ({ flag, choices: words }) =>
        `        ${flag}) COMPREPLY=($(compgen -W "${words.join(' ')}" -- "$cur")); return ;;`,
    )
    return `    ${name})
      case "$prev" in
${inner.join('\n')}
      esac
      if [[ "$cur" == -* ]]; then COMPREPLY=($(compgen -W "${options.map((option) => option.flag).join(' ')} --help" -- "$cur"))
      else COMPREPLY=(${choices.length > 0 ? `$(compgen -W "${choices.join(' ')}" -- "$cur")` : '$(compgen -f -- "$cur")'}); fi ;;`
  })
  return `# bash completion for normball
_normball() {
  local cur="\${COMP_WORDS[COMP_CWORD]}" prev="\${COMP_WORDS[COMP_CWORD-1]}"
  COMPREPLY=()
  if [[ $COMP_CWORD -eq 1 ]]; then COMPREPLY=($(compgen -W "${entries.map((entry) => entry.name).join(' ')}" -- "$cur")); return; fi
  case "\${COMP_WORDS[1]}" in
${cases.join('\n')}
  esac
}
complete -o filenames -F _normball normball
`
}

/** Inside single quotes of a shell, without characters that zsh's _arguments would read as syntax. */
const quote = (text: string): string =>
  text.replaceAll("'", '’').replaceAll('[', '(').replaceAll(']', ')').replaceAll(':', ' -')

function zsh(entries: readonly Entry[]): string {
  const commands = entries.map(({ name, description }) => `    '${name}:${quote(description)}'`).join('\n')
  const cases = entries.map(({ name, options, choices }) => {
    const specs = options.map(({ flag, description, choices: words, takesFile }) => {
      const value = words.length > 0 ? `:value:(${words.join(' ')})` : takesFile ? ':file:_files' : ''
      return `        '${flag}[${quote(description)}]${value}'`
    })
    const rest = choices.length > 0 ? `'*:value:(${choices.join(' ')})'` : `'*:file:_files'`
    return `    ${name}) _arguments \\\n${[...specs, `        ${rest}`].join(' \\\n')} ;;`
  })
  return `#compdef normball
_normball() {
  local -a commands
  commands=(
${commands}
  )
  if (( CURRENT == 2 )); then _describe command commands; return; fi
  local command=$words[2]
  shift words; (( CURRENT-- ))
  case $command in
${cases.join('\n')}
  esac
}
compdef _normball normball
`
}

function fish(entries: readonly Entry[]): string {
  const lines = entries.flatMap(({ name, description, options, choices }) => {
    const when = `-n '__fish_seen_subcommand_from ${name}'`
    return [
      `complete -c normball -n __fish_use_subcommand -f -a ${name} -d '${quote(description)}'`,
      ...(choices.length > 0 ? [`complete -c normball ${when} -f -a '${choices.join(' ')}'`] : []),
      ...options.map(({ flag, description: text, choices: words, takesFile }) => {
        const value = words.length > 0 ? ` -x -a '${words.join(' ')}'` : takesFile ? ' -r' : ''
        return `complete -c normball ${when} -l ${flag.slice(2)}${value} -d '${quote(text)}'`
      }),
    ]
  })
  return `# fish completion for normball\n${lines.join('\n')}\n`
}
