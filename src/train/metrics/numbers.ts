/** Metrics of regressions, batch by batch. */
import { UsageError } from '../../core/index.js'
import type { Regularizer } from '../../norms/index.js'
import { concat, type Tensor } from '../../tensor/index.js'
import { copyOf, describe, tidy } from '../../tensor/internal.js'
import { type RegressionFigures, ResidualSums } from './functions.js'
import type { Accumulator, Metric } from './metric.js'

/** A figure of residuals; with several outputs, or axes, the mean over them. */
export function residualMetric(name: string, better: Metric['better'], key: keyof RegressionFigures): Metric {
  const start = (): Accumulator => {
    let sums: ResidualSums | null = null
    return {
      add(output, target) {
        check(name, output, target)
        sums ??= new ResidualSums(target.size / target.shape[0]!)
        sums.add(target.toArray(), output.toArray())
      },
      value: () => sums?.figures()[key] ?? Number.NaN,
      state: () => Array.from(sums?.memory ?? []),
      restore: (state) => {
        sums = state.length === 0 ? null : new ResidualSums(state.length / 5, state)
      },
    }
  }
  return { name, better, isSmall: true, start }
}

function check(name: string, output: Tensor, target: Tensor): void {
  if (output.size !== target.size || target.rank === 0 || output.shape[0] !== target.shape[0])
    throw new UsageError(
      `${name}: outputs ${describe(output)} for targets ${describe(target)}; expected as many, one for one.`,
    )
}

/** Frobenius norm of the residuals of all examples; `relative`: over that of the targets (0 / 0 is 0). */
export function frobeniusMetric(relative: boolean): Metric {
  const name = relative ? 'relativeFrobenius' : 'frobenius'
  const start = (): Accumulator => {
    let [residual, size] = [0, 0]
    return {
      add(output, target) {
        check(name, output, target)
        const [told, truth] = [output.toArray(), target.toArray()]
        for (let i = 0; i < truth.length; i++) {
          residual += (told[i]! - truth[i]!) ** 2
          size += truth[i]! ** 2
        }
      },
      value: () => (relative ? (residual === 0 ? 0 : Math.sqrt(residual / size)) : Math.sqrt(residual)),
      state: () => [residual, size],
      restore: (state) => {
        ;[residual, size] = state as [number, number]
      },
    }
  }
  return { name, better: 'lower', isSmall: true, start }
}

/** Any norm of the residuals [examples, outputs] of all examples together, or relative to that of the targets. Keeps all until it is asked. */
export function normMetric(norm: Regularizer, options: { relative?: boolean } = {}): Metric {
  const { relative = false } = options
  const start = (): Accumulator => {
    const residuals: Tensor[] = []
    const targets: Tensor[] = []
    const flat = (x: Tensor): Tensor => x.reshape([x.shape[0]!, -1])
    return {
      add(output, target) {
        check(norm.name, output, target)
        residuals.push(tidy(() => copyOf(flat(output).sub(flat(target)))).keep())
        if (relative) targets.push(tidy(() => copyOf(flat(target))).keep())
      },
      value: () => {
        const of = (list: Tensor[]): number => tidy(() => norm.value(concat(list)).item())
        if (residuals.length === 0) return Number.NaN
        const [size, whole] = [of(residuals), relative ? of(targets) : 1]
        for (const x of [...residuals.splice(0), ...targets.splice(0)]) x.dispose()
        return size === 0 ? 0 : size / whole
      },
      state: () => [],
      restore: () => {},
    }
  }
  return { name: relative ? `relative ${norm.name}` : norm.name, better: 'lower', isSmall: false, start }
}
