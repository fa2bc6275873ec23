/** A line chart on a terminal: one or two curves in blocks, more as a table of small ones, what stands out first. */
import { inert } from '../../core/index.js'
import { showValue, toneRank } from '../cell.js'
import type { Paint } from '../paint.js'
import { linePlot } from '../plot.js'
import { pathSparkline } from '../spark.js'
import type { ViewChart } from '../views/view.js'
import { shorten, wrap } from '../wrap.js'
import { fitTable } from './fit.js'
import { titleLines } from './title.js'

const plotHeight = 6
const seriesShown = 12

export function chartLines(chart: ViewChart, width: number, paint: Paint, top: number): string[] {
  const drawn = chart.series.filter((series) => series.points.length > 0)
  if (drawn.length === 0) return []
  const lines = drawn.length <= 2 ? plots(chart, drawn, width, paint) : rows(chart, drawn, width, paint, top)
  const marks = (chart.marks ?? [])
    .slice(0, seriesShown)
    .flatMap(({ x, label, tone }) =>
      wrap(`▲ ${inert(chart.x.title, 40)} ${showValue(x, 'number')}: ${inert(label, 200)}`, width, '  ').map((line) =>
        paint(tone ?? 'info', line),
      ),
    )
  return [...titleLines(chart, width, paint), ...lines, ...marks]
}

function plots(chart: ViewChart, drawn: ViewChart['series'], width: number, paint: Paint): string[] {
  return drawn.flatMap(({ name, points, tone }) => [
    ...(drawn.length > 1 || name !== chart.title
      ? [`  ${paint(tone ?? 'dim', shorten(inert(name, 200), width - 2))}`]
      : []),
    ...linePlot(points, {
      width: width - 2,
      height: plotHeight,
      logX: chart.x.log ?? false,
      logY: chart.y.log ?? false,
      xTitle: inert(chart.x.title, 40),
      marks: (chart.marks ?? []).map((mark) => mark.x),
    }).map((line) => `  ${paint('accent', line)}`),
  ])
}

function rows(chart: ViewChart, drawn: ViewChart['series'], width: number, paint: Paint, top: number): string[] {
  const most = top === 0 ? drawn.length : top
  const shown = [...drawn].sort((a, b) => toneRank(a.tone) - toneRank(b.tone)).slice(0, most)
  const ends = (of: (values: readonly number[]) => number): string[] =>
    shown.map(({ points }) => showValue(of(points.map(([, y]) => y)), 'number'))
  const lines = fitTable(
    {
      title: inert(chart.y.title, 40),
      names: shown.map(({ name }) => inert(name, 200)),
      columns: [
        { title: 'first', align: 'right', rank: 2, cells: ends((values) => values[0]!) },
        { title: 'last', align: 'right', rank: 0, cells: ends((values) => values.at(-1)!) },
        {
          title: `over ${inert(chart.x.title, 30)}`,
          align: 'left',
          rank: 1,
          style: 'accent',
          cells: shown.map(({ points }) =>
            pathSparkline(
              points.map(([, y]) => y),
              24,
              chart.y.log,
            ),
          ),
        },
      ],
      tones: shown.map(({ tone }) => tone ?? null),
    },
    width,
    paint,
  )
  const rest = drawn.length - shown.length
  return rest > 0 ? [...lines, paint('dim', `  ${rest} more: see --html or --json`)] : lines
}
