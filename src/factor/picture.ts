/** Pictures as matrices of low rank: the classical demonstration of the singular value decomposition. */
import { inert, UsageError } from '../core/index.js'
import type { Picture } from '../table/internal.js'
import { scope, tensor } from '../tensor/index.js'
import { view } from '../tensor/internal.js'
import { type Spectrum, spectrumOf } from './linear/spectrum.js'
import { TruncatedSVD } from './linear/truncatedSvd.js'

export interface PictureOptions {
  /** Singular triples of each channel; or a share of the sum of squares, 0 < k < 1, that the fewest are to hold. By default the fewest whose error leaves a signal-to-noise ratio of 30 dB, at most as many as save space. */
  k?: number
}

export interface PictureChannel {
  readonly name: 'grey' | 'red' | 'green' | 'blue'
  /** The k that are kept. */
  readonly singularValues: readonly number[]
  /** ||X - X_k||_F of the channel before its values are rounded to bytes, and that by ||X||_F. */
  readonly reconstructionError: { readonly frobenius: number; readonly relative: number }
}

/** Errors of the best approximation of each channel of rank k, all channels together. */
export interface PicturePoint {
  readonly k: number
  readonly relative: number
  /** 10 log10(255^2 / mean squared error), in dB; null where nothing is left. */
  readonly psnr: number | null
  /** Numbers kept by numbers of the picture. */
  readonly size: number
}

export interface PictureFigures {
  readonly method: 'svd'
  readonly k: number
  readonly why: string
  /** Height and width. */
  readonly rows: number
  readonly columns: number
  readonly channels: readonly PictureChannel[]
  readonly explainedVarianceRatio: null
  /** Of the only channel; null for colours, whose channels have their own. */
  readonly singularValues: readonly number[] | null
  /** Of all channels together, of the bytes that are written. */
  readonly reconstructionError: { readonly frobenius: number; readonly relative: number }
  readonly inertia: null
  readonly logLikelihood: null
  readonly iterations: null
  /** Share of the sum of squares that is kept, before rounding. */
  readonly energy: number
  /** Of the bytes that are written, in dB; null where they are the same. */
  readonly psnr: number | null
  /** Numbers that the factors have, k (height + width + 1) for each channel, and that the picture has. */
  readonly size: { readonly kept: number; readonly original: number; readonly ratio: number }
  readonly curve: readonly PicturePoint[]
  readonly warnings: readonly string[]
}

/** Signal to noise that eyes hardly tell from the original. */
const goodPsnr = 30
/** Smaller side of a picture whose singular values are computed whole. */
const largestSide = 2500
/** Values of one that is larger. */
const fewValues = 200
const mostPoints = 60

/**
 * The nearest picture of rank k, channel by channel (grey, or red, green and blue), rounded to bytes, with its error and size.
 *
 * Throws UsageError for k above the smaller side.
 *
 * @example
 * const { picture, figures } = factorPicture({ channels: 1, height: 2, width: 2, data: new Uint8Array([9, 0, 0, 9]) }, { k: 2 })
 */
export function factorPicture(
  original: Picture,
  options: PictureOptions = {},
): { picture: Picture; figures: PictureFigures } {
  const { channels, height, width, data } = original
  const most = Math.min(height, width)
  const asked = options.k
  if (asked !== undefined && !(asked > 0 && (asked < 1 || (Number.isSafeInteger(asked) && asked <= most))))
    throw new UsageError(`factorPicture: k ${inert(String(asked), 20)} for a picture of ${height} x ${width}; expected a whole number from 1 to ${most}, or a share between 0 and 1.`) // biome-ignore format: one line
  const n = height * width
  return scope(() => {
    const planes = Array.from({ length: channels }, (_, c) => tensor(Float64Array.from(data.subarray(c * n, (c + 1) * n)), { shape: [height, width] })) // biome-ignore format: one line
    const whole = most <= largestSide
    const wanted = whole ? most : Math.min(most, Math.max(asked !== undefined && asked >= 1 ? asked : 0, fewValues))
    const randomized = { seed: 0, iterations: 4, oversampling: 10 }
    const spectra = planes.map((X) => spectrumOf('factorPicture', X, { centred: false, solver: whole ? 'auto' : 'randomized', count: () => wanted, most: wanted, randomized })) // biome-ignore format: one line
    const left = leftOf(spectra, most)
    const curve = curveOf(left, spectra.length, height, width)
    const { k, why } = chooseK(asked, left, curve, height, width)
    const out = new Uint8Array(data.length)
    const told = planes.map((X, c): PictureChannel => {
      const svd = new TruncatedSVD({ k, solver: whole ? 'auto' : 'randomized' }).fit(X)
      const made = view(svd.inverseTransform(svd.transform(X)))
      for (let i = 0; i < n; i++) out[c * n + i] = Math.min(255, Math.max(0, Math.round(made[i]!)))
      const { singularValues, reconstructionError } = svd.toJSON()
      svd.dispose()
      return { name: channels === 1 ? 'grey' : (['red', 'green', 'blue'] as const)[c]!, singularValues: singularValues!, reconstructionError: reconstructionError! } // biome-ignore format: one line
    })
    const figures = figuresOf(original, out, k, told, curve)
    return { picture: { channels, height, width, data: out }, figures: { ...figures, why } }
  })
}

/** The sum of squares that k triples of each channel leave, for k from 0 on; of values that were not computed, by difference. */
function leftOf(spectra: readonly Spectrum[], most: number): Float64Array {
  const found = Math.min(...spectra.map(({ values }) => values.length))
  const totals = spectra.map(({ values, total }) => (values[0] ?? 0) ** 2 * total)
  const left = new Float64Array(found + 1)
  for (const [c, { values }] of spectra.entries()) {
    const known = values.subarray(0, found)
    let rest = found === most ? 0 : Math.max(0, totals[c]! - known.reduce((sum, one) => sum + one * one, 0))
    left[found]! += rest
    for (let i = found - 1; i >= 0; i--) {
      rest += known[i]! ** 2
      left[i]! += rest
    }
  }
  return left
}

function curveOf(left: Float64Array, channels: number, height: number, width: number): PicturePoint[] {
  const [whole, found] = [left[0]!, left.length - 1]
  const numbers = channels * height * width
  const steps = new Set<number>([1, found])
  for (let i = 0; i <= mostPoints; i++) steps.add(Math.max(1, Math.round(found ** (i / mostPoints))))
  return [...steps].sort((a, b) => a - b).map((k) => {
    const error = left[k]!
    return {
      k,
      relative: whole === 0 ? 0 : Math.sqrt(error / whole),
      psnr: error === 0 ? null : 10 * Math.log10((255 * 255 * numbers) / error),
      size: (k * (height + width + 1)) / (height * width),
    }
  }) // biome-ignore format: a chain
}

function chooseK(
  asked: number | undefined,
  left: Float64Array,
  curve: readonly PicturePoint[],
  height: number,
  width: number,
): { k: number; why: string } {
  const found = left.length - 1
  if (asked !== undefined && asked >= 1) return { k: asked, why: 'as asked' }
  if (asked !== undefined) {
    const enough = left.findIndex((one) => one <= (1 - asked) * left[0]!)
    const k = enough < 0 ? found : Math.max(1, enough)
    return { k, why: `the fewest that hold ${100 * asked} % of the sum of squares` }
  }
  const breakEven = Math.max(1, Math.floor((height * width) / (height + width + 1)))
  const good = curve.find(({ psnr }) => psnr === null || psnr >= goodPsnr)?.k ?? found
  const why = `the fewest for a signal-to-noise ratio of ${goodPsnr} dB, or as many as save space`
  return { k: Math.min(good, breakEven, found), why }
}

function figuresOf(
  { height, width, data }: Picture,
  out: Uint8Array,
  k: number,
  channels: readonly PictureChannel[],
  curve: readonly PicturePoint[],
): Omit<PictureFigures, 'why'> {
  let [squares, whole] = [0, 0]
  for (let i = 0; i < data.length; i++) {
    squares += (data[i]! - out[i]!) ** 2
    whole += data[i]! ** 2
  }
  const original = data.length
  const kept = channels.length * k * (height + width + 1)
  const lost = channels.reduce((sum, { reconstructionError }) => sum + reconstructionError.frobenius ** 2, 0)
  const warnings = kept >= original ? [`k = ${k} saves nothing: the factors have ${kept} numbers, the picture ${original}. Below k = ${Math.ceil((height * width) / (height + width + 1))} they have fewer.`] : [] // biome-ignore format: one line
  return {
    method: 'svd',
    k,
    rows: height,
    columns: width,
    channels,
    explainedVarianceRatio: null,
    singularValues: channels.length === 1 ? channels[0]!.singularValues : null,
    reconstructionError: { frobenius: Math.sqrt(squares), relative: squares === 0 ? 0 : Math.sqrt(squares / whole) },
    ...{ inertia: null, logLikelihood: null, iterations: null },
    energy: whole === 0 ? 1 : 1 - lost / whole,
    psnr: squares === 0 ? null : 10 * Math.log10((255 * 255 * original) / squares),
    size: { kept, original, ratio: kept / original },
    curve,
    warnings,
  }
}
