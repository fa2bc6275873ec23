/** Gradients compared with central differences: the test of a rule. */
import { NumericalError, UsageError } from '../../core/index.js'
import { mul } from '../ops/arithmetic.js'
import { sum } from '../ops/broadcast.js'
import { clone, detach } from '../ops/cast.js'
import { toArray } from '../read.js'
import { tidy } from '../scope.js'
import { describe, empty, type Tensor, view } from '../tensor.js'
import { gradientsOf } from './backward.js'
import { enableGrad, noGrad } from './tape.js'

/** A function of tensors; results that are no floats are left out of the check. */
export type Checked = (...inputs: Tensor[]) => Tensor | readonly Tensor[]

export interface GradcheckOptions {
  /** Half the difference of arguments (1e-6). */
  eps?: number
  /** A derivative may differ by `atol + rtol |numeric|` (1e-5, 1e-3). */
  atol?: number
  rtol?: number
}

/**
 * Compares the gradient of every output with respect to every input that requires one with central differences. Inputs are f64, at points
 * where `fn` is smooth. Returns true; throws NumericalError with the place and both values, or UsageError for input of another type.
 *
 * Source: PyTorch's `torch.autograd.gradcheck`.
 */
export function gradcheck(fn: Checked, inputs: readonly Tensor[], options: GradcheckOptions = {}): true {
  const { eps = 1e-6, atol = 1e-5, rtol = 1e-3 } = options
  const checked = inputs.filter((input) => input.requiresGrad)
  if (checked.length === 0) throw new UsageError('gradcheck: no input requires a gradient. Try x.requiresGrad = true.')
  for (const input of checked)
    if (input.dtype !== 'f64')
      throw new UsageError(`gradcheck: an input is ${describe(input)}; expected f64, differences of f32 tell little.`)
  tidy(() => {
    const analytic = jacobians(fn, inputs, checked)
    for (const [place, input] of inputs.entries()) {
      if (!input.requiresGrad) continue
      const numeric = differences(fn, inputs, place, eps)
      for (const [output, columns] of numeric.entries())
        compare(
          `gradcheck: output ${output}, input ${place}`,
          analytic[output]![checked.indexOf(input)]!,
          columns,
          atol,
          rtol,
        )
    }
  })
  return true
}

const floats = (result: Tensor | readonly Tensor[]): Tensor[] =>
  (Array.isArray(result) ? (result as readonly Tensor[]) : [result as Tensor]).filter((one) => one.dtype === 'f64')

/** For each output and input the derivatives [output element][input element]. */
function jacobians(fn: Checked, inputs: readonly Tensor[], checked: readonly Tensor[]): Float64Array[][][] {
  const outputs = enableGrad(() => floats(fn(...inputs)))
  return outputs.map((output) => {
    const rows: Float64Array[][] = checked.map(() => [])
    for (let element = 0; element < output.size; element++)
      tidy(() => {
        const seed = empty('f64', output.shape)
        view(seed).fill(0)
        view(seed)[element] = 1
        const gradients =
          output.lease.node === null
            ? checked.map(() => null)
            : gradientsOf([output], [seed], checked, { retainGraph: true })
        for (const [i, gradient] of gradients.entries())
          rows[i]!.push(gradient === null ? new Float64Array(checked[i]!.size) : (toArray(gradient) as Float64Array))
      })
    return rows
  })
}

/** For each output the derivatives with respect to input number `place`, [input element][output element]. */
function differences(fn: Checked, inputs: readonly Tensor[], place: number, eps: number): Float64Array[][] {
  const input = inputs[place]!
  const evaluate = (element: number, step: number): { values: Float64Array[]; at: number } =>
    tidy(() => {
      // Off the tape, so that a function that takes gradients inside sees leaves of its own.
      const moved = clone(detach(input))
      const elements = view(moved)
      elements[element]! += step
      const at = elements[element]!
      moved.requiresGrad = true
      const outputs = enableGrad(() => floats(fn(...inputs.map((one, i) => (i === place ? moved : one)))))
      return { values: outputs.map((one) => toArray(one) as Float64Array), at }
    })
  const columns: Float64Array[][] = []
  for (let element = 0; element < input.size; element++) {
    const [above, below] = [evaluate(element, eps), evaluate(element, -eps)]
    for (const [output, values] of above.values.entries()) {
      columns[output] ??= []
      columns[output].push(values.map((value, i) => (value - below.values[output]![i]!) / (above.at - below.at)))
    }
  }
  return columns
}

function compare(
  where: string,
  analytic: readonly Float64Array[],
  numeric: readonly Float64Array[],
  atol: number,
  rtol: number,
): void {
  for (const [column, values] of numeric.entries())
    for (const [row, expected] of values.entries()) {
      const got = analytic[row]![column]!
      // Written so that NaN fails.
      if (!(Math.abs(got - expected) <= atol + rtol * Math.abs(expected)))
        throw new NumericalError(
          'gradient',
          `${where}: d output[${row}] / d input[${column}] is ${got} by the rule and ${expected} by differences.`,
        )
    }
}

/**
 * `gradcheck` of the gradient itself: the function of inputs and of a weight for each output that gives the inputs' gradients. So it checks
 * second derivatives, and that rules are written with operations that have rules.
 */
export function gradgradcheck(fn: Checked, inputs: readonly Tensor[], options: GradcheckOptions = {}): true {
  return tidy(() => {
    const checked = inputs.map((input) => input.requiresGrad)
    const weights = noGrad(() => floats(fn(...inputs)).map(spread))
    for (const weight of weights) weight.requiresGrad = true
    const gradient: Checked = (...all) => {
      const point = all.slice(0, inputs.length)
      const outputs = floats(fn(...point))
      const total = outputs.map((output, i) => sum(mul(output, all[inputs.length + i]!)))
      const wanted = point.filter((_, i) => checked[i])
      const found = gradientsOf(
        total,
        total.map(() => null),
        wanted,
        { createGraph: true },
      )
      return found.filter((one) => one !== null)
    }
    return gradcheck(gradient, [...inputs, ...weights], options)
  })
}

/** Weights of different sizes in the shape of x, none of them special. */
function spread(x: Tensor): Tensor {
  const out = empty('f64', x.shape)
  const elements = view(out)
  for (let i = 0; i < elements.length; i++) elements[i] = 0.3 + ((i * 0.618033988749895) % 1)
  return out
}
