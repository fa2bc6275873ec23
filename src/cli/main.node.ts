#!/usr/bin/env node
/** The command line's front door: reads the arguments, runs one command, ends with its exit code. */
import { Command, CommanderError } from 'commander'
import { version } from '../core/index.js'
import { addBalls } from './balls.js'
import { addCheck } from './check.js'
import { addClip } from './clip.js'
import { addCompletion } from './completion.js'
import { addCompress } from './compress.js'
import { addConvert } from './convert.js'
import { addDiff } from './diff.js'
import { tellFailure } from './failure.js'
import { addInspect } from './inspect.js'
import { installInterrupt } from './interrupt.js'
import { addCommonOptions } from './options.js'
import { addPrune } from './prune.js'
import { addRetain } from './retain.js'
import { addSolve } from './solve.js'
import { addTrack } from './track.js'

const wantsJson = process.argv.includes('--json')

const run = async (work: () => Promise<number>): Promise<void> => {
  process.exitCode = await work()
}

function build(): Command {
  const program = new Command('normball')
    .description('Measures neural networks by their norms. Opens checkpoints safely: nothing in a file is executed.')
    .version(version, '-V, --version')
    .showHelpAfterError(false)
    .showSuggestionAfterError(true)
    .addHelpText(
      'after',
      '\nStart with: normball demo, or normball inspect YOUR-FILE. Each command has --help with examples.',
    )
  program.exitOverride().configureOutput({
    writeErr: (text) => process.stderr.write(text),
    outputError: (text, write) =>
      write(
        `normball: ${text
          .replace(/^error: /, '')
          .trim()
          .replaceAll('\n', ' ')}. See normball --help.\n`.replace('..', '.'),
      ),
  })
  addInspect(program, run)
  addDiff(program, run)
  addTrack(program, run)
  addCheck(program, run)
  addClip(program, run)
  addPrune(program, run)
  addCompress(program, run)
  addConvert(program, run)
  addRetain(program, run)
  addSolve(program, run)
  addCommonOptions(program.command('demo'))
    .description('the main job on a model that comes with the package')
    .action((options) => run(async () => (await import('./demo.js')).runDemo(options)))
  addCommonOptions(program.command('doctor'))
    .description('what was found on this machine, what is used, what would make it faster, and a self-test')
    .action((options) => run(async () => (await import('./doctor.js')).runDoctor(options)))
  addBalls(program, run)
  addCompletion(program, run)
  for (const command of program.commands) command.exitOverride().configureOutput(program.configureOutput())
  return program
}

installInterrupt()
try {
  await build().parseAsync(process.argv)
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
