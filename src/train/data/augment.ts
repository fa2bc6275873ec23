/** Changes to inputs while they are trained on. Each is a function of the batch and a generator, so that a run can be repeated. */
import { UsageError } from '../../core/index.js'
import { type Generator, rand, randn, type Tensor } from '../../tensor/index.js'
import { describe, empty, tidy, together, view } from '../../tensor/internal.js'

/** Takes inputs [n, ..] and returns others of the same shape. Draws from `generator` alone. */
export type Augmentation = (input: Tensor, generator: Generator) => Tensor

/** Each input [.., width] mirrored with chance `p` (0.5 by default), by itself. */
export function randomHorizontalFlip(p = 0.5): Augmentation {
  if (!(p >= 0 && p <= 1)) throw new UsageError(`randomHorizontalFlip: p = ${p}; expected 0 to 1.`)
  return (input, generator) =>
    tidy(() => {
      const [n, rows, width] = lines('randomHorizontalFlip', input)
      const chances = rand([n], { generator, dtype: 'f64' }).toArray()
      const from = together(input)
      const out = empty(input.dtype, input.shape)
      const [x, y] = [view(from), view(out)]
      for (let i = 0; i < n; i++) {
        const start = i * rows * width
        if (chances[i]! >= p) y.set(x.subarray(start, start + rows * width), start)
        else
          for (let line = start; line < start + rows * width; line += width)
            for (let j = 0; j < width; j++) y[line + j] = x[line + width - 1 - j]!
      }
      return out
    })
}

/** Each input [.., height, width] moved by up to `padding` pixels along both axes, by itself; what comes in is 0. PyTorch's RandomCrop with padding. */
export function randomCrop(padding: number): Augmentation {
  if (!Number.isInteger(padding) || padding < 0)
    throw new UsageError(`randomCrop: padding = ${padding}; expected a whole number from 0 on.`)
  return (input, generator) =>
    tidy(() => {
      const [n, rows, width] = lines('randomCrop', input)
      if (input.rank < 3) throw new UsageError(`randomCrop: got ${describe(input)}; expected [n, .., height, width].`)
      const height = input.shape.at(-2)!
      const moves = rand([2 * n], { generator, dtype: 'f64' }).toArray()
      const move = (i: number): number => Math.floor(moves[i]! * (2 * padding + 1)) - padding
      const from = together(input)
      const out = empty(input.dtype, input.shape)
      const [x, y] = [view(from), view(out)]
      y.fill(0)
      for (let i = 0; i < n; i++) {
        const [down, right] = [move(2 * i), move(2 * i + 1)]
        const [first, last] = [Math.max(0, -right), Math.min(width, width - right)]
        for (let row = 0; row < rows; row++) {
          const source = (row % height) + down
          if (source < 0 || source >= height || first >= last) continue
          const at = (i * rows + row) * width
          y.set(x.subarray(at + down * width + first + right, at + down * width + last + right), at + first)
        }
      }
      return out
    })
}

/** Normal noise of standard deviation `std` added to each number. */
export function gaussianNoise(std: number): Augmentation {
  if (!(std >= 0) || std === Infinity) throw new UsageError(`gaussianNoise: std = ${std}; expected a number from 0 on.`)
  return (input, generator) => tidy(() => input.add(randn(input.shape, { generator, dtype: input.dtype }).mul(std)))
}

/** Inputs, lines of each, and their length. */
function lines(op: string, input: Tensor): [n: number, rows: number, width: number] {
  if (input.rank < 2) throw new UsageError(`${op}: got ${describe(input)}; expected [n, .., width].`)
  const [n, width] = [input.shape[0]!, input.shape.at(-1)!]
  return [n, width === 0 || n === 0 ? 0 : input.size / n / width, width]
}
