/** `normball shift TABLE --stream COLUMN`: where a stream of errors or losses drifts. */
import { inert, UsageError, version } from '../core/index.js'
import type { View, ViewChart, ViewTable } from '../report/index.js'
import { type DetectorName, detectDrift, detectorNames, type SimulatedDetector, type StreamDrift, simulateDetectors } from '../shift/index.node.js' // biome-ignore format: one line
import { type Column, type Table, takeRows } from '../table/index.js'
import { openTable, selectTable } from '../table/index.node.js'
import { findColumn } from '../table/internal.js'
import { deliver } from './deliver.js'
import { type CommonOptions, sqlOptions } from './options.js'
import { parseFailOn } from './shiftTables.js'

interface StreamReport {
  readonly normball: string
  readonly command: 'shift'
  readonly reference: string
  readonly current: null
  readonly stream: {
    readonly column: string
    readonly values: number
    readonly detectors: readonly StreamDrift[]
    /** What the detectors are worth on streams of this error rate that change, and that do not; null without `--simulate`. */
    readonly simulated: readonly SimulatedDetector[] | null
  }
}

export interface StreamOptions extends CommonOptions {
  top?: number
  sql?: string
  detectors?: string[]
  simulate?: boolean
  where?: string
  time?: string
  failOn?: string
}

/** Runs the detectors; 1 where one of them tells a drift and `--fail-on` asks for concept shift. */
export async function runStream(
  path: string,
  current: string | undefined,
  name: string,
  options: StreamOptions,
): Promise<number> {
  if (current !== undefined) throw new UsageError('--stream: looks at one table, from its first row to its last; two were given.') // biome-ignore format: one line
  const detector = parseDetectors(options.detectors)
  const failOn = parseFailOn(options.failOn)
  const all = await openTable(path, sqlOptions(options))
  const table = inTime(options.where === undefined ? all : selectTable(all, { where: options.where }), options.time)
  const values = numbersOf(table, name)
  const detectors = detectDrift(values, { detector })
  const simulated = options.simulate ? simulatedAs(name, values, detectors, options.seed ?? 0) : null
  const report: StreamReport = {
    normball: version,
    command: 'shift',
    reference: path,
    current: null,
    stream: { column: name, values: table.rows, detectors, simulated },
  }
  await deliver(report, (one) => streamView(one, values), options)
  return failOn.includes('concept') && detectors.some(({ drifts }) => drifts.length > 0) ? 1 : 0
}

function parseDetectors(names: string[] | undefined): DetectorName[] | 'all' {
  const known: readonly string[] = detectorNames
  const bad = names?.find((name) => !known.includes(name))
  if (bad !== undefined || names?.length === 0)
    throw new UsageError(`--detectors: '${inert(bad ?? '', 40)}'; expected some of ${detectorNames.join(', ')}.`)
  return (names as DetectorName[] | undefined) ?? 'all'
}

/** Rows in the order of a column; equal times stay in the order that they have. */
function inTime(table: Table, name: string | undefined): Table {
  if (name === undefined) return table
  const column = findColumn(table, name, '--time')
  if (column.type === 'categorical' || column.type === 'text' || column.missing > 0)
    throw new UsageError(`--time: '${inert(name)}' ${column.missing > 0 ? 'has missing values' : `is ${column.type}`}; expected times or numbers in every row.`) // biome-ignore format: one line
  const order = Int32Array.from({ length: table.rows }, (_, row) => row)
  return takeRows(table, order.sort((i, j) => column.values[i]! - column.values[j]! || i - j)) // biome-ignore format: one line
}

function numbersOf(table: Table, name: string): ArrayLike<number> {
  const column: Column = findColumn(table, name, '--stream')
  const at = (row: number): string => `'${inert(table.name)}' line ${table.lineOf(row)}`
  if (column.type !== 'numeric' && column.type !== 'boolean')
    throw new UsageError(`--stream: '${inert(name)}' of '${inert(table.name)}' is ${column.type}; expected numbers, or errors as 1 and 0 or true and false.`) // biome-ignore format: one line
  const gap = column.absent?.indexOf(1) ?? -1
  if (gap >= 0)
    throw new UsageError(`--stream: ${at(gap)}: no ${inert(name)} (${column.missing} missing in all); expected a number in every row. Try --where.`) // biome-ignore format: one line
  const bad = column.values.findIndex((value: number) => !Number.isFinite(value))
  if (bad >= 0)
    throw new UsageError(`--stream: ${at(bad)}: ${inert(name)} is ${column.values[bad]}; expected a finite number in every row. Try --where.`) // biome-ignore format: one line
  return column.values
}

/** Streams like this one: as long (200 to 10,000 values), its error rate, doubled from the middle on, or not. */
function simulatedAs(
  name: string,
  values: ArrayLike<number>,
  found: readonly StreamDrift[],
  seed: number,
): SimulatedDetector[] {
  let sum = 0
  for (let i = 0; i < values.length; i++) {
    if (values[i] !== 0 && values[i] !== 1)
      throw new UsageError(`--simulate: '${inert(name)}' has the value ${values[i]}; expected errors, 0 or 1.`)
    sum += values[i]!
  }
  const rate = sum / values.length
  if (!(rate > 0 && rate < 1))
    throw new UsageError(`--simulate: the error rate of '${inert(name)}' is ${rate}; expected one between 0 and 1.`)
  return simulateDetectors({
    detectors: found.map(({ detector }) => detector),
    streams: ['abrupt', 'none'],
    lengths: [Math.max(200, Math.min(10_000, values.length))],
    rates: [rate, Math.min(2 * rate, (1 + rate) / 2)],
    seed,
  })
}

/** Drifts told on one line of the table. */
const shown = 12

function streamView(
  { reference, stream: { column, values, detectors, simulated } }: StreamReport,
  given: ArrayLike<number>,
): View {
  return {
    title: reference,
    facts: [`Drift of '${column}' over ${values} values, from the first to the last; places count from 0.`],
    sections: [
      {
        kind: 'table',
        title: 'Detectors',
        noun: 'detector',
        note: 'With their published defaults; what they are, how late they are and how often they cry wolf: docs/shift.md.',
        columns: [
          { key: 'detector', title: 'detector', meaning: 'Its name.', format: 'text' },
          { key: 'drifts', title: 'drifts', meaning: 'How many it told.', format: 'count', rank: 0 },
          { key: 'at', title: 'at', meaning: 'Values at which they were told.', format: 'text', rank: 1 },
          { key: 'warnings', title: 'warnings', meaning: 'Zones in which it warned.', format: 'count', rank: 2 },
          { key: 'skipped', title: 'skipped', meaning: 'Why it did not run.', format: 'text', rank: 3 },
        ],
        rows: detectors.map(({ detector, drifts, warnings, skipped }) => ({
          cells: [detector, skipped === null ? drifts.length : null, `${drifts.slice(0, shown).map(({ at }) => at).join(', ')}${drifts.length > shown ? ' …' : ''}`, warnings.length, skipped], // biome-ignore format: one line
          ...(drifts.length > 0 ? { tone: 'warning' as const } : {}),
        })),
      },
      ...(simulated === null ? [] : [worth(simulated)]),
      ...(given.length < 2 ? [] : [overStream(column, given, detectors)]),
    ],
  }
}

/** Delay, misses and false alarms of each detector. */
function worth(simulated: readonly SimulatedDetector[]): ViewTable {
  const { length, repeats } = simulated[0]!
  const changed = simulated.filter(({ stream }) => stream === 'abrupt')
  const quiet = new Map(simulated.filter(({ stream }) => stream === 'none').map((one) => [one.detector, one]))
  return {
    kind: 'table',
    title: 'What they are worth',
    noun: 'detector',
    note: `On ${repeats} simulated streams of ${length} errors at the rate of this one, doubled at once in the middle; false alarms on as many that do not change.`,
    columns: [
      { key: 'detector', title: 'detector', meaning: 'Its name.', format: 'text' },
      { key: 'delay', title: 'delay', meaning: 'Values from the change to the drift told, median.', format: 'number', rank: 0 },
      { key: 'missed', title: 'missed', meaning: 'Share of changes that were not told.', format: 'share', rank: 1 },
      { key: 'falseAlarms', title: 'false alarms', meaning: 'Drifts told in 1000 values without a change.', format: 'number', rank: 0 },
    ], // biome-ignore format: a line for each
    rows: changed.map(({ detector, delay, missed }) => ({
      cells: [detector, delay?.median ?? null, missed, quiet.get(detector)!.falseAlarmsPer1000],
    })),
  }
}

/** Points of the chart, and marks of it. */
const mostPoints = 60
const mostMarks = 12

/** Means of windows of the stream, with the drifts marked. */
function overStream(name: string, values: ArrayLike<number>, detectors: readonly StreamDrift[]): ViewChart {
  const count = Math.min(mostPoints, values.length)
  const points = Array.from({ length: count }, (_, i) => {
    const [from, to] = [Math.floor((i * values.length) / count), Math.floor(((i + 1) * values.length) / count)]
    let sum = 0
    for (let at = from; at < to; at++) sum += values[at]!
    return [(from + to - 1) / 2, sum / (to - from)] as const
  })
  const drifts = detectors.flatMap(({ detector, drifts }) => drifts.map(({ at }) => ({ x: at, label: `${detector} tells a drift`, tone: 'warning' as const }))) // biome-ignore format: one line
  const title = `Over time: mean of '${name}'`
  return {
    kind: 'chart',
    title,
    note: `Over ${count} windows of as many values each. Marked: where drifts were told${drifts.length > mostMarks ? `, the first ${mostMarks} of ${drifts.length}` : ''}.`,
    x: { title: 'value' },
    y: { title: name },
    series: [{ name: title, points }],
    marks: drifts.sort((a, b) => a.x - b.x).slice(0, mostMarks),
  }
}
