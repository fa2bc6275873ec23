/** Where results go: stdout, or a file. */
import { identity } from '../checkpoint/internal.node.js'
import { inert, SystemError, UsageError } from '../core/index.js'
import { isSpecial, refusal, writeAll, writeFileAtomically } from '../system/index.node.js'

/** Writes to stdout; a reader that has gone away (`| head`) ends the command quietly. */
export function writeStdout(text: string): void {
  try {
    writeAll(1, Buffer.from(text, 'utf8'))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EPIPE') process.exit(0)
    throw new SystemError('cannot-write', `cannot write to stdout: ${refusal(error)}.`, { cause: error })
  }
}

/** A result to stdout or, with `--output`, to a file. */
export function writeResult(text: string, output: string | undefined): void {
  if (output === undefined || output === '-') writeStdout(text)
  else writeFileAtomically(output, text)
}

/** Refuses outputs that are inputs or one another: a slip of the hand must not cost a model. */
export function checkOutputs(outputs: readonly (string | undefined)[], inputs: readonly string[]): void {
  const taken = new Map(inputs.map((path) => [identity(path), `the input '${inert(path)}'`]))
  for (const path of outputs) {
    if (path === undefined || path === '-') continue
    if (path === '') throw new UsageError('an output file needs a name.')
    if (isSpecial(path)) continue
    const other = taken.get(identity(path))
    if (other) throw new UsageError(`the output '${inert(path)}' is also ${other}. Choose another name for the output.`)
    taken.set(identity(path), `the output '${inert(path)}'`)
  }
}
