export {
  type BallFigures,
  type BallsOptions,
  type BallsReport,
  ballsSvg,
  drawBalls,
  measureBalls,
  type PlanePoint,
  type Slice,
} from './balls/index.js'
export { showValue } from './cell.js'
export { type Column, columnOf, columns, showCell } from './columns.js'
export { toCsv, viewToCsv } from './csv.js'
export { viewToHtml } from './html/index.js'
export { type TerminalOptions, toHtml, toTerminal } from './inspect.js'
export { toJson } from './json.js'
export { toJunit } from './junit.js'
export { showCount, showNumber, showShare } from './numbers.js'
export { requireSortKey, severityScore, sortKeys, sortTensors, worstSeverity } from './order.js'
export { ansiPaint, type Paint, plainPaint, type Style } from './paint.js'
export { type LinePlotOptions, linePlot, logPlot } from './plot.js'
export { bar, logSparkline, pathSparkline, sparkline } from './spark.js'
export { type ViewTextOptions, viewToTerminal } from './text/index.js'
export { ballsView } from './views/balls.js'
export { checkView } from './views/check.js'
export { diffView } from './views/diff.js'
export { editView } from './views/edit.js'
export { factorView } from './views/factor.js'
export { pictureView } from './views/factorPicture.js'
export { inspectView } from './views/inspect.js'
export { searchView } from './views/search.js'
export { shiftView } from './views/shift.js'
export { trackView } from './views/track.js'
export { trainView } from './views/train.js'
export type {
  CellFormat,
  CellValue,
  Section,
  Tone,
  View,
  ViewCards,
  ViewChart,
  ViewColumn,
  ViewHeat,
  ViewItem,
  ViewList,
  ViewPart,
  ViewPicture,
  ViewRow,
  ViewScatter,
  ViewTable,
  ViewTag,
  ViewText,
  ViewTree,
} from './views/view.js'
export { commandWord } from './views/words.js'
export { displayWidth, padEnd, padStart, shorten, wrap } from './wrap.js'
