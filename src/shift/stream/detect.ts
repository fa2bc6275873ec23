/** Detectors run over a whole stream: drift points, warning zones, onsets. */
import { closest, UsageError } from '../../core/index.js'
import { ADWIN, type ADWINOptions } from './adwin.js'
import { CUSUM, type CUSUMOptions } from './cusum.js'
import { DDM, type DDMOptions } from './ddm.js'
import { type DriftDetector, fits } from './detector.js'
import { EDDM, type EDDMOptions } from './eddm.js'
import { HDDMA, type HDDMAOptions } from './hddmA.js'
import { HDDMW, type HDDMWOptions } from './hddmW.js'
import { KSWIN, type KSWINOptions } from './kswin.js'
import { PageHinkley, type PageHinkleyOptions } from './pageHinkley.js'

export interface DetectorOptions {
  ddm?: DDMOptions
  eddm?: EDDMOptions
  'hddm-a'?: HDDMAOptions
  'hddm-w'?: HDDMWOptions
  adwin?: ADWINOptions
  'page-hinkley'?: PageHinkleyOptions
  kswin?: KSWINOptions
  cusum?: CUSUMOptions
}

export type DetectorName = keyof DetectorOptions

/** All detectors, in the order of reports. */
export const detectorNames: readonly DetectorName[] = ['ddm', 'eddm', 'hddm-a', 'hddm-w', 'adwin', 'page-hinkley', 'kswin', 'cusum'] // biome-ignore format: one line

const makers: { readonly [name in DetectorName]: (options: DetectorOptions) => DriftDetector } = {
  ddm: ({ ddm }) => new DDM(ddm),
  eddm: ({ eddm }) => new EDDM(eddm),
  'hddm-a': (options) => new HDDMA(options['hddm-a']),
  'hddm-w': (options) => new HDDMW(options['hddm-w']),
  adwin: ({ adwin }) => new ADWIN(adwin),
  'page-hinkley': (options) => new PageHinkley(options['page-hinkley']),
  kswin: ({ kswin }) => new KSWIN(kswin),
  cusum: ({ cusum }) => new CUSUM(cusum),
}

/** A detector by its name. Throws UsageError for one that is none. */
export function makeDetector(name: DetectorName, options: DetectorOptions = {}): DriftDetector {
  if (!Object.hasOwn(makers, name)) {
    const near = closest(String(name), detectorNames)
    throw new UsageError(`makeDetector: ${String(name)} is no detector; expected one of ${detectorNames.join(', ')}.${near ? ` Did you mean ${near}?` : ''}`) // biome-ignore format: one line
  }
  return makers[name](options)
}

/** Values `first` .. `last` of a stream (from 0 on) in which a detector warned. */
export interface WarningZone {
  readonly first: number
  readonly last: number
  /** Whether a drift came with the next value. */
  readonly endedInDrift: boolean
}

/** What one detector found on a stream. */
export interface StreamDrift {
  readonly detector: DetectorName
  /** Values at which a drift was told, and where the new concept is estimated to begin. */
  readonly drifts: readonly { readonly at: number; readonly onset: number }[]
  readonly warnings: readonly WarningZone[]
  /** Why the detector did not run, or null. */
  readonly skipped: string | null
}

export interface DetectDriftOptions {
  /** One detector, several, or `all` (default). */
  detector?: DetectorName | readonly DetectorName[] | 'all'
  /** Options of detectors, by name. */
  options?: DetectorOptions
}

/**
 * Runs detectors over a stream of errors (1 wrong, 0 right), losses, or other numbers, from the first value to the last.
 *
 * With `all`, a detector for errors or shares is skipped for values that are none, and says so; one that is named throws UsageError for them. An empty
 * stream gives no drifts.
 *
 * @example
 * const errors = Array.from({ length: 2000 }, (_, i) => Number(i % (i < 1000 ? 10 : 3) === 0))
 * detectDrift(errors, { detector: 'adwin' })[0].drifts // [{ at: 1119, onset: 640 }]
 */
export function detectDrift(
  values: ArrayLike<number>,
  { detector = 'all', options = {} }: DetectDriftOptions = {},
): StreamDrift[] {
  const names = detector === 'all' ? detectorNames : typeof detector === 'string' ? [detector] : detector
  return names.map((name) => {
    const one = makeDetector(name, options)
    const bad = detector === 'all' ? firstUnfit(values, one) : -1
    if (bad >= 0) {
      const skipped = `${name} is for ${one.input === 'errors' ? 'errors, 0 or 1' : 'numbers from 0 to 1'}; value ${bad} is ${values[bad]}`
      return { detector: name, drifts: [], warnings: [], skipped }
    }
    return { detector: name, ...run(values, one), skipped: null }
  })
}

/** Place of the first value that is not for this detector; -1 too where it is not finite, for `update` to refuse. */
function firstUnfit(values: ArrayLike<number>, { input }: DriftDetector): number {
  for (let i = 0; i < values.length; i++) if (Number.isFinite(values[i]) && !fits(values[i]!, input)) return i
  return -1
}

function run(values: ArrayLike<number>, detector: DriftDetector): Pick<StreamDrift, 'drifts' | 'warnings'> {
  const drifts: { at: number; onset: number }[] = []
  const warnings: WarningZone[] = []
  let first = -1
  const close = (last: number, endedInDrift: boolean): void => {
    if (first >= 0) warnings.push({ first, last, endedInDrift })
    first = -1
  }
  for (let i = 0; i < values.length; i++) {
    const state = detector.update(values[i]!)
    if (state === 'drift') drifts.push({ at: i, onset: detector.onset! })
    if (state !== 'warning') close(i - 1, state === 'drift')
    else if (first < 0) first = i
  }
  close(values.length - 1, false)
  return { drifts, warnings }
}
