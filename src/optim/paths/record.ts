/** Collects the solutions of a path. */
import type { Entry, Path } from './types.js'

export class PathRecorder {
  readonly #coefficients: number[][] = []
  readonly #intercepts: number[][] = []
  readonly #df: number[] = []
  readonly #enters: Entry[] = []
  readonly #gaps: number[] = []
  readonly #iterations: number[] = []
  readonly #seen = new Set<number>()

  constructor(
    readonly lambdas: readonly number[],
    readonly features: number,
    readonly outputs: number,
    readonly loss: Path['loss'],
    readonly hasGaps: boolean,
  ) {}

  /** The next lambda's solution; `active` are the features or groups that are not zero, ascending. */
  add(
    { coefficients, intercepts }: { coefficients: number[]; intercepts: number[] },
    df: number,
    active: readonly number[],
    gap: number,
    iterations: number,
  ): void {
    const at = this.#coefficients.length
    this.#coefficients.push(coefficients)
    this.#intercepts.push(intercepts)
    this.#df.push(df)
    this.#gaps.push(gap)
    this.#iterations.push(iterations)
    for (const index of active)
      if (!this.#seen.has(index)) {
        this.#seen.add(index)
        this.#enters.push({ index, at, lambda: this.lambdas[at]! })
      }
  }

  get path(): Path {
    return {
      lambdas: this.lambdas,
      features: this.features,
      outputs: this.outputs,
      coefficients: this.#coefficients,
      intercepts: this.#intercepts,
      df: this.#df,
      enters: this.#enters,
      loss: this.loss,
      gaps: this.hasGaps ? this.#gaps : null,
      iterations: this.#iterations,
    }
  }
}
