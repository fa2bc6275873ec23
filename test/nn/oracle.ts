/**
 * Modules and functions against PyTorch: outputs, gradients of inputs and parameters, and buffers afterwards, in f64 and f32, and that no
 * tensor is left behind. The files are made by scripts/oracle/nn_*.py; scripts/oracle/nn_common.py says what a case is.
 */
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { Module } from '../../src/nn/index.node.js'
import { backward, memory, mul, scope, sum, Tensor, tensor } from '../../src/tensor/index.node.js'

export type Real = 'f32' | 'f64'

/** A tensor in JSON: flat, row-major; numbers that JSON does not have are strings. */
export interface Stored {
  readonly shape: readonly number[]
  readonly data: readonly (number | string)[]
  readonly type: 'f64' | 'i32' | 'bool'
}

export interface Case {
  readonly name: string
  readonly module: string
  readonly args: readonly unknown[]
  readonly options: Readonly<Record<string, unknown>>
  readonly mode: 'train' | 'eval'
  readonly state?: Readonly<Record<string, Stored>>
  readonly inputs: readonly (Stored | null)[]
  readonly outputs: readonly Stored[]
  readonly gradOutputs?: readonly Stored[]
  readonly gradients?: {
    readonly inputs: readonly (Stored | null)[]
    readonly parameters: Readonly<Record<string, Stored>>
  }
  readonly after?: Readonly<Record<string, Stored>>
}

/** What a case is about, from its arguments: a module, or a function of the inputs. */
export type Maker = (
  // biome-ignore lint/suspicious/noExplicitAny: arguments and options come from JSON
  args: any[],
  // biome-ignore lint/suspicious/noExplicitAny: as above
  options: any,
  // biome-ignore lint/suspicious/noExplicitAny: modules and functions of any inputs
) => Module<any, unknown> | ((...inputs: any[]) => unknown)

/** The cases of test/oracle/nn/<file>.json. */
export function casesOf(file: string): readonly Case[] {
  return JSON.parse(readFileSync(new URL(`../oracle/nn/${file}.json`, import.meta.url), 'utf8')) as Case[]
}

/** A stored tensor; floats in `dtype`. */
export function restored(one: Stored, dtype: Real, requiresGrad = false): Tensor {
  const options = { shape: [...one.shape], dtype: one.type === 'f64' ? dtype : one.type }
  const out = tensor(Float64Array.from(one.data, Number), options)
  if (requiresGrad && one.type === 'f64') out.requiresGrad = true
  return out
}

/** The float tensors of a result, in order, through arrays and objects. */
function tensorsOf(result: unknown): Tensor[] {
  if (result instanceof Tensor) return [result]
  if (typeof result !== 'object' || result === null) return []
  return Object.values(result).flatMap(tensorsOf)
}

export interface OracleOptions {
  /** Largest difference over 1 + the largest element, by dtype (1e-10, 2e-5). */
  readonly tolerance?: Partial<Record<Real, number>>
  /** Cases to leave out, each with its reason. */
  readonly skip?: Readonly<Record<string, string>>
}

function near(got: Tensor, expected: Stored, tolerance: number, what: string): void {
  expect([...got.shape], `${what}: shape`).toEqual([...expected.shape])
  const [a, b] = [Array.from(got.toArray()), expected.data.map(Number)]
  const size = 1 + Math.max(0, ...b.filter(Number.isFinite).map(Math.abs))
  for (const [i, value] of b.entries())
    if (!Object.is(a[i], value) && !(Math.abs(a[i]! - value) <= tolerance * size) && !(a[i] === value))
      expect.fail(`${what}: element ${i} is ${a[i]}, PyTorch has ${value}`)
}

/** Tests every case of a file, in both dtypes. `make` has an entry for each module or function that the cases name. */
export function testAgainstTorch(
  file: string,
  make: Readonly<Record<string, Maker>>,
  options: OracleOptions = {},
): void {
  describe(`${file}: as in PyTorch`, () => {
    for (const one of casesOf(file))
      for (const dtype of ['f64', 'f32'] as const) {
        const reason = options.skip?.[one.name]
        const title = `${one.name} (${dtype})`
        if (reason !== undefined) test.skip(`${title}: ${reason}`)
        else test(title, () => check(one, dtype, make, options.tolerance?.[dtype] ?? { f64: 1e-10, f32: 2e-5 }[dtype]))
      }
  })
}

function check(one: Case, dtype: Real, make: Readonly<Record<string, Maker>>, tolerance: number): void {
  expect(make, 'the test has no entry for the module').toHaveProperty([one.module])
  const before = memory().tensors
  const subject = make[one.module]!([...one.args], { ...one.options, dtype })
  scope(() => {
    if (subject instanceof Module) {
      subject.train(one.mode === 'train')
      const state = new Map(Object.entries(one.state ?? {}).map(([name, value]) => [name, restored(value, dtype)]))
      subject.loadStateDict(state)
    }
    const inputs = one.inputs.map((x) => (x === null ? null : restored(x, dtype, one.gradients !== undefined)))
    const run = subject instanceof Module ? subject.forward.bind(subject) : subject
    const outputs = tensorsOf(run(...(inputs as never[])))
    expect(outputs.length, 'number of outputs').toBe(one.outputs.length)
    for (const [i, expected] of one.outputs.entries()) near(outputs[i]!, expected, tolerance, `output ${i}`)
    if (subject instanceof Module)
      for (const [name, expected] of Object.entries(one.after ?? {}))
        near(subject.stateDict().get(name)!, expected, tolerance, `${name} afterwards`)
    if (one.gradients === undefined) return
    const trained = outputs.filter((y) => y.requiresGrad)
    expect(trained.length, 'outputs with a gradient').toBe(one.gradOutputs!.length)
    // A weighted sum of all outputs: gradients add up as they do in PyTorch's backward with several seeds.
    const total = trained.map((y, i) => sum(mul(y, restored(one.gradOutputs![i]!, dtype)))).reduce((a, b) => a.add(b))
    backward(total)
    for (const [i, expected] of one.gradients.inputs.entries())
      if (expected !== null) near(gradientOf(inputs[i]!, `input ${i}`), expected, tolerance, `gradient of input ${i}`)
    if (!(subject instanceof Module)) return
    const parameters = new Map(subject.namedParameters())
    for (const [name, expected] of Object.entries(one.gradients.parameters))
      near(gradientOf(parameters.get(name)!, name), expected, tolerance, `gradient of ${name}`)
  })
  if (subject instanceof Module) {
    subject.zeroGrad()
    subject.dispose()
  }
  expect(memory().tensors, 'tensors left behind').toBe(before)
}

function gradientOf(x: Tensor, name: string): Tensor {
  if (x.grad === null) expect.fail(`${name} has no gradient`)
  return x.grad
}
