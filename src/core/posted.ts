/** Errors on their way between threads. */
import { FormatError, InterruptedError, NormballError, NumericalError, SystemError, UsageError } from './errors.js'

export interface PostedError {
  readonly name: string
  readonly message: string
  readonly stack: string | undefined
  readonly exitCode: number | null
  readonly code: string | null
  readonly file: string | undefined
  readonly tensor: string | undefined
  readonly offset: number | undefined
}

/** An error as plain data: class instances lose their class when posted. */
export function postableError(error: unknown): PostedError {
  const known = error instanceof NormballError ? error : null
  const base = error instanceof Error ? error : new Error(String(error))
  return {
    name: base.name,
    message: base.message,
    stack: base.stack,
    exitCode: known?.exitCode ?? null,
    code: known?.code ?? null,
    file: known?.file,
    tensor: known?.tensor,
    offset: known?.offset,
  }
}

/** The error that was posted. */
export function reviveError(posted: PostedError): Error {
  const { message, file, tensor, offset } = posted
  const place = { file, tensor, offset }
  const code = posted.code ?? 'unknown'
  if (posted.name === 'UsageError') return new UsageError(message, place, code)
  if (posted.name === 'FormatError') return new FormatError(code, message, place)
  if (posted.name === 'SystemError') return new SystemError(code, message, place)
  if (posted.name === 'NumericalError') return new NumericalError(code, message, place)
  if (posted.name === 'InterruptedError') return new InterruptedError(message)
  if (posted.exitCode !== null) return new NormballError(posted.exitCode, code, message, place)
  const error = new Error(message)
  if (posted.stack !== undefined) error.stack = posted.stack
  return error
}
