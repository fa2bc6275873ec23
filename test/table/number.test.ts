import { describe, expect, it } from 'vitest'
import { type NumericColumn, readTable } from '../../src/table/index.js'
import { seeded } from './seeded.js'

/** Numbers as a column of them is read, beside `Number`. */
async function readAll(words: readonly string[]): Promise<Float64Array> {
  const table = await readTable({ text: `x,y\n${words.map((word) => `${word},0`).join('\n')}\n` })
  return (table.columns[0] as NumericColumn).values
}

const differences = async (words: readonly string[]): Promise<string[]> => {
  const values = await readAll(words)
  return words.filter((word, i) => !Object.is(values[i], Number(word)))
}

describe('numbers are read to the nearest double', () => {
  it('by hand', async () => {
    const words = ['0', '-0', '+2', '.5', '5.', '007', '1e3', '1E-3', '2.5e+2', '9007199254740993', '0.1', '123456789012345678', '-1.7976931348623157e308', '4.9e-324', '2e-324', '1e400', '0.30000000000000004', `0.${'0'.repeat(400)}1e399`, '1'.repeat(30), `1.${'1'.repeat(2000)}`] // biome-ignore format: one line
    expect(await differences(words)).toEqual([])
  })

  it.each([
    ['shortest forms of random bits', (next: () => number) => String(fromBits(next))],
    ['17 digits', (next: () => number) => ((next() - 0.5) * 10 ** Math.floor(next() * 12 - 4)).toPrecision(17)],
    ['18 to 20 digits', (next: () => number) => digits(next, 18 + Math.floor(3 * next()))],
    ['halfway between two doubles', (next: () => number) => halfway(next)],
    ['exponents', (next: () => number) => `${digits(next, 1 + Math.floor(19 * next()))}e${Math.floor(60 * next() - 30)}`], // biome-ignore format: one line
  ])('%s', async (_, word) => {
    const next = seeded(7)
    expect(await differences(Array.from({ length: 20_000 }, () => word(next)))).toEqual([])
  })
})

function fromBits(next: () => number): number {
  const view = new DataView(new ArrayBuffer(8))
  view.setUint32(0, Math.floor(next() * 2 ** 32))
  view.setUint32(4, Math.floor(next() * 2 ** 32))
  const value = view.getFloat64(0)
  return Number.isFinite(value) ? value : 1
}

/** A whole or broken number of so many random digits. */
function digits(next: () => number, count: number): string {
  const all = Array.from({ length: count }, () => Math.floor(10 * next())).join('')
  const point = Math.floor(next() * (count + 1))
  return next() < 0.3 ? all : `${all.slice(0, point)}.${all.slice(point)}`.replace(/^\.$/, '0.')
}

/** The middle of two neighbouring doubles, which is exact in decimal, and its neighbours in the last digit. */
function halfway(next: () => number): string {
  const whole = BigInt(Math.floor(next() * 2 ** 53))
  const shift = BigInt(1 + Math.floor(next() * 10))
  const middle = ((whole | (1n << 52n)) << shift) + (1n << (shift - 1n))
  return String(middle + BigInt(Math.floor(next() * 3) - 1))
}
