/** Drift of a stream of errors, losses or other numbers: detectors, and what they are worth. */
export { ADWIN, type ADWINOptions } from './adwin.js'
export { CUSUM, type CUSUMOptions } from './cusum.js'
export { DDM, type DDMOptions } from './ddm.js'
export {
  type DetectDriftOptions,
  type DetectorName,
  type DetectorOptions,
  detectDrift,
  detectorNames,
  makeDetector,
  type StreamDrift,
  type WarningZone,
} from './detect.js'
export { DriftDetector, type DriftInput, type DriftState } from './detector.js'
export { EDDM, type EDDMOptions } from './eddm.js'
export { HDDMA, type HDDMAOptions, type HDDMOptions } from './hddmA.js'
export { HDDMW, type HDDMWOptions } from './hddmW.js'
export { KSWIN, type KSWINOptions } from './kswin.js'
export { PageHinkley, type PageHinkleyOptions } from './pageHinkley.js'
export { type SimulatedDetector, type SimulatedStream, type SimulateOptions, simulateDetectors } from './simulate.js'
