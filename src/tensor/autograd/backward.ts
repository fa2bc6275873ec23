/** The backward pass: gradients flow from results to leaves, each node once, in the reverse order of their making. */
import { UsageError } from '../../core/index.js'
import { typeCode } from '../dtype.js'
import { add } from '../ops/arithmetic.js'
import { binaryInto, copyOf } from '../ops/raw.js'
import { runtime } from '../runtime.js'
import { give, keep, Scope } from '../scope.js'
import { sameShape, showShape } from '../shape.js'
import { describe, empty, Tensor } from '../tensor.js'
import type { GradNode } from './node.js'
import { alias, enableGrad, noGrad, setPlace, unsave } from './tape.js'

export interface BackwardOptions {
  /** Keep what operations saved, for another backward through the same graph. Default: as `createGraph`. */
  retainGraph?: boolean
  /** Record the backward pass, so that gradients have gradients. */
  createGraph?: boolean
}

/**
 * Adds to `.grad` of every leaf the gradient of x. `gradient` has x's shape and may be left out when x has one element.
 *
 * Throws UsageError when x has more elements and no gradient is given, requires no gradient, or its graph was used before without `retainGraph`.
 *
 * @example
 * const w = tensor([1, 2]); w.requiresGrad = true
 * w.square().sum().backward()
 * w.grad // [2, 4]
 */
export function backward(x: Tensor, gradient?: Tensor | null | BackwardOptions, options: BackwardOptions = {}): void {
  const given = gradient instanceof Tensor ? gradient : null
  const chosen = given === null && gradient ? (gradient as BackwardOptions) : options
  const { node } = x.lease
  if (node === null)
    throw new UsageError(
      `backward: ${describe(x)} does not require a gradient. Try x.requiresGrad = true on what it is made from, outside noGrad.`,
    )
  if (given === null && x.size !== 1)
    throw new UsageError(
      `backward: ${describe(x)} has ${x.size} elements; expected one, or a gradient of that shape. Try backward(gradient), or sum() first.`,
    )
  run([node], [seed(x, given)], null, chosen)
}

/**
 * Gradients of the sum of <gradients[i], outputs[i]> with respect to `inputs`; `.grad` is left alone. null where an output does not depend on
 * an input. The results belong to the scope that is open.
 */
export function gradientsOf(
  outputs: readonly Tensor[],
  gradients: readonly (Tensor | null)[],
  inputs: readonly Tensor[],
  options: BackwardOptions = {},
): (Tensor | null)[] {
  const targets = inputs.map((input) => {
    if (input.lease.node === null)
      throw new UsageError(`grad: the input ${describe(input)} does not require a gradient.`)
    return input.lease.node
  })
  const found = new Map<GradNode, Tensor | null>(targets.map((target) => [target, null]))
  const tracked = outputs
    .map((output, i) => [output, gradients[i] ?? null] as const)
    .filter(([output]) => output.lease.node !== null)
  run(
    tracked.map(([output]) => output.lease.node!),
    tracked.map(([output, gradient]) => seed(output, gradient)),
    found,
    options,
  )
  return targets.map((target, i) => {
    const gradient = found.get(target)!
    if (gradient === null) return null
    // Each caller's handle is its own, also where one input is named twice.
    const copy = alias(gradient)
    if (targets.indexOf(target, i + 1) === -1) gradient.dispose()
    return copy
  })
}

/** The gradient that a run starts with, belonging to the run. */
function seed(x: Tensor, gradient: Tensor | null): Tensor {
  if (gradient !== null && (!sameShape(gradient.shape, x.shape) || gradient.dtype !== x.dtype))
    throw new UsageError(
      `backward: the gradient is ${describe(gradient)}; expected ${describe(x)}, as the result it belongs to.`,
    )
  const owned = gradient === null ? empty(x.dtype, x.shape) : alias(gradient)
  if (gradient === null) runtime().kernels.array.fill(typeCode[x.dtype], x.size, 1, owned.pointer)
  owned.lease.owner = null
  return owned
}

/** Nodes that `roots` depend on, latest first. */
function reachable(roots: readonly GradNode[]): GradNode[] {
  const seen = new Set(roots)
  // A set visits what is added while it is walked.
  for (const node of seen) for (const input of node.inputs) if (input !== null) seen.add(input)
  return [...seen].sort((a, b) => b.order - a.order)
}

/** Whether an input of the node is among those wanted. (Plain loops here and below: they run for each operation of a graph, often just once.) */
function leads(node: GradNode, wanted: ReadonlySet<GradNode>): boolean {
  const { inputs } = node
  for (let i = 0; i < inputs.length; i++) if (inputs[i] !== null && wanted.has(inputs[i]!)) return true
  return false
}

function run(
  roots: readonly GradNode[],
  gradients: readonly Tensor[],
  targets: Map<GradNode, Tensor | null> | null,
  options: BackwardOptions,
): void {
  const { createGraph = false, retainGraph = createGraph } = options
  const nodes = reachable(roots)
  // With targets, only what leads to one is computed.
  const wanted = new Set<GradNode>()
  for (let i = nodes.length - 1; i >= 0; i--) {
    const node = nodes[i]!
    if (targets === null || targets.has(node) || leads(node, wanted)) wanted.add(node)
  }
  const mode = createGraph ? enableGrad : noGrad
  mode(() => {
    try {
      for (const [i, root] of roots.entries()) deliver(root, gradients[i]!, createGraph)
      for (const node of nodes) {
        const g = node.pending
        if (g === null) continue
        node.pending = null
        if (wanted.has(node)) visit(node, g, targets, wanted, createGraph, retainGraph)
        else g.dispose()
      }
    } finally {
      for (const node of nodes) {
        node.pending?.dispose()
        node.pending = null
      }
    }
  })
}

/** Takes a node's whole gradient `g`, which belongs to the run, and passes it on. */
function visit(
  node: GradNode,
  g: Tensor,
  targets: Map<GradNode, Tensor | null> | null,
  wanted: ReadonlySet<GradNode>,
  createGraph: boolean,
  retainGraph: boolean,
): void {
  let isHandedOn = false
  try {
    if (targets?.has(node)) targets.set(node, keep(alias(g)))
    if (targets === null && (node.rule === null || node.retainsGrad)) accumulate(node, g, createGraph)
    if (leads(node, wanted)) {
      isHandedOn = pass(node, g, wanted, createGraph)
      if (!retainGraph) node.forget()
    }
  } finally {
    if (!isHandedOn) g.dispose()
  }
}

/** Runs the node's rule and delivers what it gives. Returns whether `g` itself went to an input, as a sum's does, and is the run's no more. */
function pass(node: GradNode, g: Tensor, wanted: ReadonlySet<GradNode>, createGraph: boolean): boolean {
  if (node.saved === null)
    throw new UsageError(
      `backward: what ${node.name} saved was given back by an earlier backward through the same graph. Try backward({ retainGraph: true }) the first time.`,
    )
  const inner = new Scope()
  const before = setPlace(node.place)
  try {
    const { inputs } = node
    const saved: Tensor[] = []
    for (let i = 0; i < node.saved.length; i++) saved.push(unsave(node, node.saved[i]!))
    const needs: boolean[] = []
    for (let i = 0; i < inputs.length; i++) needs.push(inputs[i] !== null && wanted.has(inputs[i]!))
    const results = node.rule!(g, saved, needs)
    let last = -1
    for (let i = 0; i < inputs.length; i++) if (needs[i] && results[i] === g) last = i
    for (let i = 0; i < inputs.length; i++) {
      const [input, result] = [inputs[i], results[i]]
      if (!needs[i] || !result) continue
      if (!sameShape(result.shape, input!.shape) || result.dtype !== input!.dtype)
        throw new Error(
          `the gradient rule of ${node.name} gives ${describe(result)} for ${input!.dtype}${showShape(input!.shape)}`,
        )
      const isOwn = result.lease.owner === inner || i === last
      const owned = isOwn ? result : alias(result)
      owned.lease.owner = null
      deliver(input!, owned, createGraph)
    }
    return last >= 0
  } finally {
    setPlace(before)
    inner.close()
  }
}

/** Adds `g`, which belongs to the run, to what a node has collected. */
function deliver(node: GradNode, g: Tensor, createGraph: boolean): void {
  const before = node.pending
  node.pending = before === null ? g : total(before, g, createGraph)
}

/** The sum of two gradients that belong to the run, in place of both. */
function total(a: Tensor, b: Tensor, createGraph: boolean): Tensor {
  const { storage } = a
  if (!createGraph && storage.refs === 1 && a.isContiguous) {
    binaryInto('add', a, b)
    b.dispose()
    return a
  }
  const both = add(a, b)
  both.lease.owner = null
  a.dispose()
  b.dispose()
  return both
}

/** A gradient lives where its leaf does: it is freed by the same scope. */
function belonging(node: GradNode, gradient: Tensor): Tensor {
  give(gradient, node.lease?.owner ?? null)
  return gradient
}

/** Adds `g` to a node's `.grad`; `g` stays the run's. */
function accumulate(node: GradNode, g: Tensor, createGraph: boolean): void {
  if (node.grad?.isDisposed) node.grad = null
  if (node.grad === null) {
    // Its own memory, so that changing a gradient in place changes nothing else.
    const isOwn = g.isContiguous && g.storage.refs === 1
    node.grad = belonging(node, createGraph || isOwn ? alias(g) : copyOf(g))
  } else if (createGraph) node.grad = belonging(node, add(node.grad, g))
  else binaryInto('add', node.grad, g)
}
