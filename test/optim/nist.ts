/**
 * Nonlinear regression sets of NIST's StRD as they are published: each file's header says on which lines starts, certified values and data
 * are. Only the models are written here; every figure comes from the files.
 */
import { readFileSync } from 'node:fs'
import type { Tensor } from '../../src/tensor/index.js'
import { sharedPath } from '../shared.js'

export interface NistSet {
  readonly name: string
  readonly level: string
  /** Starts 1 and 2. */
  readonly starts: readonly [number[], number[]]
  readonly certified: number[]
  readonly deviations: number[]
  /** Certified residual sum of squares. */
  readonly sumOfSquares: number
  readonly y: number[]
  /** Columns of predictors. */
  readonly x: number[][]
}

/** 1-based lines `from` to `to`. */
function between(lines: readonly string[], header: string, what: RegExp): string[] {
  const match = what.exec(header)
  if (match === null) throw new Error(`the header does not say where ${what.source} are`)
  return lines.slice(Number(match[1]) - 1, Number(match[2]))
}

const number = (text: string): number => {
  const value = Number(text)
  if (!Number.isFinite(value)) throw new Error(`not a number: ${text}`)
  return value
}

export function parseNist(text: string): NistSet {
  const lines = text.split(/\r?\n/)
  const header = lines.slice(0, 40).join('\n')
  const values = between(lines, header, /Certified Values\s*\(lines\s+(\d+)\s+to\s+(\d+)\)/i)
  const parameters = values.flatMap((line) => {
    const match = /^\s*b\d+\s*=\s*(.*)$/.exec(line)
    return match === null ? [] : [match[1]!.trim().split(/\s+/).map(number)]
  })
  const sum = values.map((line) => /Residual Sum of Squares:\s*(\S+)/.exec(line)?.[1]).find((one) => one !== undefined)
  const rows = between(lines, header, /Data\s*\(lines\s+(\d+)\s+to\s+(\d+)\)/)
    .map((line) => line.trim().split(/\s+/).map(number)) // biome-ignore format: one line
  const column = (at: number): number[] => parameters.map((row) => row[at]!)
  return {
    name: /Dataset Name:\s*(\S+)/.exec(text)![1]!,
    level: /(Lower|Average|Higher) Level of Difficulty/.exec(text)![1]!,
    starts: [column(0), column(1)],
    certified: column(2),
    deviations: column(3),
    sumOfSquares: number(sum!),
    y: rows.map((row) => row[0]!),
    x: rows[0]!.slice(1).map((_, j) => rows.map((row) => row[j + 1]!)),
  }
}

export const readNist = (name: string): NistSet => parseNist(readFileSync(sharedPath('data', 'nist', `${name}.dat`), 'utf8')) // biome-ignore format: one line

/** The fitted values of each set's model, from its parameters b (numbers without axes) and predictors. */
export const models: Readonly<Record<string, (b: readonly Tensor[], x: readonly Tensor[]) => Tensor>> = {
  BoxBOD: ([b1, b2], [x]) => x!.mul(b2!).neg().exp().neg().add(1).mul(b1!),
  Chwirut2: ([b1, b2, b3], [x]) => x!.mul(b1!).neg().exp().div(x!.mul(b3!).add(b2!)),
  DanWood: ([b1, b2], [x]) => x!.pow(b2!).mul(b1!),
  ENSO: ([b1, b2, b3, b4, b5, b6, b7, b8, b9], [x]) => {
    const wave = (angle: Tensor, a: Tensor, b: Tensor): Tensor => angle.cos().mul(a).add(angle.sin().mul(b))
    const turn = x!.mul(2 * Math.PI)
    return b1!.add(wave(turn.div(12), b2!, b3!)).add(wave(turn.div(b4!), b5!, b6!)).add(wave(turn.div(b7!), b8!, b9!)) // biome-ignore format: one line
  },
  Eckerle4: ([b1, b2, b3], [x]) => x!.sub(b3!).div(b2!).square().mul(-0.5).exp().mul(b1!.div(b2!)),
  Gauss1: ([b1, b2, b3, b4, b5, b6, b7, b8], [x]) => {
    const bell = (height: Tensor, at: Tensor, width: Tensor): Tensor => x!.sub(at).div(width).square().neg().exp().mul(height) // biome-ignore format: one line
    return x!
      .mul(b2!)
      .neg()
      .exp()
      .mul(b1!)
      .add(bell(b3!, b4!, b5!))
      .add(bell(b6!, b7!, b8!))
  },
  Hahn1: ([b1, b2, b3, b4, b5, b6, b7], [x]) => ratio(x!, [b1!, b2!, b3!, b4!], [b5!, b6!, b7!]),
  Kirby2: ([b1, b2, b3, b4, b5], [x]) => ratio(x!, [b1!, b2!, b3!], [b4!, b5!]),
  Lanczos1: ([b1, b2, b3, b4, b5, b6], [x]) =>
    decay(x!, b1!, b2!).add(decay(x!, b3!, b4!)).add(decay(x!, b5!, b6!)), // biome-ignore format: one line
  MGH09: ([b1, b2, b3, b4], [x]) => {
    const square = x!.square()
    return square
      .add(x!.mul(b2!))
      .mul(b1!)
      .div(square.add(x!.mul(b3!)).add(b4!))
  },
  MGH17: ([b1, b2, b3, b4, b5], [x]) => b1!.add(decay(x!, b2!, b4!)).add(decay(x!, b3!, b5!)),
  Misra1a: ([b1, b2], [x]) => x!.mul(b2!).neg().exp().neg().add(1).mul(b1!),
  Misra1b: ([b1, b2], [x]) => x!.mul(b2!).div(2).add(1).pow(-2).neg().add(1).mul(b1!),
  // The response of this one is log y.
  Nelson: ([b1, b2, b3], [x1, x2]) => b1!.sub(x1!.mul(b2!).mul(x2!.mul(b3!).neg().exp())),
  Rat43: ([b1, b2, b3, b4], [x]) => b1!.div(b2!.sub(x!.mul(b3!)).exp().add(1).pow(b4!.reciprocal())),
  Roszman1: ([b1, b2, b3, b4], [x]) => b1!.sub(x!.mul(b2!)).sub(b3!.div(x!.sub(b4!)).atan().div(Math.PI)),
}

const decay = (x: Tensor, height: Tensor, rate: Tensor): Tensor => x.mul(rate).neg().exp().mul(height)

/** Polynomial over 1 + polynomial. */
function ratio(x: Tensor, above: readonly Tensor[], below: readonly Tensor[]): Tensor {
  const horner = (list: readonly Tensor[]): Tensor => list.slice(0, -1).reduceRight((sum, b) => sum.mul(x).add(b), list.at(-1)!) // biome-ignore format: one line
  return horner(above).div(horner(below).mul(x).add(1))
}

/** Response as the model has it. */
export const responseOf = ({ name, y }: NistSet): number[] => (name === 'Nelson' ? y.map(Math.log) : y)

/** Least number of right digits of estimates (log relative error), at most 11, as many as are certified. */
export const digits = (estimates: readonly number[], certified: readonly number[]): number =>
  Math.min(...estimates.map((one, i) => Math.min(11, -Math.log10(Math.abs(one - certified[i]!) / Math.abs(certified[i]!) || 1e-11)))) // biome-ignore format: one line
