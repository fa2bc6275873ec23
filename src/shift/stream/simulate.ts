/** What detectors are worth: delay, misses and false alarms on simulated streams of errors. */
import { UsageError } from '../../core/index.js'
import { Generator, rand } from '../../tensor/index.js'
import { tidy, view } from '../../tensor/internal.js'
import { type DetectorName, type DetectorOptions, detectorNames, makeDetector } from './detect.js'

export type SimulatedStream = 'abrupt' | 'gradual' | 'none'

export interface SimulateOptions {
  /** Default all. */
  detectors?: readonly DetectorName[]
  options?: DetectorOptions
  /** Default all three. */
  streams?: readonly SimulatedStream[]
  /** Values of a stream; the error rate changes in its middle. Default 2000 and 10000. */
  lengths?: readonly number[]
  /** Error rate before and after. Default 0.2 and 0.4. */
  rates?: readonly [before: number, after: number]
  /** Values over which a gradual change goes, in a straight line from the middle on. Default a tenth of the length. */
  width?: number
  /** Streams of each kind. Default 100. */
  repeats?: number
  seed?: number
}

/** Figures of one detector on streams of one kind and length. */
export interface SimulatedDetector {
  readonly detector: DetectorName
  readonly stream: SimulatedStream
  readonly length: number
  readonly repeats: number
  /** Values from the change to the first drift told after it, median and mean over the streams where there is one; null for `none`, or without one. */
  readonly delay: { readonly median: number; readonly mean: number } | null
  /** Share of streams in which the change is never told; null for `none`. */
  readonly missed: number | null
  /** Drifts told before the change (`none`: at all) for 1000 values. */
  readonly falseAlarmsPer1000: number
  /** Values for one false alarm; null where there is none. */
  readonly meanTimeBetween: number | null
}

/**
 * Runs detectors over streams of independent errors of known rate. All detectors see the same streams, and the same seed gives the same figures.
 *
 * @example
 * simulateDetectors({ detectors: ['adwin'], streams: ['none'], lengths: [1000], repeats: 10 })[0].falseAlarmsPer1000
 */
export function simulateDetectors(options: SimulateOptions = {}): SimulatedDetector[] {
  const { detectors = detectorNames, streams = ['abrupt', 'gradual', 'none'], lengths = [2000, 10000] } = options
  const { repeats = 100, seed = 0 } = options
  if (!Number.isInteger(repeats) || repeats < 1)
    throw new UsageError(`simulateDetectors: repeats ${repeats}; expected a whole number from 1 on.`)
  return streams.flatMap((stream, kind) =>
    lengths.flatMap((length, place) => {
      const generators = new Generator(seed)
        .split((kind + 1) * 1000 + place + 1)
        .at(-1)!
        .split(repeats)
      const errors = generators.map((one) => simulateErrors(stream, length, one, options))
      return detectors.map((name) => figures(name, stream, length, errors, options.options ?? {}))
    }),
  )
}

/** One stream of errors. */
function simulateErrors(
  stream: SimulatedStream,
  length: number,
  generator: Generator,
  options: SimulateOptions,
): Uint8Array {
  if (!Number.isInteger(length) || length < 2)
    throw new UsageError(`simulateDetectors: length ${length}; expected a whole number from 2 on.`)
  const { rates = [0.2, 0.4], width = length / 10 } = options
  const [before, after] = rates
  const change = Math.floor(length / 2)
  return tidy(() => {
    const uniform = view(rand([length], { dtype: 'f64', generator }))
    const errors = new Uint8Array(length)
    for (let i = 0; i < length; i++) {
      const gone = i < change || stream === 'none' ? 0 : stream === 'abrupt' ? 1 : Math.min(1, (i - change) / width)
      errors[i] = Number(uniform[i]! < before + gone * (after - before))
    }
    return errors
  })
}

function figures(
  detector: DetectorName,
  stream: SimulatedStream,
  length: number,
  streams: readonly Uint8Array[],
  options: DetectorOptions,
): SimulatedDetector {
  const change = stream === 'none' ? length : Math.floor(length / 2)
  const delays: number[] = []
  let alarms = 0
  for (const errors of streams) {
    const one = makeDetector(detector, options)
    for (let i = 0; i < length; i++) {
      if (one.update(errors[i]!) !== 'drift') continue
      if (i < change) alarms++
      else {
        delays.push(i - change)
        break
      }
    }
  }
  delays.sort((a, b) => a - b)
  const half = delays.length / 2
  const median = (delays[Math.ceil(half) - 1]! + delays[Math.floor(half)]!) / 2
  const mean = delays.reduce((sum, one) => sum + one, 0) / delays.length
  const watched = streams.length * change
  return {
    detector,
    stream,
    length,
    repeats: streams.length,
    delay: delays.length === 0 ? null : { median, mean },
    missed: stream === 'none' ? null : 1 - delays.length / streams.length,
    falseAlarmsPer1000: (alarms / watched) * 1000,
    meanTimeBetween: alarms === 0 ? null : watched / alarms,
  }
}
