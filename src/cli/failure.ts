/** How a command fails: one or two lines on stderr, the same as JSON on stdout with --json, and the exit code of the contract. */

import { inert, NormballError, type PlainError } from '../core/index.js'
import { toJson } from '../report/index.js'
import { refusal } from '../system/index.node.js'
import { writeStdout } from './output.js'

function failureOf(error: unknown): PlainError {
  if (error instanceof NormballError) return error.toJSON()
  const system = (error as NodeJS.ErrnoException | null)?.code
  if (typeof system === 'string' && /^E[A-Z]+$/.test(system)) {
    const file = (error as NodeJS.ErrnoException).path ?? null
    return {
      code: 'system',
      message: `the system refused: ${refusal(error)}.`,
      file,
      tensor: null,
      offset: null,
      exitCode: 4,
    }
  }
  const message = `a defect of normball (${inert(error instanceof Error ? error.message : String(error), 300)}). Please report it, with the command and, if you can, the file; NORMBALL_DEBUG=1 prints where.`
  return { code: 'defect', message, file: null, tensor: null, offset: null, exitCode: 70 }
}

/** `normball: model.pt: tensor 'w': what is wrong.`, inert and on one line. */
export function failureLine(failure: Pick<PlainError, 'message' | 'file' | 'tensor' | 'offset'>): string {
  const message = inert(failure.message, 1500)
  const file = failure.file === null ? '' : inert(failure.file, 300)
  const place = [
    file !== '' && !message.includes(file) ? file : '',
    failure.tensor !== null && !message.includes(inert(failure.tensor, 200))
      ? `tensor '${inert(failure.tensor, 200)}'`
      : '',
  ].filter((part) => part !== '')
  const offset =
    failure.offset !== null && !message.includes(String(failure.offset)) ? ` (at byte ${failure.offset})` : ''
  return `normball: ${[...place, message].join(': ')}${offset}`
}

/** Tells the failure and returns the exit code. */
export function tellFailure(error: unknown, json: boolean): number {
  const failure = failureOf(error)
  process.stderr.write(`${failureLine(failure)}\n`)
  if (process.env['NORMBALL_DEBUG'] === '1' && error instanceof Error) process.stderr.write(`${error.stack}\n`)
  if (json) {
    const { exitCode: _, ...rest } = failure
    writeStdout(toJson({ error: rest }))
  }
  return failure.exitCode
}
