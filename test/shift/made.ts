/** Made pairs of tables whose kind of shift is known. */

import type { Table } from '../../src/table/index.js'
import { random, tableOf, type Values } from './data.js'

export type Kind = 'none' | 'covariate' | 'label' | 'concept'

export interface Made {
  readonly reference: Table
  readonly current: Table
}

export interface Maker {
  readonly name: string
  readonly kind: Kind
  /** `n` rows of each table. */
  make(n: number, seed: number): Made
}

type Random = ReturnType<typeof random>
type Row = Record<string, number | string>

function tables(n: number, seed: number, draw: (current: boolean, r: Random) => Row): Made {
  const r = random(seed)
  const side = (current: boolean): Table => {
    const rows = Array.from({ length: n }, () => draw(current, r))
    return tableOf(Object.fromEntries(Object.keys(rows[0]!).map((key) => [key, rows.map((row) => row[key]!)])) as Values, current ? 'current' : 'reference') // biome-ignore format: one line
  }
  return { reference: side(false), current: side(true) }
}

const chance = (r: Random, logit: number): number => (r.uniform() < 1 / (1 + Math.exp(-logit)) ? 1 : 0)
const inputs = (r: Random, shift: number): [number, number, number] => [r.normal() + shift, r.normal(), r.normal()]

/** y given x: linear, curved, or of numbers. */
const relations: Readonly<Record<string, (x: readonly number[], r: Random, turned: boolean) => number>> = {
  'linear classes': ([a, b, c], r, turned) => chance(r, turned ? -0.2 + 1.5 * b! + 0.7 * c! : 1.5 * a! + 0.7 * b!),
  'curved classes': ([a, b, c], r, turned) => chance(r, turned ? 1.5 * (a! * a! - 1) - 1.2 * Math.abs(c!) : 1.5 * (a! * a! - 1) + 2 * Math.sin(2 * b!)),
  'rare class': ([a, b, c], r, turned) => chance(r, -2.8 + (turned ? 1.4 * c! - 0.8 * b! : 1.4 * a! + 0.8 * b!)),
  'linear numbers': ([a, b, c], r, turned) => (turned ? a! - 0.8 * b! : a! + 0.8 * b!) + 0.3 * c! + r.normal(),
  'curved numbers': ([a, b], r, turned) => Math.sin(2 * a!) * 2 + (turned ? -1 : 1) * b! * b! + 0.7 * r.normal(),
} // biome-ignore format: a line for each

const named = ([x1, x2, x3]: readonly number[], y: number): Row => ({ x1: x1!, x2: x2!, x3: x3!, y })

/** Classes with x around centres of their own; `odd`: x given y is not normal. */
function classwise(shares: readonly number[], centres: readonly (readonly number[])[], r: Random, odd: boolean): Row {
  let k = 0
  for (let u = r.uniform(); k < shares.length - 1 && u >= shares[k]!; k++) u -= shares[k]!
  const [a, b] = centres[k]!
  const noise = (): number => (odd ? (r.uniform() < 0.3 ? 2.5 * r.normal() : 0.5 * r.normal()) : r.normal())
  return {
    x1: a! + noise(),
    x2: b! + noise(),
    x3: r.normal(),
    group: r.uniform() < 0.2 + 0.3 * k ? 'a' : 'b',
    y: `class ${k}`,
  }
}
const centres = [[0, 0], [1.5, 0.5], [-0.5, 1.5]] // biome-ignore format: one line

export const makers: readonly Maker[] = [
  ...Object.entries(relations).flatMap(([name, y]): Maker[] => [
    { name, kind: 'none', make: (n, seed) => tables(n, seed, (_, r) => { const x = inputs(r, 0); return named(x, y(x, r, false)) }) },
    { name: `${name}, mean moved`, kind: 'covariate', make: (n, seed) => tables(n, seed, (now, r) => { const x = inputs(r, now ? 0.6 : 0); return named(x, y(x, r, false)) }) },
    { name: `${name}, selected`, kind: 'covariate', make: (n, seed) => tables(n, seed, (now, r) => { let x = inputs(r, 0); while (now && r.uniform() > 1 / (1 + Math.exp(-2 * (x[0] + x[1])))) x = inputs(r, 0); return named(x, y(x, r, false)) }) },
    { name: `${name}, turned`, kind: 'concept', make: (n, seed) => tables(n, seed, (now, r) => { const x = inputs(r, 0); return named(x, y(x, r, now)) }) },
    { name: `${name}, turned in a region`, kind: 'concept', make: (n, seed) => tables(n, seed, (now, r) => { const x = inputs(r, 0); return named(x, y(x, r, now && x[0] > 0.3)) }) },
  ]),
  ...[false, true].flatMap((odd): Maker[] => [
    { name: `two classes${odd ? ', heavy tails' : ''}`, kind: 'label', make: (n, seed) => tables(n, seed, (now, r) => classwise(now ? [0.35, 0.65] : [0.6, 0.4], centres, r, odd)) },
    { name: `three classes${odd ? ', heavy tails' : ''}`, kind: 'label', make: (n, seed) => tables(n, seed, (now, r) => classwise(now ? [0.2, 0.3, 0.5] : [0.4, 0.4, 0.2], centres, r, odd)) },
    { name: `rare class${odd ? ', heavy tails' : ''}`, kind: 'label', make: (n, seed) => tables(n, seed, (now, r) => classwise(now ? [0.8, 0.2] : [0.95, 0.05], centres, r, odd)) },
  ]),
  { name: 'numbers', kind: 'label', make: (n, seed) => tables(n, seed, (now, r) => { const y = r.normal() + (now ? 0.7 : 0); return { x1: y + r.normal(), x2: 0.5 * y * y + r.normal(), x3: r.normal(), y } }) },
  { name: 'numbers, spread', kind: 'label', make: (n, seed) => tables(n, seed, (now, r) => { const y = r.normal() * (now ? 1.5 : 1); return { x1: y + r.normal(), x2: y * y + r.normal(), x3: r.normal(), y } }) },
  { name: 'noise of numbers', kind: 'concept', make: (n, seed) => tables(n, seed, (now, r) => { const x = inputs(r, 0); return named(x, 2 * x[0] + x[1] + (now ? 1.6 : 1) * r.normal()) }) },
  { name: 'noise of numbers in a region', kind: 'concept', make: (n, seed) => tables(n, seed, (now, r) => { const x = inputs(r, 0); return named(x, 2 * x[0] + (now && x[1] > 0 ? 2 : 1) * r.normal()) }) },
  { name: 'noise of numbers skewed', kind: 'concept', make: (n, seed) => tables(n, seed, (now, r) => { const x = inputs(r, 0); return named(x, 2 * x[0] + (now ? -Math.log(1 - r.uniform()) - 1 : r.normal())) }) },
  { name: 'noise that grows with an input', kind: 'covariate', make: (n, seed) => tables(n, seed, (now, r) => { const x = inputs(r, now ? 0.6 : 0); return named(x, x[0] * x[0] + Math.exp(0.5 * x[1] + 0.4 * x[0]) * r.normal()) }) },
  { name: 'labels flipped at random', kind: 'concept', make: (n, seed) => tables(n, seed, (now, r) => { const x = inputs(r, 0); const y = relations['linear classes']!(x, r, false); return named(x, now && r.uniform() < 0.25 ? 1 - y : y) }) },
  { name: 'intercept moved, inputs hold', kind: 'concept', make: (n, seed) => tables(n, seed, (now, r) => { const x = inputs(r, 0); return named(x, chance(r, 2 * x[0] + x[1] + (now ? 1.2 : 0))) }) },
] // biome-ignore format: a line for each
