export { type Column, columnOf, columns, showCell } from './columns.js'
export { showValue } from './cell.js'
export { toCsv, viewToCsv } from './csv.js'
export { toHtml, viewToHtml } from './html/index.js'
export { toJson } from './json.js'
export { showCount, showNumber, showShare } from './numbers.js'
export { requireSortKey, severityScore, sortKeys, sortTensors, worstSeverity } from './order.js'
export { ansiPaint, type Paint, plainPaint, type Style } from './paint.js'
export { logPlot } from './plot.js'
export { bar, logSparkline, sparkline } from './spark.js'
export { type ViewTextOptions, viewToTerminal } from './text/index.js'
export { type TerminalOptions, toTerminal } from './terminal.js'
export { displayWidth, padEnd, padStart, shorten, wrap } from './wrap.js'
export type {
  CellFormat,
  Section,
  Tone,
  View,
  ViewCards,
  ViewChart,
  ViewColumn,
  ViewList,
  ViewPicture,
  ViewRow,
  ViewTable,
} from './views/view.js'
