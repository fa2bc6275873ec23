import { describe, expect, it } from 'vitest'
import { type Field, message, safeSigned, signed64, unsignedNumber, Wire } from '../../src/checkpoint/protobuf/index.js'
import type { Source } from '../../src/checkpoint/types.js'
import { bytes, fixed32, int, message as nested, packed, sourceOf, tag, text, varint } from './onnxBytes.js'

const demo = message('Demo', {
  number: [1, 'varint'],
  words: [2, 'bytes'],
  inner: [3, 'bytes'],
  float: [4, 'fixed32'],
  list: [5, 'varints'],
  doubles: [6, 'fixed64s'],
})

async function fieldsOf(content: readonly number[] | Uint8Array): Promise<Field[]> {
  const source = sourceOf(Uint8Array.from(content))
  const fields: Field[] = []
  await new Wire(source).walk(0, source.size, demo, (field) => void fields.push(field))
  return fields
}

const failure = async (content: readonly number[]): Promise<string> =>
  fieldsOf(content).then(
    () => 'no error',
    (error: Error & { code: string }) => `${error.code}: ${error.message}`,
  )

describe('walk', () => {
  it('reads the examples of the encoding guide by hand', async () => {
    // 08 96 01: field 1, varint 0x16 + 1 * 128 = 150. 12 07 ...: field 2, seven bytes "testing".
    const fields = await fieldsOf([0x08, 0x96, 0x01, 0x12, 0x07, 0x74, 0x65, 0x73, 0x74, 0x69, 0x6e, 0x67])
    expect(fields).toMatchObject([
      { name: 'number', number: 1, wire: 0, at: 0, lo: 150, hi: 0 },
      { name: 'words', number: 2, wire: 2, at: 3, from: 5, to: 12 },
    ])
  })

  it('keeps all 64 bits of an integer', async () => {
    const values = [0n, 1n, -1n, 2n ** 31n, 2n ** 32n, -(2n ** 31n), 2n ** 53n, 2n ** 63n - 1n, -(2n ** 63n)]
    const fields = await fieldsOf(values.flatMap((value) => int(1, value)))
    expect(fields.map(signed64)).toEqual(values)
    expect(fields.map(safeSigned)).toEqual([0, 1, -1, 2 ** 31, 2 ** 32, -(2 ** 31), null, null, null])
    expect(unsignedNumber(fields[2]!)).toBe(2 ** 64)
  })

  it('takes overlong varints, fixed fields, and repeated numbers packed or not', async () => {
    const fields = await fieldsOf([0x08, 0x85, 0x80, 0x00, ...fixed32(4, 1), ...int(5, 7), ...packed(5, [1, 2])])
    expect(fields.map(({ name, wire, lo }) => [name, wire, lo])).toEqual([
      ['number', 0, 5],
      ['float', 5, 0x3f800000],
      ['list', 0, 7],
      ['list', 2, 2],
    ])
  })

  it('skips unknown fields and unknown groups, nested ones too', async () => {
    const group = [...tag(99, 3), ...int(1, 5), ...tag(98, 3), ...text(2, 'x'), ...tag(98, 4), ...tag(99, 4)]
    const fields = await fieldsOf([...text(77, 'unknown'), ...group, ...int(1, 3)])
    expect(fields.map(({ name, lo }) => [name, lo])).toEqual([['number', 3]])
  })

  it('never reads the bytes of a field that nobody asks for', async () => {
    const gigabytes = 5 * 1024 ** 3
    const head = [...int(1, 1), ...tag(2, 2), ...varint(gigabytes)]
    const tail = int(1, 2)
    let read = 0
    const source: Source = {
      name: 'huge',
      size: head.length + gigabytes + tail.length,
      locator: null,
      async read(offset, length) {
        read += length
        const content = new Uint8Array(length)
        for (let i = 0; i < length; i++)
          content[i] = head[offset + i] ?? tail[offset + i - head.length - gigabytes] ?? 0
        return content
      },
      readInto() {},
      async close() {},
    }
    const seen: number[] = []
    await new Wire(source).walk(0, source.size, demo, ({ from }) => void seen.push(from))
    expect(seen).toEqual([1, head.length, head.length + gigabytes + 1])
    expect(read).toBeLessThan(200_000)
  })

  it('walks nested messages that lie across the borders of its window', async () => {
    // 40,000 messages of 4 to 12 bytes, 300 KB: many are cut by each 64 KiB border.
    const values = Array.from({ length: 40_000 }, (_, i) => (i * 2654435761) % 2 ** (i % 40))
    const source = sourceOf(Uint8Array.from(values.flatMap((value) => nested(3, int(1, value)))))
    const wire = new Wire(source)
    const seen: number[] = []
    await wire.walk(0, source.size, demo, (field) =>
      wire.walk(field.from, field.to, demo, (inner) => void seen.push(unsignedNumber(inner))),
    )
    expect(seen).toEqual(values)
  })

  it('goes on behind what it waited for, whatever the promise gave', async () => {
    const group = [...tag(99, 3), ...int(1, 5), ...tag(99, 4)]
    const source = sourceOf(Uint8Array.from([...int(1, 7), ...group, ...text(2, 'abc'), ...group, ...int(1, 8)]))
    const wire = new Wire(source)
    const seen: unknown[] = []
    await wire.walk(0, source.size, demo, (field) => {
      const wait = async (): Promise<number> => seen.push(field.name === 'number' ? field.lo : field.from)
      return wait() as Promise<never>
    })
    expect(seen).toEqual([7, 10, 8])
  })

  it('reads text across the borders of its window', async () => {
    const words = Array.from({ length: 9_000 }, (_, i) => `${i}-${'ä'.repeat(i % 40)}`)
    const source = sourceOf(Uint8Array.from(words.flatMap((word) => text(2, word))))
    const wire = new Wire(source)
    const seen: string[] = []
    await wire.walk(0, source.size, demo, (field) => wire.text(field, 100, 'a word', (word) => seen.push(word)))
    expect(seen).toEqual(words)
  })

  it('reads packed integers across the borders of its window, and stops when told to', async () => {
    const values = Array.from({ length: 60_000 }, (_, i) => 2 ** (i % 50))
    const content = packed(5, values)
    const source = sourceOf(Uint8Array.from(content))
    const wire = new Wire(source)
    const seen: number[] = []
    await wire.walk(0, source.size, demo, (field) =>
      wire.varints(field.from, field.to, (lo, hi) => seen.push(hi * 2 ** 32 + lo) < 50_000),
    )
    expect(seen).toEqual(values.slice(0, 50_000))
  })
})

describe('what is refused', () => {
  it.each<[string, number[], string]>([
    [
      'a cut varint',
      [0x08, 0x80],
      'truncated: protobuf: the varint at byte 1 is cut off at byte 2, where its message ends; the file is damaged or incomplete.',
    ],
    [
      'eleven bytes',
      [0x08, ...Array(10).fill(0x80), 0x01],
      'bad-varint: protobuf: the varint at byte 1 has more than 64 bits, which no protobuf writer makes; the file is damaged or not a protobuf.',
    ],
    [
      'a 65th bit',
      [0x08, ...Array(9).fill(0xff), 0x02],
      'bad-varint: protobuf: the varint at byte 1 has more than 64 bits, which no protobuf writer makes; the file is damaged or not a protobuf.',
    ],
    [
      'a length beyond the message',
      [0x12, 0x05, 0x61],
      'truncated: protobuf: words of Demo at byte 0 claims a length of 5 bytes, but its message ends after 1; the file is truncated or damaged.',
    ],
    [
      'a length of 2^64 - 1',
      [0x12, ...varint(-1)],
      'truncated: protobuf: words of Demo at byte 0 claims a length of 18446744073709552000 bytes, but its message ends after 0; the file is truncated or damaged.',
    ],
    [
      'a fixed field that is cut',
      [0x25, 0x00, 0x00],
      'truncated: protobuf: float of Demo at byte 0 claims a length of 4 bytes, but its message ends after 2; the file is truncated or damaged.',
    ],
    ['wire type 6', [0x0e], 'bad-protobuf: protobuf: wire type 6 at byte 0 in Demo does not exist.'],
    [
      'field number 0',
      [0x00, 0x01],
      'bad-protobuf: protobuf: the tag at byte 0 has field number 0, which does not exist; the file is damaged, has bytes after its end, or is not a protobuf.',
    ],
    [
      'a known field of another wire type',
      [0x0a, 0x00],
      'wrong-wire-type: protobuf: number of Demo at byte 0 is stored as length-delimited, which that field never is; the file is damaged or not what it seems.',
    ],
    [
      'a known field as a group',
      [0x13, 0x14],
      'wrong-wire-type: protobuf: words of Demo at byte 0 is stored as group, which that field never is; the file is damaged or not what it seems.',
    ],
    ['a group end alone', tag(9, 4), 'bad-protobuf: protobuf: a group ends at byte 0 in Demo, but none is open.'],
    [
      'a group closed by another',
      [...tag(9, 3), ...tag(10, 4)],
      'bad-protobuf: protobuf: the group that ends at byte 1 has another field number than the one that is open.',
    ],
    ['a group without end', tag(9, 3), 'truncated: protobuf: the group opened before byte 1 never ends.'],
    [
      'groups without end',
      Array(40_000).fill(tag(9, 3)).flat(),
      'deep-nesting: protobuf: groups at byte 64 nest more than 64 deep.',
    ],
  ])('%s', async (_, content, expected) => {
    expect(await failure(content)).toBe(expected)
  })

  it('text that is not UTF-8, and text beyond its limit', async () => {
    const source = sourceOf(Uint8Array.from([...bytes(2, [0xc3, 0x28]), ...text(2, 'abcdef')]))
    const wire = new Wire(source)
    const errors: string[] = []
    await wire.walk(0, source.size, demo, async (field) => {
      try {
        await wire.text(field, 5, 'the word', () => {})
      } catch (error) {
        errors.push((error as Error).message)
      }
    })
    expect(errors).toEqual([
      'protobuf: the word at byte 2 is not valid UTF-8, which a protobuf string must be.',
      'protobuf: the word at byte 6 has 6 bytes, more than the 5 a name may have here.',
    ])
  })

  it('stops when the signal says so', async () => {
    const source = sourceOf(Uint8Array.from(int(1, 1)))
    const wire = new Wire(source, AbortSignal.abort())
    await expect(wire.walk(0, source.size, demo, () => {})).rejects.toThrow('interrupted')
  })
})
