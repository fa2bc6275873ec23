/** How each kind of layer is a matrix, and which two layers in sequence its factors are: shapes and order of the two tensors that are stored. */
import type { Kind } from '../../../checkpoint/index.js'
import type { Tensor } from '../../../tensor/index.js'
import { copyOf, tidy } from '../../../tensor/internal.js'

/** A weight W as a matrix, W = P Q with P [rows, k] and Q [k, columns], and the pair that is stored: the layer that is applied first, then the second. */
export interface Layout {
  readonly rows: number
  readonly columns: number
  /** The side of the matrix that the layer's inputs lie on. */
  readonly inputs: 'rows' | 'columns'
  /** Shapes of the first and the second layer's weight. */
  shapes(k: number): readonly [readonly number[], readonly number[]]
  /** The two weights, contiguous, of P and Q: they may be the same elements. */
  arrange(P: Tensor, Q: Tensor): [Tensor, Tensor]
  /** The matrices P and Q again. */
  factors(first: Tensor, second: Tensor): [Tensor, Tensor]
}

const product = (shape: readonly number[]): number => shape.reduce((total, size) => total * size, 1)

interface Form {
  readonly inputs: 'rows' | 'columns'
  readonly rows: (shape: readonly number[]) => number
  readonly shapes: (shape: readonly number[], k: number) => readonly [readonly number[], readonly number[]]
  /** Whether the first layer applied is P. */
  readonly isFirstP: boolean
  /** Whether Q is stored transposed. */
  readonly isQTurned?: boolean
}

const ones = (shape: readonly number[]): number[] => shape.slice(2).map(() => 1)
const head = (shape: readonly number[]): number => shape[0]!
const butLast = (shape: readonly number[]): number => product(shape.slice(0, -1))

const forms = {
  /** [out, in] = P [out, k] Q [k, in]: x -> Q -> P. With more axes a convolution [out, in, ...]: its kernel first, then one of size 1. */
  outputsFirst: {
    inputs: 'columns',
    rows: head,
    isFirstP: false,
    shapes: (shape, k) => [
      [k, ...shape.slice(1)],
      [shape[0]!, k, ...ones(shape)],
    ],
  },
  /** [in, out] = P [in, k] Q [k, out]: x -> P -> Q. With more axes [..., in, out], as Keras and Flax have kernels. */
  outputsLast: {
    inputs: 'rows',
    rows: butLast,
    isFirstP: true,
    shapes: (shape, k) => [
      [...shape.slice(0, -1), k],
      [...ones(shape), k, shape.at(-1)!],
    ],
  },
  /** Transposed convolutions [in, out, ...]: one of size 1 first, then the kernel. */
  transposed: {
    inputs: 'rows',
    rows: head,
    isFirstP: true,
    shapes: (shape, k) => [
      [shape[0]!, k, ...ones(shape)],
      [k, ...shape.slice(1)],
    ],
  },
  /** A table [n, d] = P [n, k] Q [k, d]: a narrower table, then a linear layer whose weight is Q transposed. */
  table: {
    inputs: 'rows',
    rows: head,
    isFirstP: true,
    isQTurned: true,
    shapes: ([n, d], k) => [
      [n!, k],
      [d!, k],
    ],
  },
} satisfies Record<string, Form>

export type FormName = keyof typeof forms

/** Which form a weight has; null where it is none that two layers can replace. */
export function formOf(kind: Kind, shape: readonly number[], outAxis: number): FormName | null {
  if (kind === 'embedding') return shape.length === 2 ? 'table' : null
  if (kind === 'convTranspose') return outAxis === 1 && shape.length > 2 ? 'transposed' : null
  if (kind === 'conv') return outAxis === 0 ? 'outputsFirst' : outAxis === shape.length - 1 ? 'outputsLast' : null
  if (shape.length !== 2) return null
  return outAxis === 1 ? 'outputsLast' : 'outputsFirst'
}

/** The matrix of a weight in its form. */
export function layoutOf(name: FormName, shape: readonly number[]): Layout {
  const form: Form = forms[name]
  const { inputs, isFirstP, isQTurned = false } = form
  const rows = form.rows(shape)
  const columns = rows === 0 ? 0 : product(shape) / rows
  const turned = (Q: Tensor): Tensor => (isQTurned ? copyOf(Q.transpose()) : Q)
  return {
    rows,
    columns,
    inputs,
    shapes: (k) => form.shapes(shape, k),
    arrange: (P, Q) =>
      tidy(() => {
        const k = P.shape[1]!
        const pair = isFirstP ? [P, turned(Q)] : [turned(Q), P]
        const shapes = form.shapes(shape, k)
        return [pair[0]!.reshape(shapes[0]), pair[1]!.reshape(shapes[1])] as [Tensor, Tensor]
      }),
    factors: (first, second) => {
      const [p, q] = isFirstP ? [first, second] : [second, first]
      const k = rows === 0 ? 0 : p.size / rows
      return [p.reshape([rows, k]), isQTurned ? q.transpose() : q.reshape([k, columns])]
    },
  }
}
