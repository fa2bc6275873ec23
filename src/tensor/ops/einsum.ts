/** Einstein summation: products of any number of tensors, named axis by axis. */
import { inert, UsageError } from '../../core/index.js'
import { tidy } from '../scope.js'
import { count } from '../shape.js'
import { describe, type Tensor } from '../tensor.js'
import { mul } from './arithmetic.js'
import { reshape, sum } from './broadcast.js'
import { matmul } from './matmul.js'
import { checkTensor } from './raw.js'
import { diag } from './triangles.js'
import { permute, unsqueeze } from './views.js'

/** A tensor whose axes have letters. */
interface Lettered {
  readonly x: Tensor
  readonly letters: string
}

/**
 * Sums products of elements over the letters that do not stand in the result, as NumPy's `einsum`: 'ij,jk->ik' is a matrix product. Without
 * '->' the result has the letters that occur once, in alphabetical order. '...' stands for the axes that no letter names; a letter that one
 * operand has twice takes its diagonal.
 *
 * Dtypes: promoted as by `mul`. Gradient: through the products and sums that it is made of. Two at a time from the left, each as a (batched)
 * matrix product. Throws UsageError for an equation that does not fit.
 *
 * @example
 * einsum('bij,bjk->bik', a, b)
 */
export function einsum(equation: string, ...tensors: readonly Tensor[]): Tensor {
  for (const one of tensors) checkTensor('einsum', one)
  const { terms, result } = parse(equation, tensors)
  return tidy(() => {
    const operands = tensors.map((x, i) => diagonals({ x, letters: terms[i]! }))
    let left = operands[0]!
    for (const [i, right] of operands.slice(1).entries()) {
      const later = operands.slice(i + 2).map((one) => one.letters)
      left = pair(left, right, [...later, result].join(''))
    }
    left = summed(left, result)
    return permute(
      left.x,
      [...result].map((letter) => left.letters.indexOf(letter)),
    )
  })
}

const show = (equation: string): string => `'${inert(equation, 80)}'`

/** Letters of every operand and of the result; '...' became letters of their own. */
function parse(equation: string, tensors: readonly Tensor[]): { terms: string[]; result: string } {
  const fail = (why: string): never => {
    throw new UsageError(`einsum: ${show(equation)} ${why}.`)
  }
  const [left = '', right, ...more] = equation.replace(/\s+/g, '').split('->')
  if (more.length > 0) fail("has more than one '->'")
  const terms = left.split(',')
  if (terms.length !== tensors.length || tensors.length === 0)
    fail(`names ${terms.length} operands for ${tensors.length} tensors`)
  for (const term of right === undefined ? terms : [...terms, right])
    if (!/^[A-Za-z]*(\.\.\.)?[A-Za-z]*$/.test(term))
      fail(`has a term '${inert(term, 40)}'; expected letters and at most one '...'`)
  // Unnamed axes get letters from beyond the alphabet, aligned at the end.
  const unnamed = tensors.map((x, i) => x.rank - terms[i]!.replace('...', '').length)
  for (const [i, rest] of unnamed.entries())
    if (rest < 0 || (rest > 0 && !terms[i]!.includes('...')))
      fail(`gives '${terms[i]}' for ${describe(tensors[i]!)}; expected a letter for each axis`)
  const most = Math.max(...unnamed, 0)
  const others = String.fromCharCode(...Array.from({ length: most }, (_, i) => 0x100 + i))
  const named = terms.map((term, i) => term.replace('...', others.slice(most - unnamed[i]!)))
  const letters = [...named.join('')]
  const once = [...new Set(letters)]
    .filter((letter) => letter < '\u0100' && letters.indexOf(letter) === letters.lastIndexOf(letter))
    .sort()
  const result = right === undefined ? others + once.join('') : right.replace('...', others)
  for (const [i, letter] of [...result].entries()) {
    if (!letters.includes(letter)) fail(`asks for '${letter}', which no operand has`)
    if (result.includes(letter, i + 1)) fail(`asks for '${letter}' twice`)
  }
  checkSizes(equation, named, tensors)
  return { terms: named, result }
}

function checkSizes(equation: string, terms: readonly string[], tensors: readonly Tensor[]): void {
  const sizes = new Map<string, number>()
  for (const [i, x] of tensors.entries())
    for (const [axis, letter] of [...terms[i]!].entries()) {
      const [size, known] = [x.shape[axis]!, sizes.get(letter) ?? 1]
      // NumPy's broadcasting, for letters too.
      if (size !== known && size !== 1 && known !== 1)
        throw new UsageError(
          `einsum: ${show(equation)}: axis '${letter}' has sizes ${known} and ${size} (${describe(x)}); expected equal ones.`,
        )
      if (size !== 1 || known === 1) sizes.set(letter, size)
    }
}

/** The operand without repeated letters: their diagonal, as the last axis. */
function diagonals({ x, letters }: Lettered): Lettered {
  for (const [axis, letter] of [...letters].entries()) {
    const second = letters.indexOf(letter, axis + 1)
    if (second === -1) continue
    if (x.shape[axis] !== x.shape[second])
      throw new UsageError(
        `einsum: axis '${letter}' of ${describe(x)} has sizes ${x.shape[axis]} and ${x.shape[second]}; expected equal ones.`,
      )
    const others = [...letters].map((_, i) => i).filter((i) => i !== axis && i !== second)
    const order = [...others, axis, second]
    return diagonals({ x: diag(permute(x, order)), letters: others.map((i) => letters[i]).join('') + letter })
  }
  return { x, letters }
}

/** Summed over the letters that nothing later asks for. */
function summed({ x, letters }: Lettered, wanted: string): Lettered {
  const axes = [...letters].map((_, axis) => axis).filter((axis) => !wanted.includes(letters[axis]!))
  if (axes.length === 0) return { x, letters }
  return { x: sum(x, { axis: axes }), letters: [...letters].filter((letter) => wanted.includes(letter)).join('') }
}

/** The product of two operands with the letters that are still wanted: [batch, rows, inner] [batch, inner, columns] as one `matmul`. */
function pair(first: Lettered, second: Lettered, wanted: string): Lettered {
  const a = summed(first, wanted + second.letters)
  const b = summed(second, wanted + first.letters)
  const size = (one: Lettered, letter: string): number => one.x.shape[one.letters.indexOf(letter)]!
  const shared = [...a.letters].filter((letter) => b.letters.includes(letter))
  if (shared.some((letter) => size(a, letter) !== size(b, letter))) return broadcastPair(a, b, wanted)
  const batch = shared.filter((letter) => wanted.includes(letter))
  const inner = shared.filter((letter) => !wanted.includes(letter))
  if (inner.length === 0) return broadcastPair(a, b, wanted)
  const rows = [...a.letters].filter((letter) => !shared.includes(letter))
  const columns = [...b.letters].filter((letter) => !shared.includes(letter))
  const sizes = (one: Lettered, letters: readonly string[]): number[] => letters.map((letter) => size(one, letter))
  const block = (one: Lettered, groups: readonly (readonly string[])[]): Tensor => {
    const order = groups.flat().map((letter) => one.letters.indexOf(letter))
    return reshape(permute(one.x, order), [
      ...sizes(one, batch),
      ...groups.slice(1).map((group) => count(sizes(one, group))),
    ])
  }
  const product = matmul(block(a, [batch, rows, inner]), block(b, [batch, inner, columns]))
  const shape = [...sizes(a, batch), ...sizes(a, rows), ...sizes(b, columns)]
  return { x: reshape(product, shape), letters: [...batch, ...rows, ...columns].join('') }
}

/** The product element by element, then summed: where nothing is summed, or sizes of 1 repeat. */
function broadcastPair(a: Lettered, b: Lettered, wanted: string): Lettered {
  const letters = a.letters + [...b.letters].filter((letter) => !a.letters.includes(letter)).join('')
  const aligned = (one: Lettered): Tensor => {
    const own = [...letters].filter((letter) => one.letters.includes(letter))
    let x = permute(
      one.x,
      own.map((letter) => one.letters.indexOf(letter)),
    )
    for (const [axis, letter] of [...letters].entries()) if (!one.letters.includes(letter)) x = unsqueeze(x, axis)
    return x
  }
  return summed({ x: mul(aligned(a), aligned(b)), letters }, wanted)
}
