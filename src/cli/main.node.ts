#!/usr/bin/env node
/** The command line's front door: reads the arguments, runs one command, ends with its exit code. */
import { Command, CommanderError } from 'commander'
import { version } from '../core/index.js'
import { tellFailure } from './failure.js'
import { installInterrupt } from './interrupt.js'
import { addCommonOptions } from './options.js'
import { writeStdout } from './output.js'

const wantsJson = process.argv.includes('--json')

const run = async (work: () => Promise<number>): Promise<void> => {
  process.exitCode = await work()
}

type Add = (program: Command, work: typeof run) => void

/** The commands, in the order of the help. Each is loaded when it is asked for: what one needs does not slow the start of another. */
const commands: Readonly<Record<string, () => Promise<Add>>> = {
  inspect: async () => (await import('./inspect.js')).addInspect,
  diff: async () => (await import('./diff.js')).addDiff,
  track: async () => (await import('./track.js')).addTrack,
  check: async () => (await import('./check.js')).addCheck,
  clip: async () => (await import('./clip.js')).addClip,
  prune: async () => (await import('./prune.js')).addPrune,
  compress: async () => (await import('./compress.js')).addCompress,
  convert: async () => (await import('./convert.js')).addConvert,
  retain: async () => (await import('./retain.js')).addRetain,
  train: async () => (await import('./train.js')).addTrain,
  search: async () => (await import('./search.js')).addSearch,
  factor: async () => (await import('./factor.js')).addFactor,
  shift: async () => (await import('./shift.js')).addShift,
  solve: async () => (await import('./solve.js')).addSolve,
  demo: async () => addDemo,
  doctor: async () => addDoctor,
  balls: async () => (await import('./balls.js')).addBalls,
  completion: async () => (await import('./completion.js')).addCompletion,
}

function addDemo(program: Command): void {
  addCommonOptions(program.command('demo'))
    .description('the main job on a model that comes with the package')
    .action((options) => run(async () => (await import('./demo.js')).runDemo(options)))
}

function addDoctor(program: Command): void {
  addCommonOptions(program.command('doctor'))
    .description('what was found on this machine, what is used, what would make it faster, and a self-test')
    .action((options) => run(async () => (await import('./doctor.js')).runDoctor(options)))
}

/** Those that `first`, the first argument, needs: itself; all, to be listed, suggested or completed; none for the version. */
function namesFor(first: string): readonly string[] {
  if (first === '-V' || first === '--version') return []
  return Object.hasOwn(commands, first) && first !== 'completion' ? [first] : Object.keys(commands)
}

async function build(first = ''): Promise<Command> {
  const program = new Command('normball')
    .description(
      'Measures, compares, edits and trains neural networks by their norms. Opens checkpoints safely: nothing in a file is executed.',
    )
    .version(version, '-V, --version')
    .showHelpAfterError(false)
    .showSuggestionAfterError(true)
    .addHelpText(
      'after',
      '\nStart with: normball demo, or normball inspect YOUR-FILE. Each command has --help with examples.',
    )
  program.exitOverride().configureOutput({
    writeOut: writeStdout,
    writeErr: (text) => process.stderr.write(text),
    outputError: (text, write) =>
      write(
        `normball: ${text
          .replace(/^error: /, '')
          .trim()
          .replaceAll('\n', ' ')}. See normball --help.\n`.replace('..', '.'),
      ),
  })
  for (const name of namesFor(first)) (await commands[name]!())(program, run)
  for (const command of program.commands) command.exitOverride().configureOutput(program.configureOutput())
  return program
}

installInterrupt()
try {
  const program = await build(process.argv[2])
  await program.parseAsync(process.argv)
} catch (error) {
  if (error instanceof CommanderError) {
    // Help and version come as errors with exit code 0; wrong usage has told its sentence already.
    const usage = error.exitCode !== 0
    process.exitCode = usage ? 2 : 0
    if (usage && wantsJson) {
      const { toJson } = await import('../report/index.js')
      const message = error.message.replace(/^error: /, '')
      process.stdout.write(toJson({ error: { code: 'usage', message, file: null, tensor: null, offset: null } }))
    }
  } else process.exitCode = tellFailure(error, wantsJson)
}
