/** An exact oracle for statistics: finite numbers are integers times a power of two, so their sums are integers. */
import type { Statistics } from '../../src/kernels/index.js'

const words = new DataView(new ArrayBuffer(8))

/** x = integer * 2^exponent. */
function parts(x: number): { integer: bigint; exponent: number } {
  words.setFloat64(0, x)
  const bits = words.getBigUint64(0)
  const biased = Number((bits >> 52n) & 0x7ffn)
  const fraction = bits & 0xfffffffffffffn
  const integer = biased === 0 ? fraction : fraction | 0x10000000000000n
  return { integer: x < 0 ? -integer : integer, exponent: Math.max(biased, 1) - 1075 }
}

/** integer * 2^exponent as a number, right to a few units in the last place over the whole range. */
function toNumber(integer: bigint, exponent: number): number {
  const size = (integer < 0n ? -integer : integer).toString(2).length
  const extra = Math.max(0, size - 64)
  const scale = exponent + extra
  const top = Number(integer >> BigInt(extra))
  const half = Math.trunc(scale / 2)
  return top * 2 ** half * 2 ** (scale - half)
}

function rootToNumber(integer: bigint, exponent: number): number {
  const size = integer.toString(2).length
  let extra = Math.max(0, size - 64)
  if ((exponent + extra) % 2 !== 0) extra++
  const top = extra > 0 ? integer >> BigInt(extra) : integer
  const scale = (exponent + extra) / 2
  const half = Math.trunc(scale / 2)
  return Math.sqrt(Number(top)) * 2 ** half * 2 ** (scale - half)
}

/** Every figure of `values`, exact until the last rounding. `least` is the exponent of the finest bit any value has: -149 for f32. */
export function exactStatistics(values: ArrayLike<number>, least: number, minNormal: number): Statistics {
  const tally = { count: values.length, zeros: 0, nan: 0, posInf: 0, negInf: 0, subnormals: 0 }
  const bins = new Map<number, number>()
  let [sum, absolute, squares, finite] = [0n, 0n, 0n, 0n]
  let [min, max] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
  for (let i = 0; i < values.length; i++) {
    const x = values[i]!
    if (Number.isNaN(x)) tally.nan++
    else if (x === Number.POSITIVE_INFINITY) tally.posInf++
    else if (x === Number.NEGATIVE_INFINITY) tally.negInf++
    else {
      finite++
      min = Math.min(min, x)
      max = Math.max(max, x)
      if (x === 0) {
        tally.zeros++
        continue
      }
      const { integer, exponent } = parts(x)
      const shift = exponent - least
      const scaled = shift >= 0 ? integer << BigInt(shift) : integer >> BigInt(-shift)
      const size = scaled < 0n ? -scaled : scaled
      sum += scaled
      absolute += size
      squares += size * size
      const bin = size.toString(2).length - 1 + least
      bins.set(bin, (bins.get(bin) ?? 0) + 1)
      if (bin < minNormal) tally.subnormals++
    }
  }
  const occupied = [...bins.keys()].sort((a, b) => a - b)
  const exponentMin = occupied[0] ?? 0
  const exponents = new Float64Array(occupied.length === 0 ? 0 : occupied.at(-1)! - exponentMin + 1)
  for (const [bin, count] of bins) exponents[bin - exponentMin] = count
  const rest = { ...tally, exponents, exponentMin }
  if (finite === 0n) return { ...rest, l1: 0, l2: 0, linf: 0, sum: 0, mean: 0, m2: 0, std: 0, min: 0, max: 0 }
  // With 2^-128 of resolution for the quotients.
  const m2 = ((finite * squares - sum * sum) << 128n) / finite
  return {
    ...rest,
    l1: toNumber(absolute, least),
    l2: rootToNumber(squares, 2 * least),
    linf: Math.max(-min, max),
    sum: toNumber(sum, least),
    mean: toNumber((sum << 128n) / finite, least - 128),
    m2: toNumber(m2, 2 * least - 128),
    std: rootToNumber(m2 / finite, 2 * least - 128),
    min: min + 0,
    max: max + 0,
  }
}

/** What differs by more than the contract allows: 1e-12 relative, of sum |x| for sum and mean; the rest exactly. Empty when all is well. */
export function differences(actual: Statistics, expected: Statistics, tolerance = 1e-12): string[] {
  const wrong: string[] = []
  const finite = expected.count - expected.nan - expected.posInf - expected.negInf
  const check = (name: keyof Statistics, scale: number): void => {
    const [a, b] = [actual[name] as number, expected[name] as number]
    // A subnormal result cannot be closer than its last bits.
    if (!(a === b || Math.abs(a - b) <= Math.max(tolerance * Math.abs(scale), 1e-323)))
      wrong.push(`${name}: ${a}, expected ${b}, off by ${Math.abs(a - b) / Math.abs(scale)} relative`)
  }
  for (const name of ['count', 'zeros', 'nan', 'posInf', 'negInf', 'subnormals', 'linf', 'min', 'max'] as const)
    if (!Object.is(actual[name], expected[name])) wrong.push(`${name}: ${actual[name]}, expected ${expected[name]}`)
  for (const name of ['l1', 'l2', 'std'] as const) check(name, expected[name])
  check('m2', expected.m2 * 2)
  check('sum', expected.l1)
  check('mean', finite === 0 ? 0 : expected.l1 / finite)
  if (actual.exponentMin !== expected.exponentMin || String(actual.exponents) !== String(expected.exponents))
    wrong.push(
      `exponents: from ${actual.exponentMin}: ${actual.exponents}, expected from ${expected.exponentMin}: ${expected.exponents}`,
    )
  return wrong
}
