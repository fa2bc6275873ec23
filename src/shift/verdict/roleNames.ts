/** Columns that are something else than inputs, by the options. */
import { known } from './roles.js'
import type { ShiftOptions } from './types.js'

export function roleNames({ target, exclude = [], scores = [], prediction, time }: ShiftOptions): Map<string, string> {
  return new Map([
    ...exclude.map((name) => [name, 'left out as asked'] as const),
    ...scores.map((name) => [name, known] as const),
    ...(prediction === undefined ? [] : [[prediction, known] as const]),
    ...(time === undefined ? [] : [[time, 'the order of time'] as const]),
    ...(target === undefined ? [] : [[target, known] as const]),
  ])
}
