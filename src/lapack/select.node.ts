/** The choice of an implementation: the machine's library where there is one, else ours. */
import { inert, SystemError, UsageError } from '../core/index.js'
import type { Kernels } from '../kernels/index.js'
import { loadKoffi } from './koffi.node.js'
import type { Lapack } from './lapack.js'
import { createPortable } from './portable/index.js'
import type { BackendChoice } from './select.js'
import { openSystem, type Tried, triedLibraries } from './system.node.js'

export type { BackendChoice }

const choices: readonly string[] = ['auto', 'system', 'portable'] satisfies BackendChoice[]

/**
 * The implementation asked for. `auto` is what `NORMBALL_BACKEND` says, or else the system's library with the portable one as a silent
 * fallback (`lapackSearch` says why). Throws SystemError when `system` has no library, or when a library that `NORMBALL_BLAS` names fails.
 */
export function selectLapack(kernels: Kernels, choice: BackendChoice = 'auto'): Lapack {
  const wanted = choice === 'auto' ? fromEnvironment() : choice
  if (wanted !== 'portable') {
    const system = openSystem(kernels)
    if (!('why' in system)) return system
    if (process.env['NORMBALL_BLAS']) throw new SystemError('blas', `backend: NORMBALL_BLAS: ${inert(system.why, 400)}`)
    if (wanted === 'system') {
      const hint = 'why' in loadKoffi() ? '' : `. ${advice()}`
      throw new SystemError('blas', `backend: no system BLAS and LAPACK: ${system.why}${hint}`)
    }
  }
  return createPortable(kernels)
}

function fromEnvironment(): BackendChoice {
  const value = process.env['NORMBALL_BACKEND'] || 'auto'
  if (choices.includes(value)) return value as BackendChoice
  throw new UsageError(`backend: NORMBALL_BACKEND is "${inert(value)}", expected auto, system or portable`)
}

/** What to install on this platform to get a system library. */
export function advice(platform: string = process.platform): string {
  const install: Record<string, string> = {
    linux: "`apt install libopenblas0-pthread`, `dnf install openblas-threads` or your distribution's OpenBLAS",
    darwin: '`brew install openblas`',
    win32: 'OpenBLAS (libopenblas.dll on the PATH)',
  }
  return `Try ${install[platform] ?? 'installing OpenBLAS'}, or name a library file in NORMBALL_BLAS`
}

/** The libraries that were looked at and not taken in this thread, and why. */
export function lapackSearch(): { tried: Tried[] } {
  return { tried: triedLibraries() }
}
