import { createReadStream, readdirSync, readFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { FormatError } from '../../src/core/index.js'
import { type Csr, fromTriplets, scatterDense } from '../../src/linalg/sparse/csr.js'
import { parseMatrixMarket, readMatrixMarket } from '../../src/linalg/sparse/matrixMarket/read.js'
import { MatrixMarketReader } from '../../src/linalg/sparse/matrixMarket/reader.js'
import { Scanner } from '../../src/linalg/sparse/matrixMarket/scanner.js'
import { formatMatrixMarket, formatMatrixMarketArray } from '../../src/linalg/sparse/matrixMarket/write.js'
import { seeded } from '../badfiles.js'
import { hasShared, sharedPath } from '../shared.js'

const head = '%%MatrixMarket matrix coordinate real general\n'

function denseOf(matrix: Csr): number[][] {
  const dense = new Float64Array(matrix.rows * matrix.columns)
  scatterDense(matrix, dense)
  return Array.from({ length: matrix.rows }, (_, i) => [
    ...dense.subarray(i * matrix.columns, (i + 1) * matrix.columns),
  ])
}

describe('reading Matrix Market', () => {
  it('reads a file as the format describes it', () => {
    // [[1.5, 0, -2], [0, 0, 3e2]]
    const { matrix, ...facts } = parseMatrixMarket(`${head}% a comment\n\n2 3 3\n1 1 1.5\n2 3 3e2\n1 3 -2\n`)
    expect(facts).toEqual({ format: 'coordinate', field: 'real', symmetry: 'general', rows: 2, columns: 3, entries: 3, dense: null }) // biome-ignore format: one line
    expect(matrix!.indptr).toEqual(Int32Array.of(0, 2, 3))
    expect(matrix!.indices).toEqual(Int32Array.of(0, 2, 2))
    expect(matrix!.values).toEqual(Float64Array.of(1.5, -2, 300))
  })

  it('mirrors the triangle of a symmetric and of a skew-symmetric file', () => {
    const symmetric = parseMatrixMarket('%%MatrixMarket matrix coordinate integer symmetric\n2 2 2\n1 1 4\n2 1 -7\n')
    expect(denseOf(symmetric.matrix!)).toEqual([[4, -7], [-7, 0]]) // biome-ignore format: a matrix
    const skew = parseMatrixMarket('%%MatrixMarket matrix coordinate real skew-symmetric\n2 2 1\n2 1 5\n')
    expect(denseOf(skew.matrix!)).toEqual([[0, -5], [5, 0]]) // biome-ignore format: a matrix
    const upper = parseMatrixMarket('%%MatrixMarket matrix coordinate real symmetric\n2 2 1\n1 2 5\n')
    expect(denseOf(upper.matrix!)).toEqual([[0, 5], [5, 0]]) // biome-ignore format: a matrix
  })

  it('takes a pattern for ones and sums duplicates in the order they come', () => {
    const pattern = parseMatrixMarket('%%MatrixMarket MATRIX Coordinate pattern General\n2 2 3\n1 2\n1 2\n2 1\n')
    expect(denseOf(pattern.matrix!)).toEqual([[0, 2], [1, 0]]) // biome-ignore format: a matrix
    const sums = parseMatrixMarket(`${head}1 1 3\n1 1 1e16\n1 1 1\n1 1 -1e16`)
    expect([...sums.matrix!.values]).toEqual([0])
  })

  it('reads arrays column by column', () => {
    const general = parseMatrixMarket('%%MatrixMarket matrix array real general\n2 3\n1\n2\n3\n4\n5\n6\n')
    expect(general.dense).toEqual(Float64Array.of(1, 3, 5, 2, 4, 6))
    const symmetric = parseMatrixMarket('%%MatrixMarket matrix array integer symmetric\n2 2\n1\n2\n3\n')
    expect(symmetric.dense).toEqual(Float64Array.of(1, 2, 2, 3))
    const skew = parseMatrixMarket('%%MatrixMarket matrix array real skew-symmetric\n2 2\n2.5\n')
    expect(skew.dense).toEqual(Float64Array.of(0, -2.5, 2.5, 0))
  })

  it('takes CRLF, tabs, blank lines, late comments, and a last line without its end', () => {
    const text =
      '%%MatrixMarket matrix coordinate real general\r\n%c\r\n\r\n 2\t2  2 \r\n\t1 1 +.5 \r\n% late\r\n2 2 -1.D+1'
    expect(denseOf(parseMatrixMarket(text).matrix!)).toEqual([[0.5, 0], [0, -10]]) // biome-ignore format: a matrix
  })

  it('reads infinities and NaN, which are values', () => {
    const { matrix } = parseMatrixMarket(`${head}1 4 4\n1 1 inf\n1 2 -Infinity\n1 3 NaN\n1 4 -nan\n`)
    expect([...matrix!.values]).toEqual([Infinity, -Infinity, NaN, NaN])
  })

  it('reads empty matrices', () => {
    expect(parseMatrixMarket(`${head}0 0 0\n`).matrix!.indptr).toEqual(Int32Array.of(0))
    expect(parseMatrixMarket(`${head}3 0 0`).matrix!.indptr).toEqual(new Int32Array(4))
    expect(parseMatrixMarket('%%MatrixMarket matrix array real general\n0 5\n').dense).toEqual(new Float64Array(0))
  })

  it('reads the same whatever pieces the bytes come in', () => {
    const text = `${head}% long ${'x'.repeat(100)}\r\n3 3 4\r\n1 1 1.25\r\n2 2 -3\r\n3 1 7e-3\r\n3 3 12345678901234567890\r\n`
    const whole = parseMatrixMarket(text)
    const bytes = new TextEncoder().encode(text)
    for (const size of [1, 2, 3, 7, 64, 1000]) {
      const reader = new MatrixMarketReader()
      for (let at = 0; at < bytes.length; at += size) reader.push(bytes.subarray(at, at + size))
      expect(reader.finish()).toEqual(whole)
    }
  })
})

describe('decimals', () => {
  const read = (text: string): number => {
    const scanner = new Scanner()
    scanner.bytes = new TextEncoder().encode(text)
    scanner.end = scanner.bytes.length
    const value = scanner.real()
    expect(scanner.problem, text).toBe('')
    expect(scanner.at, text).toBe(scanner.end)
    return value
  }

  it('are rounded as Number does, in every length and scale', () => {
    const random = seeded(7)
    for (let round = 0; round < 40_000; round++) {
      const scale = 10 ** Math.floor(random() * (round % 2 ? 40 : 600) - (round % 2 ? 20 : 300))
      const value = (random() - 0.5) * scale
      const text =
        round % 4 < 2
          ? value.toExponential(Math.floor(random() * 21))
          : value.toPrecision(1 + Math.floor(random() * 20))
      if (Number.isFinite(Number(text)) && !Object.is(read(text), Number(text)))
        throw new Error(`${text}: ${read(text)}`)
    }
  })

  it('are rounded right at halfway and at the edges of float64', () => {
    const hard = ['9007199254740993', '9007199254740992.9999', '9007199254740993.00000000000000001', '1.00000000000000011102230246251565', '1e23', '8.5e22', '5e-324', '2.2250738585072011e-308', '1.7976931348623157e308', '0.1', '0.30000000000000004', '123456789012345678', '1234567890123456789', '12345678901234567891', '00000000000000000000001.5', '0.00000000000000000000000000000012345678901234567', '-0', '0e5', '1e-400', '.5', '5.', '1E5', '4.0000000000000000e+00'] // biome-ignore format: a list
    for (const text of hard) expect(read(text), text).toBe(Number(text))
  })
})

describe('damaged and hostile Matrix Market files', () => {
  const cases: [name: string, text: string, code: string, message: string][] = [
    ['nothing', '', 'truncated', "line 1: the file is empty; expected '%%MatrixMarket'."],
    ['another file', 'hello\n', 'bad-header', "line 1: 'hello' is no header; expected '%%MatrixMarket matrix ...'."],
    ['complex', '%%MatrixMarket matrix coordinate complex general\n1 1 1\n1 1 1 0\n', 'unsupported', 'line 1: complex values are not supported. Try writing the real and the imaginary part as two files.'],
    ['Hermitian', '%%MatrixMarket matrix coordinate real hermitian\n', 'unsupported', "line 1: a Hermitian matrix is not supported. A real one is called 'symmetric'."],
    ['a vector', '%%MatrixMarket vector coordinate real general\n', 'unsupported', "line 1: an object 'vector'; only 'matrix' is read."],
    ['a field from the prototype', '%%MatrixMarket matrix coordinate constructor general\n', 'bad-header', "line 1: the field 'constructor'; expected 'real', 'integer' or 'pattern'."],
    ['pattern array', '%%MatrixMarket matrix array pattern general\n1 1\n', 'bad-header', "line 1: a 'pattern' of format 'array' has nothing to read; expected 'coordinate'."],
    ['no sizes', `${head}% only\n`, 'truncated', 'line 3: the file ends before the line of sizes.'],
    ['negative size', `${head}-3 3 1\n`, 'bad-size', "line 2: no number of rows ('-3')."],
    ['sizes missing', `${head}3 3\n`, 'bad-size', "line 2: no number of entries ('')."],
    ['a size beyond all', `${head}99999999999999999999 1 0\n`, 'too-large', 'line 2: rows of Infinity; at most 2147483647 are supported.'],
    ['a promise beyond the file', `${head}1000 1000 1000000\n1 1 1\n`, 'truncated', 'line 2: 1000000 entries cannot stand in a file of 70 bytes.'],
    ['huge and empty', `${head}2000000000 2000000000 0\n`, 'too-large', 'line 2: 2000000000 by 2000000000 for 0 entries is too large and too empty to be held.'],
    ['a huge array', '%%MatrixMarket matrix array real general\n100000 100000\n', 'truncated', 'line 2: 10000000000 entries cannot stand in a file of 55 bytes.'],
    ['too few entries', `${head}2 2 2\n1 1 1000000000000\n`, 'truncated', 'line 4: the file ends after 1 of 2 entries.'],
    ['too many entries', `${head}2 2 1\n1 1 1\n2 2 1\n`, 'wrong-count', 'line 4: another entry after the 1 that the line of sizes promises.'],
    ['row 0', `${head}2 2 1\n0 1 1\n`, 'index-out-of-range', 'line 3: row 0; expected 1 to 2.'],
    ['a column too far', `${head}2 2 1\n1 3 1\n`, 'index-out-of-range', 'line 3: column 3; expected 1 to 2.'],
    ['a negative index', `${head}2 2 1\n1 -1 1\n`, 'bad-entry', "line 3: no column ('-1'); expected a whole number."],
    ['a fractional index', `${head}2 2 1\n1.5 1 1\n`, 'bad-entry', "line 3: no row ('1.5'); expected a whole number."],
    ['no value', `${head}2 2 1\n1 1\n    \n`, 'bad-number', 'line 3: a number is missing.'],
    ['words', `${head}2 2 1\n1 1 one\n`, 'bad-number', "line 3: 'one' is no number."],
    ['half a number', `${head}2 2 1\n1 1 1.5e\n`, 'bad-number', "line 3: '1.5e' is no number."],
    ['beyond float64', `${head}2 2 1\n1 1 1e999\n`, 'bad-number', 'line 3: 1e999 is beyond float64.'],
    ['a fraction among integers', '%%MatrixMarket matrix coordinate integer general\n1 1 1\n1 1 1.5\n', 'bad-number', 'line 3: 1.5 in a matrix of integers; expected whole numbers up to 2^53.'],
    ['rubbish after an entry', `${head}2 2 1\n1 1 1 x\n`, 'trailing', "line 3: 'x' follows; expected the end of the line."],
    ['rubbish at the end', `${head}2 2 1\n1 1 1\nPK\u0003\u0004\n`, 'wrong-count', 'line 4: another entry after the 1 that the line of sizes promises.'],
    ['a rectangle called symmetric', '%%MatrixMarket matrix coordinate real symmetric\n2 3 1\n1 1 1\n', 'bad-size', 'line 2: a symmetric matrix of 2 by 3; expected a square.'],
    ['both triangles', '%%MatrixMarket matrix coordinate real symmetric\n2 2 2\n2 1 1\n1 2 1\n', 'bad-entry', 'line 4: entry (1, 2) is in the other triangle than that of line 3; a symmetric file holds one.'],
    ['a skew diagonal', '%%MatrixMarket matrix coordinate real skew-symmetric\n1 1 1\n1 1 3\n', 'bad-entry', 'line 3: 3 on the diagonal of a skew-symmetric matrix; expected 0.'],
    ['a line without end', `${head}% ${'x'.repeat(70_000)}`, 'line-too-long', 'line 2: the line is longer than 65536 bytes.'],
    ['terminal escapes', '\u001b[31mred\n', 'bad-header', "line 1: '\\u{1b}[31mred' is no header; expected '%%MatrixMarket matrix ...'."],
  ] // biome-ignore format: a table
  for (const [name, text, code, message] of cases) {
    it(`refuses ${name}, with the line`, () => {
      let error: unknown
      try {
        parseMatrixMarket(text)
      } catch (caught) {
        error = caught
      }
      expect(error).toBeInstanceOf(FormatError)
      expect((error as FormatError).message).toBe(`Matrix Market, ${message}`)
      expect((error as FormatError).code).toBe(code)
    })
  }

  it('reads or refuses every truncation and every flipped byte of a small file, in one sentence', () => {
    const text = new TextEncoder().encode(`${head}% c\n3 3 4\n1 1 1.25\n2 2 -3\n3 1 7e-3\n3 3 5\n`)
    for (let index = 0; index < text.length * 4; index++) {
      const mutant = index < text.length ? text.slice(0, index) : text.slice()
      if (index >= text.length) mutant[index % text.length]! ^= [0x01, 0x80, 0xff][Math.floor(index / text.length) - 1]!
      try {
        expect(parseMatrixMarket(mutant).rows).toBeGreaterThanOrEqual(0)
      } catch (error) {
        if (!(error instanceof FormatError)) throw error
        // biome-ignore lint/suspicious/noControlCharactersInRegex: raw control characters are what must not be there
        expect(error.message.replaceAll(/'.*'/gs, '')).toMatch(/^Matrix Market, line \d+: [^\u0000-\u001f]*\.$/s)
      }
    }
  })
})

describe('gzip', () => {
  const text = `${head}2 2 2\n1 1 1\n2 2 2\n`
  async function* halves(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
    for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
  }

  it('is unpacked, also in pieces of one byte; plain bytes are read as they are', async () => {
    const expected = parseMatrixMarket(text)
    const packed = gzipSync(text)
    expect(await readMatrixMarket(new Uint8Array(packed))).toEqual(expected)
    expect(await readMatrixMarket(halves(packed, 1))).toEqual(expected)
    expect(await readMatrixMarket(new Blob([packed]))).toEqual(expected)
    expect(await readMatrixMarket(halves(new TextEncoder().encode(text), 5))).toEqual(expected)
  })

  it('is refused when damaged, cut off, or a bomb', async () => {
    const packed = new Uint8Array(gzipSync(text))
    const damaged = 'Matrix Market: the gzip data are damaged or cut off.'
    await expect(readMatrixMarket(packed.slice(0, -9))).rejects.toThrow(damaged)
    const flipped = packed.slice()
    flipped[flipped.length - 8]! ^= 1
    await expect(readMatrixMarket(flipped)).rejects.toThrow(damaged)
    const bomb = new Uint8Array(gzipSync(`${head}100000000 100000000 100000000\n${'1 1 1\n'.repeat(12_000_000)}`))
    await expect(readMatrixMarket(bomb)).rejects.toThrow(/refused as a decompression bomb/)
  })
})

describe('writing Matrix Market', () => {
  it('brings every value back exactly', () => {
    const random = seeded(3)
    const count = 500
    const values = Float64Array.from({ length: count }, () => (random() - 0.5) * 10 ** Math.floor(random() * 600 - 300))
    values.set([-0, Infinity, -Infinity, NaN, 5e-324])
    const places = (): Int32Array => Int32Array.from({ length: count }, (_, k) => (k * 7919) % 1000)
    const matrix = fromTriplets(1000, 1000, { rows: places(), columns: places().reverse(), values })
    expect(parseMatrixMarket(formatMatrixMarket(matrix)).matrix).toEqual(matrix)
  })

  it('writes one triangle of a symmetric matrix, comments, patterns', () => {
    const matrix = parseMatrixMarket('%%MatrixMarket matrix coordinate real symmetric\n2 2 2\n1 1 4\n2 1 -7\n').matrix!
    expect(new TextDecoder().decode(formatMatrixMarket(matrix, { comment: 'two\nlines' }))).toBe(
      '%%MatrixMarket matrix coordinate real symmetric\n% two\n% lines\n2 2 2\n1 1 4\n2 1 -7\n',
    )
    expect(new TextDecoder().decode(formatMatrixMarket(matrix, { symmetry: 'general', field: 'pattern' }))).toBe(
      '%%MatrixMarket matrix coordinate pattern general\n2 2 3\n1 1\n1 2\n2 1\n',
    )
    const halves = { ...matrix, values: matrix.values.map((value) => value / 8) }
    expect(() => formatMatrixMarket(halves, { field: 'integer' })).toThrow(
      "formatMatrixMarket: 0.5 is not whole, but field 'integer' was asked for. Try 'real'.",
    )
  })

  it('writes dense matrices column by column', () => {
    const bytes = formatMatrixMarketArray(2, 2, [1, 2, 3, 4])
    expect(parseMatrixMarket(bytes).dense).toEqual(Float64Array.of(1, 2, 3, 4))
  })
})

describe.skipIf(!hasShared)('matrices from practice', () => {
  const files = hasShared ? readdirSync(sharedPath('data', 'sparse')).filter((name) => name.endsWith('.mtx')) : []
  for (const name of files) {
    it(`${name} reads${name === 'complex.mtx' ? ' not: it is complex' : ', and comes back from being written'}`, async () => {
      const path = sharedPath('data', 'sparse', name)
      if (name === 'complex.mtx') {
        expect(() => parseMatrixMarket(readFileSync(path))).toThrow(
          'Matrix Market, line 1: complex values are not supported.',
        )
        return
      }
      const read = parseMatrixMarket(readFileSync(path))
      expect(await readMatrixMarket(createReadStream(path, { highWaterMark: 1000 }))).toEqual(read)
      if (read.matrix) expect(parseMatrixMarket(formatMatrixMarket(read.matrix)).matrix).toEqual(read.matrix)
      else expect(parseMatrixMarket(formatMatrixMarketArray(read.rows, read.columns, read.dense!)).dense).toEqual(read.dense) // biome-ignore format: one line
    })
  }
})
