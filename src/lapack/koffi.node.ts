/** The native call bridge (koffi, an optional dependency), set up once per thread, and the few C library functions needed around it. */
import { createRequire } from 'node:module'

export type Koffi = typeof import('koffi')
export type Library = ReturnType<Koffi['load']>
export type Native = ReturnType<Library['func']>

/** OpenBLAS's threaded factorizations keep large arrays on the stack; koffi's own megabyte overflows there, which is a crash and no error. */
const stackBytes = 16 * 1024 * 1024

let state: Koffi | { why: string } | undefined

/** koffi with a call stack large enough for BLAS, or a sentence that says why there is none. */
export function loadKoffi(): Koffi | { why: string } {
  state ??= start()
  return state
}

function start(): Koffi | { why: string } {
  let koffi: Koffi
  try {
    koffi = createRequire(import.meta.url)('koffi') as Koffi
  } catch (error) {
    const missing = (error as NodeJS.ErrnoException).code === 'MODULE_NOT_FOUND'
    return {
      why: missing
        ? 'the optional package koffi, which calls native libraries, is not installed (npm install koffi)'
        : `the optional package koffi does not load here (${firstLine(error)})`,
    }
  }
  try {
    koffi.config({ sync_stack_size: stackBytes })
  } catch {
    // Refused once a library is loaded by anyone in this thread; then only what is set already counts.
    const bytes = koffi.config().sync_stack_size ?? 0
    if (bytes < stackBytes)
      return { why: `koffi was set up before with a call stack of ${bytes} bytes, too small for BLAS` }
  }
  return koffi
}

/** The first line of an error's message. */
export function firstLine(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split('\n', 1)[0]!
}

/** The C library's own symbols, which a process always has. */
export function processLibrary(koffi: Koffi): Library {
  return koffi.load(process.platform === 'win32' ? 'kernel32.dll' : null)
}

/**
 * Runs `body` with an environment variable set where native code sees it: `process.env` of a worker thread is a copy that C never reads.
 * A value that the user set stays. Afterwards the variable is removed again, so that child processes do not inherit it.
 */
export function withNativeVariable<T>(koffi: Koffi, name: string, value: string, body: () => T): T {
  const library = processLibrary(koffi)
  if (process.env[name] !== undefined) return body()
  if (process.platform === 'win32') {
    const set = library.func('SetEnvironmentVariableA', 'int', ['str', 'str'])
    set(name, value)
    try {
      return body()
    } finally {
      set(name, null)
    }
  }
  library.func('setenv', 'int', ['str', 'str', 'int'])(name, value, 0)
  try {
    return body()
  } finally {
    library.func('unsetenv', 'int', ['str'])(name)
  }
}
