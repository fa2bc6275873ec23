/** safetensors files made by hand: what is read, and the exact sentence for each fault. The corpus (badfiles.test.ts) has many more. */
import { describe, expect, it } from 'vitest'
import { BytesSource, type Checkpoint, openSource, readTensor } from '../../src/checkpoint/index.js'
import { FormatError } from '../../src/core/index.js'
import { seeded } from '../badfiles.js'
import { concat, f32, type Piece, safetensors, safetensorsOf } from './build.js'

const open = (bytes: Uint8Array): Promise<Checkpoint> => openSource(new BytesSource('m.safetensors', bytes))

async function bytesOf({ tensors, sources }: Checkpoint, name: string): Promise<Uint8Array> {
  const reader = readTensor(tensors.find((one) => one.name === name)!.data, sources)
  const bytes = new Uint8Array(reader.byteLength)
  if (bytes.length > 0) await reader.next(bytes)
  return bytes
}

async function failure(bytes: Uint8Array): Promise<FormatError> {
  const error = await open(bytes).catch((caught: unknown) => caught)
  expect(error).toBeInstanceOf(FormatError)
  return error as FormatError
}

describe('safetensors', () => {
  it('reads names, types, shapes, ranges and metadata', async () => {
    const checkpoint = await open(
      safetensors(
        [
          { name: 'w', shape: [2, 2], bytes: f32(1, 2, 3, 4) },
          { name: 'half', dtype: 'F16', shape: [], bytes: new Uint8Array([0, 0x3c]) },
        ],
        { format: 'pt' },
      ),
    )
    expect(checkpoint).toMatchObject({
      path: 'm.safetensors',
      format: 'safetensors',
      metadata: { format: 'pt' },
      warnings: [],
      skipped: [],
    })
    expect(
      checkpoint.tensors.map(({ name, dtype, shape, count, group }) => [name, dtype, shape, count, group]),
    ).toEqual([
      ['w', 'F32', [2, 2], 4, 'model'],
      ['half', 'F16', [], 1, 'model'],
    ])
    expect(await bytesOf(checkpoint, 'w')).toEqual(f32(1, 2, 3, 4))
  })

  it('keeps values with their names in any order of names and ranges', async () => {
    // Names like numbers, which JavaScript objects would reorder, over shuffled ranges.
    for (let seed = 1; seed <= 20; seed++) {
      const random = seeded(seed)
      const names = Array.from({ length: 20 }, (_, index) => `${(index * 7919) % 20}`)
      const order = names.map((_, index) => index).sort(() => random() - 0.5)
      const header = names.map((name, index) => {
        const begin = order[index]! * 4
        return `"${name}":{"dtype":"F32","shape":[1],"data_offsets":[${begin},${begin + 4}]}`
      })
      const data = f32(...names.map((_, place) => Number(names[order.indexOf(place)])))
      const checkpoint = await open(safetensorsOf(`{${header.join(',')}}`, data))
      expect(checkpoint.tensors.map(({ name }) => name)).toEqual(names)
      for (const name of names) expect(await bytesOf(checkpoint, name), `seed ${seed}`).toEqual(f32(Number(name)))
    }
  })

  it('leaves Object.prototype alone: __proto__ and constructor are names like others', async () => {
    const entry = (begin: number) => `{"dtype":"U8","shape":[1],"data_offsets":[${begin},${begin + 1}]}`
    const header = `{"__metadata__":{"__proto__":"x"},"__proto__":${entry(0)},"constructor":${entry(1)}}`
    const checkpoint = await open(safetensorsOf(header, new Uint8Array([7, 8])))
    expect(checkpoint.tensors.map(({ name }) => name)).toEqual(['__proto__', 'constructor'])
    expect(Object.keys(checkpoint.metadata)).toEqual(['__proto__'])
    expect(await bytesOf(checkpoint, '__proto__')).toEqual(new Uint8Array([7]))
    expect(({} as Record<string, unknown>)['dtype']).toBeUndefined()
  })

  const dtypes: readonly (readonly [string, string, number, number])[] = [
    ['BOOL', 'bool', 1, 1],
    ['F4', 'f4_e2m1', 2, 1],
    ['F6_E2M3', 'f6_e2m3', 4, 3],
    ['F6_E3M2', 'f6_e3m2', 4, 3],
    ['U8', 'u8', 1, 1],
    ['I8', 'i8', 1, 1],
    ['F8_E5M2', 'f8_e5m2', 1, 1],
    ['F8_E4M3', 'f8_e4m3fn', 1, 1],
    ['F8_E8M0', 'f8_e8m0', 1, 1],
    ['F8_E4M3FNUZ', 'f8_e4m3fnuz', 1, 1],
    ['F8_E5M2FNUZ', 'f8_e5m2fnuz', 1, 1],
    ['I16', 'i16', 1, 2],
    ['U16', 'u16', 1, 2],
    ['F16', 'f16', 1, 2],
    ['BF16', 'bf16', 1, 2],
    ['I32', 'i32', 1, 4],
    ['U32', 'u32', 1, 4],
    ['F32', 'f32', 1, 4],
    ['C64', 'c64', 1, 8],
    ['F64', 'f64', 1, 8],
    ['I64', 'i64', 1, 8],
    ['U64', 'u64', 1, 8],
  ]
  it.each(dtypes)('reads %s as %s', async (dtype, type, count, length) => {
    const piece: Piece = { name: 'x', dtype, shape: [count], bytes: new Uint8Array(length).fill(1) }
    const checkpoint = await open(safetensors([piece]))
    expect(checkpoint.tensors[0]).toMatchObject({ dtype, data: { type } })
    expect(await bytesOf(checkpoint, 'x')).toEqual(piece.bytes)
  })

  it('says what is wrong, with both numbers, the tensor and the place', async () => {
    const entry = (shape: string, begin: number, end: number, dtype = '"F32"') =>
      `{"dtype":${dtype},"shape":${shape},"data_offsets":[${begin},${end}]}`
    const one = (text: string, data = 24) => safetensorsOf(`{"w":${text}}`, new Uint8Array(data))
    const say = async (bytes: Uint8Array) => (await failure(bytes)).message
    expect(await say(new Uint8Array(7))).toBe(
      'safetensors: the file has 7 bytes, too short for the 8 bytes of header length; it is truncated.',
    )
    expect(await say(concat(new Uint8Array([100, 0, 0, 0, 0, 0, 0, 0]), new Uint8Array([0x7b])))).toBe(
      'safetensors: the header length 100 reaches past the end of the file, which has 1 byte after it; the file is truncated or no safetensors file.',
    )
    expect(await say(one(entry('[2,3]', 0, 20), 20))).toBe(
      "safetensors: the header gives shape [2, 3] of F32 a byte range of 20, expected 24 bytes (size mismatch) (tensor 'w').",
    )
    expect(await say(one(entry('[3]', 0, 2, '"F4"'), 2))).toBe(
      "safetensors: the header has 3 elements of the packed dtype F4, which are no whole bytes; their number must be a multiple of 2 (tensor 'w').",
    )
    expect(await say(one(entry('[2,3]', 0, 24), 23))).toBe(
      "safetensors: tensor 'w' ends at byte 24 of the data, beyond the end of the file, which has 23 bytes of data; it is truncated, download it again.",
    )
    expect(await say(one(entry('[2,3]', 0, 24), 25))).toBe(
      'safetensors: 1 unused byte after the last tensor: no tensor covers the data from offset 24.',
    )
    expect(await say(one(entry('[2,3]', 8, 32), 32))).toBe(
      "safetensors: tensor 'w' begins at offset 8 and leaves a hole: bytes 0 to 8 belong to no tensor (ranges must be contiguous).",
    )
    const both = `{"a":${entry('[6]', 0, 24)},"b":${entry('[6]', 12, 36)}}`
    expect(await say(safetensorsOf(both, new Uint8Array(36)))).toBe(
      "safetensors: tensor 'b' overlaps the tensor before it: its offset is 12, where 24 is the first free byte (ranges must be contiguous).",
    )
  })

  it('places an error at its byte, also behind characters of several bytes', async () => {
    const header = '{"é":1}'
    const error = await failure(safetensorsOf(header))
    expect(error).toMatchObject({ code: 'bad-entry', file: 'm.safetensors', tensor: 'é', offset: 8 + 1 })
    // The second name begins behind {"é":…, which has two bytes for é.
    const entry = '{"dtype":"U8","shape":[0],"data_offsets":[0,0]}'
    const twice = await failure(safetensorsOf(`{"é":${entry},"é":${entry}}`))
    expect(twice).toMatchObject({ code: 'duplicate-name', offset: 8 + `{"éé":${entry},`.length })
    expect(twice.message).toBe("safetensors: the header has the name 'é' more than once (duplicate, in JSON).")
  })

  it('shows names inertly in messages', async () => {
    const { message } = await failure(safetensorsOf('{"\\u001b[31mred":{}}'))
    expect(message).toContain("'\\u{1b}[31mred'")
  })

  it('an empty header is a file without tensors, with a warning', async () => {
    const checkpoint = await open(safetensorsOf('{}'))
    expect(checkpoint.tensors).toEqual([])
    expect(checkpoint.warnings).toEqual(['The file holds no tensors.'])
  })

  it('reads escapes of every kind, and long text full of them', async () => {
    const header = '{"__metadata__":{"a":"\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9\\ud83e\\uddea","end":"\\\\"}}'
    expect((await open(safetensorsOf(header))).metadata).toEqual({ a: '"\\/\b\f\n\r\té\u{1f9ea}', end: '\\' })
    const long = (await open(safetensorsOf(`{"__metadata__":{"a":"${'\\"'.repeat(1e6)}"}}`))).metadata['a'] as string
    expect(long).toBe(`${'"'.repeat(4096)}… (1000000 characters)`)
  })

  it('refuses more names in one object than any model has', async () => {
    const names = Array.from({ length: 1_000_001 }, (_, index) => `"${index}":""`).join()
    const { code, message } = await failure(safetensorsOf(`{"__metadata__":{${names}}}`))
    expect([code, message]).toEqual(['too-large', 'safetensors: the header has an object of more than 1000000 names.'])
  })

  it('skips unknown fields without building them, however large', async () => {
    const extra = `{"deep":${'['.repeat(90)}${']'.repeat(90)},"wide":[${'0,'.repeat(200_000)}0]}`
    const header = `{"w":{"dtype":"U8","shape":[1],"data_offsets":[0,1],"extra":${extra}}}`
    expect((await open(safetensorsOf(header, new Uint8Array(1)))).tensors.length).toBe(1)
  })
})
