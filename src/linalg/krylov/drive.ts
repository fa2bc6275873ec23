/** Runs a method on a system: records the residuals, reports and stops between iterations, and checks what a recurrence claims. */
import { InterruptedError, throwIfAborted } from '../../core/index.js'
import type { Ending } from './outcomes.js'
import { type Method, residual, type System } from './system.js'

export interface Iteration {
  readonly iteration: number
  /** ||b - A x|| / ||b||, as the method's recurrence knows it. */
  readonly residual: number
}

export interface Hooks {
  readonly onIteration?: ((at: Iteration) => void) | undefined
  readonly signal?: AbortSignal | undefined
}

export interface Driven {
  readonly ending: Ending
  readonly iterations: number
  /** ||b - A x|| / ||b||, computed anew at the end; ||b - A x|| itself where b is 0. */
  readonly residual: number
  readonly history: number[]
}

/** A recurrence may claim this much more than is true. */
const slack = 1.01
/** A restart from the true residual has to gain this much, or rounding allows no more. */
const worthwhile = 0.5

/**
 * Yields after every iteration, so that a caller may let other work have its turn. A method that stops on its recurrence's residual
 * (`isRecurrence`) is started anew from x where the true residual is larger than it claims.
 */
export function* drive(
  method: Method,
  system: System,
  isRecurrence: boolean,
  hooks: Hooks,
): Generator<void, Driven, void> {
  const { vectors, A, normB, target, maxIterations } = system
  const unit = normB === 0 ? 1 : normB
  const history: number[] = []
  const r = vectors.alloc(A.rows)
  let ending: Ending
  let trueNorm = Number.POSITIVE_INFINITY
  for (;;) {
    const run = method({ ...system, maxIterations: maxIterations - Math.max(0, history.length - 1) })
    let isStart = history.length > 0
    let step = run.next()
    for (; !step.done; step = run.next()) {
      if (isStart) {
        isStart = false
        continue
      }
      history.push(step.value / unit)
      throwIfAborted(hooks.signal)
      hooks.onIteration?.({ iteration: history.length - 1, residual: step.value / unit })
      throwIfAborted(hooks.signal)
      yield
    }
    ending = step.value
    const before = trueNorm
    trueNorm = residual(system, r)
    if (!isRecurrence || ending.outcome !== 'converged' || trueNorm <= target * slack) break
    if (trueNorm > worthwhile * before) {
      ending = { outcome: 'stagnated', detail: 'rounding lets the residual fall no further' }
      break
    }
    if (history.length - 1 >= maxIterations) {
      ending = { outcome: 'iteration-limit' }
      break
    }
  }
  if (isUnexplained(ending) && isLeastSquares(system, r, trueNorm)) ending = { outcome: 'inconsistent' }
  return { ending, iterations: Math.max(0, history.length - 1), residual: trueNorm / unit, history }
}

/** Endings that an inconsistent system may hide behind. */
const isUnexplained = ({ outcome }: Ending): boolean =>
  outcome === 'stagnated' || outcome === 'breakdown' || outcome === 'iteration-limit'

/** Whether Aᵀ r = 0 to working precision: r is what no x can remove. */
function isLeastSquares({ vectors, A, b, normB }: System, r: number, normR: number): boolean {
  if (A.applyTransposed === null || !(normR > 1e-10 * normB) || !Number.isFinite(normR)) return false
  const z = vectors.alloc(A.columns)
  A.applyTransposed(b, z)
  // Of A's norm, a lower bound.
  const normA = vectors.norm(A.columns, z) / normB
  A.applyTransposed(r, z)
  return vectors.norm(A.columns, z) <= 1e-9 * normA * normR
}

/** Runs to the end. */
export function finish<T>(run: Generator<void, T, void>): T {
  let step = run.next()
  while (!step.done) step = run.next()
  return step.value
}

/** Runs to the end, letting the event loop have its turn every few milliseconds, so that an AbortSignal can be heard. */
export async function finishInTurns<T>(run: Generator<void, T, void>, signal?: AbortSignal): Promise<T> {
  let since = performance.now()
  try {
    let step = run.next()
    while (!step.done) {
      if (performance.now() - since > 12) {
        await nextTurn()
        if (signal?.aborted) throw new InterruptedError()
        since = performance.now()
      }
      step = run.next()
    }
    return step.value
  } finally {
    // Ends the generator's own `finally` where it was left early.
    run.return(undefined as T)
  }
}

const nextTurn = (): Promise<void> =>
  new Promise((resolve) => {
    const channel = new MessageChannel()
    channel.port1.onmessage = () => {
      channel.port1.close()
      resolve()
    }
    channel.port2.postMessage(null)
  })
