/** What `normball/weights` offers in every environment. */
export { flagTable } from './flags/index.js'
export type {
  ConvFigures,
  FileReport,
  Flag,
  InspectOptions,
  InspectReport,
  LineFigures,
  MatrixFigures,
  ModuleTotals,
  PowerLaw,
  Progress,
  ReportError,
  Severity,
  SliceFigures,
  SpectraMode,
  TensorFigures,
  Totals,
} from './types.js'
export { version } from '../core/index.js'
