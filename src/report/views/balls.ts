/** Balls as a view: the picture, and a table of what happens to the point. */
import { inert } from '../../core/index.js'
import type { BallsReport, PlanePoint } from '../balls/index.js'
import { showNumber } from '../numbers.js'
import type { View, ViewColumn } from './view.js'

const show = (point: PlanePoint | null): string | null =>
  point === null ? null : `(${showNumber(point[0])}, ${showNumber(point[1])})`

const columns: readonly ViewColumn[] = [
  { key: 'name', title: 'norm', meaning: 'as it was asked for', format: 'text' },
  {
    key: 'slice',
    title: 'plane',
    meaning: 'vectors (a, b), matrices diag(a, b), or symmetric ones [[a, b], [b, a]]',
    format: 'text',
    rank: 4,
  },
  { key: 'value', title: 'of the point', meaning: 'the norm of the point', format: 'number', rank: 1 },
  { key: 'projection', title: 'projection', meaning: 'the nearest point of the ball', format: 'text', rank: 0 },
  { key: 'distance', title: 'distance', meaning: 'from the point to its projection', format: 'number', rank: 2 },
  { key: 'pathEnd', title: 'path ends', meaning: 'where t ↦ prox_t(point) ends', format: 'text', rank: 5 },
  { key: 'pathT', title: 'at t', meaning: 't where the proximal path ends', format: 'number', rank: 3 },
]

/** `svg`: the report's picture, by `ballsSvg`. */
export function ballsView(report: BallsReport, svg: string): View {
  const names = report.balls.map(({ name }) => inert(name, 60)).join(', ')
  return {
    title: `Balls of ${names}`,
    facts: [`radius ${showNumber(report.radius)} · point ${show(report.point)}`],
    about: `normball ${report.normball}`,
    sections: [
      { kind: 'picture', title: 'Balls', svg },
      {
        kind: 'table',
        title: 'The point',
        noun: 'norm',
        columns,
        rows: report.balls.map(({ name, slice, value, projection, distance, path }) => ({
          cells: [
            name,
            slice,
            value,
            show(projection),
            distance,
            show(path?.at(-1)?.point ?? null),
            path?.at(-1)?.t ?? null,
          ],
        })),
      },
      {
        kind: 'list',
        title: 'Not drawn',
        items: report.balls.flatMap(({ name, skipped }) =>
          skipped.map(({ what, why }) => ({ name, text: `${what}: ${why}` })),
        ),
      },
    ],
  }
}
