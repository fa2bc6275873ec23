/** The zip layer: checksum, inflate, the strict directory, members. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { basename } from 'node:path'
import { constants, deflateRawSync, crc32 as zlibCrc32 } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { BytesSource } from '../../src/archive/source.js'
import { crc32, openMember, readZip } from '../../src/archive/zip/index.js'
import { Inflater } from '../../src/archive/zip/inflate.js'
import type { Source } from '../../src/checkpoint/types.js'
import { badCases } from '../badfiles.js'
import { hasShared, sharedPath } from '../shared.js'
import { ascii, makeZip, type ZipPart } from './zipBytes.js'

function seeded(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return state / 2 ** 32
  }
}

const source = (bytes: Uint8Array) => new BytesSource('a.zip', bytes)

/** The same bytes, as a browser's file gives them. */
function slowSource(bytes: Uint8Array): Source {
  const fast = source(bytes)
  return {
    name: fast.name,
    size: fast.size,
    locator: null,
    read: (offset, length) => fast.read(offset, length),
    async readInto(offset, target) {
      fast.readInto(offset, target)
    },
    close: () => fast.close(),
  }
}

describe('crc32', () => {
  it('is 0xcbf43926 for the check string of the catalogues, and 0 for nothing', () => {
    expect(crc32(ascii('123456789'))).toBe(0xcbf43926)
    expect(crc32(new Uint8Array(0))).toBe(0)
  })

  it('equals zlib for every length around the step, whole and in two parts', () => {
    const bytes = Uint8Array.from({ length: 41 }, (_, index) => (index * 37 + 11) & 255)
    for (let length = 0; length <= bytes.length; length++) {
      const part = bytes.subarray(0, length)
      expect(crc32(part)).toBe(zlibCrc32(part))
      for (const cut of [0, 1, 7, length]) {
        expect(crc32(part.subarray(cut), crc32(part.subarray(0, cut)))).toBe(zlibCrc32(part))
      }
    }
  })
})

/** Inflates with input and output in pieces of the given sizes. */
function inflate(
  compressed: Uint8Array,
  inputPiece: number,
  outputPiece: number,
): { bytes: Uint8Array; unused: number } {
  const inflater = new Inflater()
  const pieces: Uint8Array[] = []
  const target = new Uint8Array(outputPiece)
  let pushed = 0
  for (;;) {
    const got = inflater.pull(target)
    pieces.push(target.slice(0, got))
    if (inflater.finished) break
    if (got === target.length) continue
    const next = Math.min(compressed.length, pushed + inputPiece)
    inflater.push(compressed.slice(pushed, next), next === compressed.length)
    pushed = next
  }
  return { bytes: new Uint8Array(Buffer.concat(pieces)), unused: inflater.unused + compressed.length - pushed }
}

describe('Inflater', () => {
  it('reads a fixed block by hand', () => {
    // Bits from the lowest: 1 (last), 01 (fixed codes), then 'a' = 0x30 + 97 = 0x91 as 8 bits from the highest, then end = 0000000.
    // 1 1 0 | 1 0 0 1 0 0 0 1 | 0 0 0 0 0 0 0 gives the bytes 0x4b 0x04 0x00.
    expect(inflate(Uint8Array.of(0x4b, 0x04, 0x00), 3, 10).bytes).toEqual(ascii('a'))
  })

  it('reads a stored block by hand, and says how many bytes lie behind it', () => {
    const { bytes, unused } = inflate(Uint8Array.of(0x01, 2, 0, 0xfd, 0xff, 7, 8, 99, 99), 9, 10)
    expect([...bytes]).toEqual([7, 8])
    expect(unused).toBe(2)
  })

  it.each([0, 1, 2, 3, 4, 5, 6, 7, 8, 9])('gives back what zlib deflated, level %i, in pieces of any size', (level) => {
    const random = seeded(level + 1)
    const strategies = [constants.Z_DEFAULT_STRATEGY, constants.Z_HUFFMAN_ONLY, constants.Z_RLE, constants.Z_FIXED]
    for (let round = 0; round < 12; round++) {
      const length = Math.floor(random() * random() * 200_000)
      const kind = round % 4
      const bytes = new Uint8Array(length)
      for (let i = 0; i < length; i++) {
        if (kind === 0) bytes[i] = random() * 256
        else if (kind === 1) bytes[i] = random() * 3
        else if (kind === 2) bytes[i] = (i >> 6) & 255
        else bytes[i] = i > 40_000 && random() < 0.98 ? bytes[i - 1 - Math.floor(random() * 40_000)]! : random() * 256
      }
      const compressed = new Uint8Array(
        deflateRawSync(bytes, { level, strategy: strategies[round % 4]!, memLevel: 1 + (round % 9) }),
      )
      const result = inflate(compressed, [1, 13, 600, 1 << 18][round % 4]!, [1000, 65_536, 1 << 18][round % 3]!)
      expect(Buffer.compare(result.bytes, bytes), `level ${level}, round ${round}, ${length} bytes`).toBe(0)
      expect(result.unused).toBe(0)
    }
  })

  it('refuses every prefix of a stream, and never reads a flipped byte as the same without an end', () => {
    const bytes = ascii('a deflate stream, a deflate stream, and again a deflate stream of some length')
    const compressed = new Uint8Array(deflateRawSync(bytes))
    for (let cut = 0; cut < compressed.length; cut++) {
      expect(() => inflate(compressed.slice(0, cut), 100, 1000), `cut at ${cut}`).toThrow(/truncated|corrupt/)
    }
  })
})

const hello: ZipPart = { name: 'hello.txt', data: ascii('hello, hello, hello') }
const table: ZipPart = {
  name: 'table',
  data: Uint8Array.from({ length: 5000 }, (_, index) => index % 251),
  deflate: true,
}

describe('readZip', () => {
  it('finds members, stored and deflated, where they lie', async () => {
    const bytes = makeZip([hello, table])
    const [first, second] = await readZip(source(bytes))
    expect(first).toMatchObject({
      kind: 'zip',
      source: 0,
      name: 'hello.txt',
      method: 'stored',
      size: 19,
      compressedSize: 19,
    })
    // 30 bytes of local header and 9 of the name.
    expect(first!.offset).toBe(39)
    expect(second).toMatchObject({ name: 'table', method: 'deflated', size: 5000 })
  })

  it.each([
    ['zip64 sizes', [{ ...hello, zip64: true }], {}],
    ['a zip64 end record', [hello], { zip64: true }],
    [
      'data descriptors',
      [
        { ...hello, descriptor: true },
        { ...table, descriptor: true },
      ],
      {},
    ],
    ['a comment', [hello], { comment: 'PK and other text' }],
    ['a folder entry', [{ name: 'folder/', data: new Uint8Array(0) }, hello], {}],
    ['no entries', [], {}],
  ] as const)('accepts %s', async (_, parts, end) => {
    const members = await readZip(source(makeZip(parts, end)))
    expect(members.map(({ name }) => name)).toEqual(parts.map(({ name }) => name).filter((name) => !name.endsWith('/')))
  })

  it.each([
    ['a name twice', [hello, hello], {}, /appears more than once \(duplicate/],
    [
      'another name in the local header',
      [{ ...hello, local: { name: 'jello.txt' } }],
      {},
      /differ \(mismatch\) in the name of 'hello.txt': 'jello.txt'/,
    ],
    ['another method in the local header', [{ ...hello, local: { method: 8 } }], {}, /in the compression method/],
    ['another checksum in the local header', [{ ...hello, local: { crc: 1 } }], {}, /in the CRC-32 checksum/],
    ['another size in the local header', [{ ...table, local: { size: 1 } }], {}, /in the size of 'table': 1 and 5000/],
    ['encryption', [{ ...hello, central: { flags: 1 } }], {}, /'hello.txt' is encrypted/],
    ['a method that is not known', [{ ...hello, central: { method: 12 } }], {}, /method 12, which is not supported/],
    ['stored sizes that differ', [{ ...hello, central: { size: 20 } }], {}, /its sizes 20 and 19 do not match/],
    ['more than deflate can give', [{ ...table, central: { size: 2 ** 31 } }], {}, /claims a size of 2147483648 bytes/],
    [
      'data past the directory',
      [{ ...hello, central: { size: 999, compressed: 999 }, local: { size: 999, compressed: 999 } }],
      {},
      /reach past 58, where the central directory begins/,
    ],
    ['two entries on the same bytes', [hello, { ...hello, name: 'jello.txt', central: { offset: 0 } }], {}, /mismatch/],
    ['another disk', [{ ...hello, central: { disk: 1 } }], {}, /another disk of a split archive/],
    ['fewer entries than there are', [hello, table], { entries: 1 }, /entries would be lost/],
    ['more entries than fit', [hello], { entries: 1000 }, /cannot hold the 1000 entries/],
    ['a directory elsewhere', [hello], { offset: 3 }, /does not end at/],
    ['an empty name', [{ ...hello, name: '' }], {}, /empty name/],
    ['a NUL in a name', [{ ...hello, name: 'a\0b' }], {}, /'a\\u\{0\}b' holds a NUL/],
  ] as const)('refuses %s', async (_, parts, end, message) => {
    await expect(readZip(source(makeZip(parts, end)))).rejects.toThrow(message)
  })

  it('refuses every prefix, and bytes behind the end or before the beginning', async () => {
    const bytes = makeZip([hello, table], { comment: 'some comment' })
    for (let cut = 0; cut < bytes.length; cut += 7)
      await expect(readZip(source(bytes.slice(0, cut)))).rejects.toThrow(/^zip: /)
    await expect(readZip(source(new Uint8Array([...bytes, 0])))).rejects.toThrow(/bytes behind its end/)
    await expect(readZip(source(new Uint8Array([0, ...bytes])))).rejects.toThrow(/bytes put before it/)
  })

  it.skipIf(!hasShared)(
    'lists what zip.js lists, for every archive of the corpus and of the checkpoints that opens',
    async () => {
      const { BlobReader, ZipReader } = await import('@zip.js/zip.js')
      const folder = sharedPath('data', 'checkpoints')
      const files = [
        ...['npz', 'torch']
          .flatMap(badCases)
          .filter((one) => one.expect === 'accept' && one.file)
          .map(({ file }) => sharedPath('badfiles', file!)),
        ...readdirSync(folder).map((name) => `${folder}/${name}`),
      ].filter((path) => existsSync(path) && readFileSync(path).subarray(0, 2).toString() === 'PK')
      expect(files.length).toBeGreaterThan(60)
      const refused: string[] = []
      for (const path of files) {
        const bytes = readFileSync(path)
        const reader = new ZipReader(new BlobReader(new Blob([bytes])), {
          strictness: 'tolerant',
          filenameValidation: 'tolerant',
        })
        const entries = await reader.getEntries().catch(() => null)
        if (entries === null) {
          refused.push(basename(path))
          continue
        }
        const theirs = entries.map(({ filename, uncompressedSize, compressedSize }) => [
          filename,
          uncompressedSize,
          compressedSize,
        ])
        const ours = (await readZip(source(bytes))).map(({ name, size, compressedSize }) => [
          name,
          size,
          compressedSize,
        ])
        expect(ours, path).toEqual(theirs)
      }
    },
  )
})

describe('openMember', () => {
  const parts = [hello, table, { ...table, name: 'stored', deflate: false }]
  const archive = makeZip(parts)

  it.each([
    ['synchronous', source],
    ['asynchronous', slowSource],
  ] as const)('gives the bytes at any place, forward and backward, from a %s source', async (_, make) => {
    const file = make(archive)
    for (const [index, storage] of (await readZip(file)).entries()) {
      const { data } = parts[index]!
      const member = openMember(storage, file)
      const random = seeded(9)
      for (let round = 0; round < 40; round++) {
        const offset = Math.floor(random() * data.length)
        const target = new Uint8Array(Math.floor(random() * (data.length - offset)))
        await member.readInto(offset, target)
        expect(Buffer.compare(target, data.subarray(offset, offset + target.length))).toBe(0)
      }
      await member.verify()
      member.close()
    }
  })

  it('stays synchronous where the source is', async () => {
    const file = source(archive)
    for (const storage of await readZip(file)) {
      const member = openMember(storage, file)
      expect(member.readInto(0, new Uint8Array(storage.size))).toBeUndefined()
      expect(member.verify()).toBeUndefined()
    }
  })

  it('notices a flipped byte: with the last byte read, or when a part was read, in verify', async () => {
    for (const at of [0, 2]) {
      const [first] = await readZip(source(archive)).then((members) => members.slice(at))
      const bytes = archive.slice()
      bytes[first!.offset + 3]! ^= 1
      const file = source(bytes)
      const storage = (await readZip(file))[at]!
      expect(() => openMember(storage, file).readInto(0, new Uint8Array(storage.size))).toThrow(
        /CRC-32 checksum of .* the file is corrupt/,
      )
      const part = openMember(storage, file)
      part.readInto(5, new Uint8Array(2))
      expect(() => part.verify()).toThrow(/CRC-32/)
    }
  })

  it('checks a member once for all views that share `verified`, and with the checksum it is given', async () => {
    const file = source(archive)
    const storage = (await readZip(file))[2]!
    const verified = new Set<string>()
    let calls = 0
    const counted = (bytes: Uint8Array, value?: number) => {
      calls++
      return zlibCrc32(bytes, value)
    }
    for (let view = 0; view < 3; view++) {
      const member = openMember(storage, file, { crc32: counted, verified })
      member.readInto(0, new Uint8Array(10))
      member.verify()
    }
    expect(calls).toBe(2)
  })

  it.each([
    [
      'a size that is too small',
      { ...table, central: { size: 4000 }, local: { size: 4000 } },
      /inflates to more than the 4000 bytes/,
    ],
    [
      'a size that is too large',
      { ...table, central: { size: 5001 }, local: { size: 5001 } },
      /inflates to 5000 bytes and not to the 5001/,
    ],
    [
      'compressed bytes that end early',
      { ...table, central: { compressed: 200 }, local: { compressed: 200 } },
      /truncated/,
    ],
  ] as const)('refuses %s when the end shows it', async (_, part, message) => {
    const file = source(makeZip([part]))
    const [storage] = await readZip(file)
    expect(() => openMember(storage!, file).readInto(0, new Uint8Array(storage!.size))).toThrow(message)
  })

  it('stops a bomb at the declared size, within bounded memory', async () => {
    const bomb = { name: 'bomb', data: new Uint8Array(20_000_000), deflate: true }
    const file = source(makeZip([{ ...bomb, central: { size: 1000 }, local: { size: 1000 } }]))
    const [storage] = await readZip(file)
    const before = process.memoryUsage().rss
    expect(() => openMember(storage!, file).readInto(0, new Uint8Array(1000))).toThrow(
      /inflates to more than the 1000 bytes/,
    )
    expect(process.memoryUsage().rss - before).toBeLessThan(50_000_000)
  })

  it('refuses to read past the declared size', async () => {
    const file = source(archive)
    const [storage] = await readZip(file)
    expect(() => openMember(storage!, file).readInto(10, new Uint8Array(10))).toThrow(
      "bytes 10 to 20 of 'hello.txt' were asked for and it has 19",
    )
  })
})
