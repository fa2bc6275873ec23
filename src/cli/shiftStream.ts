/** `normball shift TABLE --stream COLUMN`: where a stream of errors or losses drifts. */
import { inert, UsageError, version } from '../core/index.js'
import type { View, ViewChart } from '../report/index.js'
import { detectDrift, type StreamDrift } from '../shift/index.node.js'
import { openTable } from '../table/index.node.js'
import { deliver } from './deliver.js'
import { type CommonOptions, sqlOptions } from './options.js'

interface StreamReport {
  readonly normball: string
  readonly command: 'shift'
  readonly reference: string
  readonly current: null
  readonly stream: { readonly column: string; readonly values: number; readonly detectors: readonly StreamDrift[] }
}

export async function runStream(
  path: string,
  current: string | undefined,
  name: string,
  options: CommonOptions & { top?: number; sql?: string },
): Promise<number> {
  if (current !== undefined) throw new UsageError('--stream: looks at one table, from its first row to its last; two were given.') // biome-ignore format: one line
  const table = await openTable(path, sqlOptions(options))
  const column = table.columns.find((one) => one.name === name)
  if (column === undefined || !(column.type === 'numeric' || column.type === 'boolean') || column.missing > 0)
    throw new UsageError(`--stream: '${inert(path)}' has no column '${inert(name)}' of numbers without gaps; it has ${table.columns.slice(0, 8).map((one) => `'${inert(one.name)}'`).join(', ')}.`) // biome-ignore format: one line
  const detectors = detectDrift(column.values)
  const report: StreamReport = {
    normball: version,
    command: 'shift',
    reference: path,
    current: null,
    stream: { column: name, values: table.rows, detectors },
  }
  await deliver(report, (one) => streamView(one, column.values), options)
  return 0
}

/** Drifts told on one line of the table. */
const shown = 12

function streamView(
  { reference, stream: { column, values, detectors } }: StreamReport,
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
      ...(given.length < 2 ? [] : [overStream(column, given, detectors)]),
    ],
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
