/** Batches read no more of a file at a time than they need, and what they read is let go: the bytes in use stay below a bound that the file exceeds. */
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { Growing } from '../../src/table/grow.js'
import { type TableFormat, tableBatches } from '../../src/table/index.js'

/** A Blob of `size` bytes that makes the bytes of a part when it is read, and counts how many were asked for at a time and in all. */
class Made extends Blob {
  largest = 0
  total = 0

  constructor(
    private readonly length: number,
    private readonly byteAt: (at: number) => number,
    private readonly from = 0,
    private readonly root: Made | null = null,
  ) {
    super([])
  }

  override get size(): number {
    return this.length
  }

  override slice(start = 0, end = this.length): Blob {
    return new Made(Math.max(0, Math.min(end, this.length) - start), this.byteAt, this.from + start, this.root ?? this)
  }

  override async arrayBuffer(): Promise<ArrayBuffer> {
    const root = this.root ?? this
    root.largest = Math.max(root.largest, this.length)
    root.total += this.length
    const bytes = new Uint8Array(this.length)
    for (let i = 0; i < bytes.length; i++) bytes[i] = this.byteAt(this.from + i)
    return bytes.buffer
  }
}

/** Goes through all batches; returns rows and the sum of the first column. */
async function through(blob: Blob, name: string, format?: TableFormat): Promise<{ rows: number; sum: number }> {
  let [rows, sum] = [0, 0]
  for await (const batch of tableBatches(blob, { name, batchRows: 1000, ...(format && { format }) })) {
    rows += batch.rows
    const [first] = batch.columns
    if (first?.type === 'numeric') for (const value of first.values) sum += value
  }
  return { rows, sum }
}

const bound = 3 << 20

describe('batches of files that are larger than the bound', () => {
  it('NDJSON by lines', async () => {
    const line = new TextEncoder().encode('{"x":1,"word":"a"}\n')
    const rows = 500_000
    const blob = new Made(rows * line.length, (at) => line[at % line.length]!)
    expect(await through(blob, 't.ndjson')).toEqual({ rows, sum: rows })
    expect(blob.size).toBeGreaterThan(3 * bound)
    expect(blob.largest).toBeLessThan(bound)
  })

  it.each([{ isFortran: false }, { isFortran: true }])(
    'npy by blocks, Fortran order $isFortran',
    async ({ isFortran }) => {
      const [rows, width] = [600_000, 24]
      const dict = new TextEncoder().encode(
        `{'descr': '|u1', 'fortran_order': ${isFortran ? 'True' : 'False'}, 'shape': (${rows}, ${width}), }\n`,
      )
      const head = Uint8Array.from([
        0x93,
        0x4e,
        0x55,
        0x4d,
        0x50,
        0x59,
        1,
        0,
        dict.length & 255,
        dict.length >> 8,
        ...dict,
      ])
      const column = (at: number): number => (isFortran ? Math.floor(at / rows) : at % width)
      const blob = new Made(head.length + rows * width, (at) =>
        at < head.length ? head[at]! : column(at - head.length) + 1,
      )
      expect(await through(blob, 't.npy')).toEqual({ rows, sum: rows })
      expect(blob.size).toBeGreaterThan(3 * bound)
      expect(blob.largest).toBeLessThan(bound)
    },
  )

  it('Parquet by pages: no chunk is read at once, and none twice beside what types are told by', async () => {
    const bytes = readFileSync(fileURLToPath(new URL('../oracle/table/arrow-snappy-v1.parquet', import.meta.url)))
    const blob = new Made(bytes.length, (at) => bytes[at]!)
    const { rows } = await through(blob, 't.parquet')
    expect(rows).toBe(900)
    expect(blob.total).toBeLessThan(3.5 * bytes.length)
  })
})

it('a promise of more rows than memory has room for costs nothing', () => {
  const growing = new Growing((length) => {
    if (length > 100_000) throw new RangeError('Array buffer allocation failed')
    return new Float64Array(length)
  }, { rows: 1e12 }) // biome-ignore format: one call
  for (let row = 0; row < 40_000; row++) growing.set(row, row)
  expect(growing.take(40_000)).toEqual(Float64Array.from({ length: 40_000 }, (_, row) => row))
})
