/**
 * Every error that normball throws on purpose. A message is one sentence or two: what is wrong and where, what was expected, what to try.
 * Anything else that escapes is a defect of ours (exit code 70).
 */

/** Where an error is: the pieces are optional, and the command line prints and reports those that are set. */
export interface Place {
  file?: string | undefined
  tensor?: string | undefined
  /** Byte offset in the file. */
  offset?: number | undefined
}

export interface ErrorOptionsWithPlace extends Place {
  cause?: unknown
}

/** An error as plain data. */
export interface PlainError {
  readonly code: string
  readonly message: string
  readonly file: string | null
  readonly tensor: string | null
  readonly offset: number | null
  readonly exitCode: number
}

export class NormballError extends Error {
  /** Spelled out in every class: a bundler that shortens names would shorten `constructor.name`. */
  override name = 'NormballError'
  /** Kebab-case category that scripts may rely on, such as `truncated` or `bad-offset`. */
  readonly code: string
  /** The command line's exit code for this error. */
  readonly exitCode: number
  file: string | undefined
  tensor: string | undefined
  offset: number | undefined

  constructor(exitCode: number, code: string, message: string, place: ErrorOptionsWithPlace = {}) {
    super(message, place.cause === undefined ? undefined : { cause: place.cause })
    this.exitCode = exitCode
    this.code = code
    this.file = place.file
    this.tensor = place.tensor
    this.offset = place.offset
  }

  /** As reports and `--json` have it; pieces that are not known are null. */
  toJSON(): PlainError {
    const { code, message, file = null, tensor = null, offset = null, exitCode } = this
    return { code, message, file, tensor, offset, exitCode }
  }
}

/** A caller's mistake: unknown option, impossible value, shapes that do not fit. Exit code 2. */
export class UsageError extends NormballError {
  override name = 'UsageError'

  constructor(message: string, place: ErrorOptionsWithPlace = {}, code = 'usage') {
    super(2, code, message, place)
  }
}

/** The input is not what it should be: damaged, hostile or unsupported. Exit code 3. */
export class FormatError extends NormballError {
  override name = 'FormatError'

  constructor(code: string, message: string, place: ErrorOptionsWithPlace = {}) {
    super(3, code, message, place)
  }
}

/** The system refused: no such file, no permission, disk full, out of memory. Exit code 4. */
export class SystemError extends NormballError {
  override name = 'SystemError'

  constructor(code: string, message: string, place: ErrorOptionsWithPlace = {}) {
    super(4, code, message, place)
  }
}

/** A numerical outcome that is not a result: not converged, singular. Exit code 3. */
export class NumericalError extends NormballError {
  override name = 'NumericalError'

  constructor(code: string, message: string, place: ErrorOptionsWithPlace = {}) {
    super(3, code, message, place)
  }
}

/** Stopped by the user or by an `AbortSignal`. Exit code 130. */
export class InterruptedError extends NormballError {
  override name = 'InterruptedError'

  constructor(message = 'interrupted') {
    super(130, 'interrupted', message)
  }
}

/** Throws `InterruptedError` when `signal` is aborted. */
export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw new InterruptedError()
}

/** Fills the missing pieces of an error's place, leaving those that are set. */
export function withPlace(error: unknown, place: Place): unknown {
  if (error instanceof NormballError) {
    error.file ??= place.file
    error.tensor ??= place.tensor
    error.offset ??= place.offset
  }
  return error
}
