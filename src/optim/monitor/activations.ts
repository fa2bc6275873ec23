/**
 * What layers put out, seen by hooks after `forward`: root mean square, units that put out nothing, and which layer was the first whose output
 * is not finite. Hooks do nothing but on steps that are measured.
 */
import { neural } from '../../kernels/index.js'
import type { AnyModule, HookHandle } from '../../nn/index.js'
import { keep, Tensor } from '../../tensor/index.js'
import { empty, isFloat, kernels, tidy, together, typeCode } from '../../tensor/internal.js'

/** What is looked at: a module, whatever it takes and gives. */
export type Watchable = Pick<AnyModule, 'namedModules' | 'modules' | 'namedParameters' | 'namedBuffers'>

/** Of one module over the passes of a step. */
interface Seen {
  squares: number
  count: number
  /** Bits of what units put out in earlier passes, and in this one as it was seen last. */
  before: Tensor | null
  marks: Tensor | null
}

/** How the units of an output lie: [outer, units, inner]. */
interface Layout {
  readonly outer: number
  readonly units: number
  /** Axes of what comes after, and their lengths as far as they must be the same for the units to be the same. */
  readonly rank: number
  readonly shape: readonly number[]
}

/** The first that was not finite. */
export interface FirstNonFinite {
  readonly module: string
  /** Whether what came in was finite. */
  readonly isInputFinite: boolean
}

export class ActivationWatch {
  readonly #handles: HookHandle[] = []
  readonly #seen = new Map<AnyModule, Seen>()
  /** Modules with weights whose units the last output shows, and how they lie. */
  #chain: { readonly modules: AnyModule[]; readonly layout: Layout } | null = null
  #isOn = false
  #first: FirstNonFinite | null = null

  constructor(model: Watchable) {
    for (const [name, module] of model.namedModules()) {
      const isLeaf = [...module.namedChildren()].length === 0
      const weights = ownWeights(module)
      if (isLeaf || weights.length > 0)
        this.#handles.push(
          module.registerForwardHook((_, inputs, output) => {
            if (this.#isOn) this.#look(name, module, weights, inputs as readonly unknown[], output)
            return undefined
          }),
        )
    }
  }

  /** From here on outputs are measured; what was seen before is forgotten. */
  start(): void {
    for (const { before, marks } of this.#seen.values()) {
      before?.dispose()
      marks?.dispose()
    }
    this.#seen.clear()
    this.#first = null
    this.#chain = null
    this.#isOn = true
  }

  stop(): void {
    this.#isOn = false
    this.#chain = null
  }

  get firstNonFinite(): FirstNonFinite | null {
    return this.#first
  }

  /** Root mean square of what a module put out; null where it was not called. */
  rms(module: AnyModule): number | null {
    const seen = this.#seen.get(module)
    return seen === undefined || seen.count === 0 ? null : Math.sqrt(seen.squares / seen.count)
  }

  /** Share of its units that put out 0 all the time. */
  deadShare(module: AnyModule): number | null {
    const seen = this.#seen.get(module)
    if (seen === undefined) return null
    fold(seen)
    const marks = seen.before
    if (marks === null) return null
    return neural(kernels())[`silentUnits_${marks.dtype as 'f32' | 'f64'}`](marks.pointer, marks.size) / marks.size
  }

  close(): void {
    this.start()
    this.stop()
    for (const handle of this.#handles) handle.remove()
  }

  #look(
    name: string,
    module: AnyModule,
    weights: readonly Tensor[],
    inputs: readonly unknown[],
    output: unknown,
  ): void {
    const y = tensorIn(output)
    if (y === null || y.size === 0 || !isFloat(y.dtype)) return
    tidy(() => {
      if (weights.length > 0) this.#layer(name, module, weights, tensorIn(inputs), y)
      else {
        if (this.#first === null) this.#check(name, y, inputs)
        this.#continue(y)
      }
    })
  }

  /** A module with weights: its output is measured, and its units are followed through what comes after. */
  #layer(name: string, module: AnyModule, weights: readonly Tensor[], x: Tensor | null, y: Tensor): void {
    const seen = this.#seen.get(module) ?? { squares: 0, count: 0, before: null, marks: null }
    this.#seen.set(module, seen)
    fold(seen)
    const from = together(y)
    const squares = squaresOf(from)
    seen.squares += squares
    seen.count += y.size
    if (!Number.isFinite(squares) && this.#first === null) this.#check(name, from, x === null ? [] : [x])
    const rank = Math.max(...weights.map((weight) => weight.rank))
    // Scales and shifts keep the units: then it also shows those of the layer before. Others show them by what comes in.
    const isKeeping = rank === 1 && this.#chain !== null && isLike(y, this.#chain.layout)
    if (!isKeeping && x !== null) this.#continue(x)
    const layout = isKeeping ? this.#chain!.layout : layoutOf(y, rank, weights)
    this.#chain = layout && { layout, modules: [...(isKeeping ? this.#chain!.modules : []), module] }
    if (layout !== null) this.#mark(from)
  }

  /** Something after layers whose units it may still show: activations, pooling. */
  #continue(y: Tensor): void {
    if (this.#chain === null) return
    const { layout } = this.#chain
    if (!isFloat(y.dtype) || !isLike(y, layout)) this.#chain = null
    else this.#mark(together(y))
  }

  /** The latest look counts: what is 0 after an activation was not before. */
  #mark(y: Tensor): void {
    const { layout, modules } = this.#chain!
    const { outer, units } = layout
    for (const module of modules) {
      const seen = this.#seen.get(module)!
      seen.marks?.dispose()
      seen.marks = keep(empty(y.dtype, [units]))
      markUnits(y, outer, units, y.size / (outer * units), seen.marks, true)
    }
  }

  #check(name: string, y: Tensor, inputs: readonly unknown[]): void {
    if (allFinite(y)) return
    const x = tensorIn(inputs)
    this.#first = { module: name, isInputFinite: x === null || !isFloat(x.dtype) || allFinite(x) }
  }
}

/** Whether every element is finite. */
export function allFinite(x: Tensor): boolean {
  return tidy(() => kernels().array.firstNonfinite(typeCode[x.dtype], x.size, together(x).pointer) < 0)
}

/** Sum of squares of contiguous x; by f64 where f32 does not reach. */
function squaresOf(x: Tensor): number {
  const quick = neural(kernels())[`squares_${x.dtype as 'f32' | 'f64'}`](x.pointer, x.size)
  if (quick >= 1e-24 && quick <= 1e36) return quick
  return x.dtype === 'f32' ? kernels().array.dot(typeCode.f32, x.size, x.pointer, x.pointer) : quick
}

function markUnits(y: Tensor, outer: number, units: number, inner: number, marks: Tensor, isNew: boolean): void {
  const type = y.dtype as 'f32' | 'f64'
  if (isNew) kernels().array.fill(typeCode[type], units, 0, marks.pointer)
  neural(kernels())[`markUnits_${type}`](y.pointer, outer, units, inner, marks.pointer)
}

/** Ends a pass: a unit is silent when it was so in all. */
function fold(seen: Seen): void {
  const { before, marks } = seen
  if (marks === null) return
  if (before === null || before.size !== marks.size) {
    before?.dispose()
    seen.before = marks
  } else {
    markUnits(marks, 1, marks.size, 1, before, false)
    marks.dispose()
  }
  seen.marks = null
}

/** Tensors that the module itself holds. */
const ownWeights = (module: AnyModule): Tensor[] =>
  [...module.namedParameters()].filter(([name]) => !name.includes('.')).map(([, value]) => value)

/** The first tensor of what a module takes or gives (recurrent ones give several). */
function tensorIn(value: unknown): Tensor | null {
  if (value instanceof Tensor) return value
  if (typeof value !== 'object' || value === null) return null
  for (const one of Object.values(value)) if (one instanceof Tensor) return one
  return null
}

/** Convolutions (kernels of three axes and more) have units on axis 1, as batch norm after them; others on the last. */
function layoutOf(y: Tensor, rank: number, weights: readonly Tensor[]): Layout | null {
  if (y.rank < 2) return null
  const [last, n] = [y.shape.at(-1)!, weights[0]!.size]
  const isChannels = y.rank > 2 && (rank >= 3 || (rank === 1 && n === y.shape[1] && n !== last))
  const units = isChannels ? y.shape[1]! : last
  const outer = isChannels ? y.shape[0]! : y.size / last
  // Pooling changes what comes after channels.
  return { outer, units, rank: y.rank, shape: isChannels ? y.shape.slice(0, 2) : y.shape }
}

/** Whether units lie in y as in the layout. */
const isLike = (y: Tensor, { rank, shape }: Layout): boolean =>
  y.rank === rank && shape.every((n, i) => n === y.shape[i])
