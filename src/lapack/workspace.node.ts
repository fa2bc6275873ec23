/** What the LAPACK calls share: workspaces, and the reading of `info`. */
import { elementBytes, type Kernels, type Pointer } from '../kernels/index.js'
import type { Frame } from './frame.node.js'
import type { Info, Real } from './lapack.js'

export type Letter = 'U' | 'L'

/** Allocates blocks of `sizes` bytes for the time of `body`. */
export function withWorkspace<T>(kernels: Kernels, sizes: readonly number[], body: (blocks: Pointer[]) => T): T {
  const blocks: Pointer[] = []
  try {
    for (const bytes of sizes) blocks.push(kernels.alloc(Math.max(8, bytes)))
    return body(blocks)
  } finally {
    for (const block of blocks) kernels.free(block)
  }
}

/** The elements a workspace query asked for in `cell`, which single precision may have rounded down. */
export function queried(frame: Frame, cell: number, type: Real): number {
  const answer = frame.realAt(cell, type)
  return Math.max(1, Math.ceil(type === 'f32' ? answer * (1 + 2 ** -22) : answer))
}

/** The last cells of the frame, for the size that a query asks for and for `info`. */
const [sizeCell, infoCell] = [22, 23]

/** How many answers a frame keeps. */
const keptAnswers = 512

/**
 * What a workspace query answered: it depends on nothing but the routine, the type and the shape, and takes as long as a small factorization.
 * `ask` makes the query; `key` names all that it depends on.
 */
export function answerTo(frame: Frame, key: string, ask: () => readonly number[]): readonly number[] {
  const { answers } = frame
  let answer = answers.get(key)
  if (answer === undefined) {
    if (answers.size === keptAnswers) answers.clear()
    frame.fresh()
    answer = ask()
    answers.set(key, answer)
  }
  return answer
}

/**
 * A LAPACK call that takes workspace: `call` gets native addresses and the length, first -1, and `info`'s cell. `shape` tells apart the calls
 * of one name that may need other lengths. Returns `info`.
 */
export function withQuery(
  kernels: Kernels,
  frame: Frame,
  type: Real,
  name: string,
  shape: string,
  call: (work: number, lwork: number, info: number) => void,
): Info {
  const answer = answerTo(frame, `${name} ${type} ${shape}`, () => {
    call(frame.cell(sizeCell), -1, frame.integer(infoCell, 0))
    return [queried(frame, sizeCell, type)]
  })
  const lwork = answer[0]!
  return withWorkspace(kernels, [elementBytes[type] * lwork], ([work]) => {
    frame.fresh()
    call(frame.base + work!, lwork, frame.integer(infoCell, 0))
    return finished(name, frame.integerAt(infoCell))
  })
}

/** A LAPACK call without workspace; `call` gets `info`'s cell. */
export function withInfo(frame: Frame, name: string, call: (info: number) => void): Info {
  frame.fresh()
  call(frame.integer(infoCell, 0))
  return finished(name, frame.integerAt(infoCell))
}

/** `lda` as BLAS wants it even where a matrix is empty; a smaller one ends the process in some libraries. */
export const leading = (stride: number, columns: number): number => Math.max(1, stride, columns)

/** A non-negative `info`; a negative one names an argument that we passed wrongly, which is a defect of ours. */
export function finished(routine: string, info: number): Info {
  if (info < 0) throw new Error(`lapack: ${routine} refused argument ${-info}`)
  return info
}
