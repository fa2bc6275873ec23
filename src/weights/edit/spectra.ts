/** Matrix figures before and after an edit, where they are cheap enough or were asked for. */
import type { Skipped } from '../../checkpoint/index.js'
import { isFloating } from '../../core/index.js'
import type { Pointer, Statistics } from '../../kernels/index.js'
import type { MatrixFigures, SpectraMode } from '../types.js'
import type { Candidate } from './choose.js'
import type { Passed } from './pass.js'
import type { EditOptions } from './types.js'

export interface Matrices {
  readonly before: MatrixFigures | null
  readonly after: MatrixFigures | null
  readonly delta: MatrixFigures | null
}

const none: Matrices = { before: null, after: null, delta: null }

/** Spectra of a run. */
export class Spectra {
  readonly skipped: Skipped[] = []
  readonly mode: SpectraMode

  constructor(options: EditOptions, _all: readonly (Candidate & { readonly edited: boolean })[]) {
    this.mode = options.spectra ?? 'auto'
  }

  async keeping(
    candidate: Candidate,
    _changes: boolean,
    pass: (keep: { before: Pointer; after: Pointer } | null) => Promise<Passed>,
  ): Promise<{ passed: Passed; matrices: Matrices }> {
    return { passed: await pass(null), matrices: this.#skip(candidate) }
  }

  async of(
    candidate: Candidate,
    _passed: { before: Statistics; after: Statistics },
    _before: Pointer,
    _after: Pointer,
  ): Promise<Matrices> {
    return this.#skip(candidate)
  }

  #skip({ entry: { name, dtype, shape, data } }: Candidate): Matrices {
    if (shape.length >= 2 && isFloating(data.type))
      this.skipped.push({ name, dtype, shape, what: 'matrix', why: 'spectra are not measured by edits yet' })
    return none
  }
}
