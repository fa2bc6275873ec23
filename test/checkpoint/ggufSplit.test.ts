/** GGUF models in parts: measured as one from the first part, each alone otherwise, and what a wrong set is called. */
import { describe, expect, it } from 'vitest'
import { BytesSource } from '../../src/archive/source.js'
import { openSource } from '../../src/checkpoint/open.js'
import { readTensor } from '../../src/checkpoint/read.js'
import type { Checkpoint, Folder } from '../../src/checkpoint/types.js'
import { FormatError } from '../../src/core/index.js'
import { floats, ggufBytes, i32, string, u16, type Value } from './ggufBytes.js'

const nameOf = (part: number, of: number): string =>
  `m-${String(part).padStart(5, '0')}-of-${String(of).padStart(5, '0')}.gguf`

/** What llama-gguf-split writes: `split.no` counts from 0, and only the first part has the model's metadata. */
function partBytes(
  no: number,
  count: number,
  total: number,
  tensors: Record<string, number[]>,
  extra = {},
): Uint8Array {
  const metadata: [string, Value][] = [
    ...(no === 0 ? [['general.architecture', string('test')] as [string, Value]] : []),
    ['split.no', u16(no)],
    ['split.count', u16(count)],
    ['split.tensors.count', i32(total)],
  ]
  const infos = Object.entries(tensors).map(([name, values], index) => ({
    name,
    dims: [values.length],
    type: 0,
    offset: index * 32,
  }))
  const data = new Uint8Array(infos.length * 32)
  for (const [index, values] of Object.values(tensors).entries()) data.set(floats(values), index * 32)
  return ggufBytes({ metadata, tensors: infos, data, ...extra })
}

interface Files {
  [name: string]: Uint8Array
}

const threeParts = (): Files => ({
  [nameOf(1, 3)]: partBytes(0, 3, 3, {}),
  [nameOf(2, 3)]: partBytes(1, 3, 3, { a: [1, 2], b: [3] }),
  [nameOf(3, 3)]: partBytes(2, 3, 3, { c: [4, 5, 6] }),
})

/** A folder in memory that counts what is open. */
function folderOf(files: Files): Folder & { opened: string[]; closed: string[] } {
  const opened: string[] = []
  const closed: string[] = []
  return {
    name: 'folder',
    opened,
    closed,
    async open(name) {
      const bytes = files[name]
      if (!bytes) return null
      opened.push(name)
      const source = new BytesSource(name, bytes)
      source.close = async () => {
        closed.push(name)
      }
      return source
    },
    async list() {
      return Object.keys(files).sort()
    },
  }
}

async function openFirst(
  files: Files,
  name = nameOf(1, 3),
  folder: Folder | null = folderOf(files),
): Promise<Checkpoint> {
  return openSource(new BytesSource(name, files[name]!), { folder })
}

async function errorOf(work: Promise<unknown>): Promise<FormatError> {
  const error = await work.then(
    () => null,
    (thrown: unknown) => thrown,
  )
  if (error instanceof FormatError) return error
  throw new Error(`expected a FormatError, got ${error === null ? 'none' : String(error)}`)
}

describe('a set of parts', () => {
  it('is measured as one when the first is opened', async () => {
    const files = threeParts()
    const folder = folderOf(files)
    const checkpoint = await openFirst(files, nameOf(1, 3), folder)
    expect(checkpoint.warnings).toEqual([])
    expect(checkpoint.metadata['general.architecture']).toBe('test')
    expect(checkpoint.bytes).toBe(Object.values(files).reduce((sum, { length }) => sum + length, 0))
    expect(checkpoint.tensors.map(({ name, count }) => [name, count])).toEqual([
      ['a', 2],
      ['b', 1],
      ['c', 3],
    ])
    for (const [name, values] of Object.entries({ a: [1, 2], b: [3], c: [4, 5, 6] })) {
      const reader = readTensor(checkpoint.tensors.find((one) => one.name === name)!.data, checkpoint.sources)
      const bytes = new Uint8Array(reader.byteLength)
      await reader.next(bytes)
      expect(bytes).toEqual(floats(values))
    }
    await checkpoint.close()
    expect(folder.closed).toEqual([nameOf(2, 3), nameOf(3, 3)])
  })

  it('a part that is not the first is measured alone, with a warning', async () => {
    const checkpoint = await openFirst(threeParts(), nameOf(3, 3))
    expect(checkpoint.tensors.map(({ name }) => name)).toEqual(['c'])
    expect(checkpoint.warnings).toEqual([
      'This is part 3 of 3 of a split model, measured alone; open the first part for the whole model.',
    ])
  })

  it('without a folder, or under another name, the first is measured alone with a warning', async () => {
    const files = { ...threeParts(), 'renamed.gguf': partBytes(0, 3, 3, { z: [1] }) }
    const single = await openFirst(files, 'renamed.gguf', null)
    expect(single.warnings).toEqual([
      'This is part 1 of 3 of a split model, measured alone; open it from its folder for the whole model.',
    ])
    const renamed = await openFirst(files, 'renamed.gguf')
    expect(renamed.tensors.map(({ name }) => name)).toEqual(['z'])
    expect(renamed.warnings).toEqual([
      "This is part 1 of 3 of a split model, measured alone; the other parts are found only when it is named like 'model-00001-of-00003.gguf'.",
    ])
  })

  it('a first part that holds metadata only says so when it is alone', async () => {
    const checkpoint = await openFirst(threeParts(), nameOf(1, 3), null)
    expect(checkpoint.warnings).toEqual([
      'This is part 1 of 3 of a split model, measured alone; open it from its folder for the whole model.',
      'The file holds no tensors.',
    ])
  })

  it('a split.count of 1 is a whole file', async () => {
    const checkpoint = await openFirst({ 'm.gguf': partBytes(0, 1, 1, { a: [1] }) }, 'm.gguf')
    expect(checkpoint.warnings).toEqual([])
  })
})

describe('a wrong set is refused', () => {
  const wrong: [string, Files, string, RegExp, string][] = [
    [
      'a missing part',
      { [nameOf(3, 3)]: undefined as never },
      'missing-file',
      /part 3 of 3, 'm-00003-of-00003\.gguf', is missing/,
      nameOf(1, 3),
    ],
    [
      'a part twice',
      { [nameOf(3, 3)]: threeParts()[nameOf(2, 3)]! },
      'index-mismatch',
      /should be part 3 of 3 says it is part 2 of 3/,
      nameOf(3, 3),
    ],
    [
      'a part of a larger set',
      { [nameOf(2, 3)]: partBytes(1, 4, 3, { a: [1] }) },
      'index-mismatch',
      /part 2 of 3 says it is part 2 of 4/,
      nameOf(2, 3),
    ],
    [
      'a whole file in the place of a part',
      { [nameOf(2, 3)]: ggufBytes({}) },
      'index-mismatch',
      /part 2 of 3 says it is part 1 of 1/,
      nameOf(2, 3),
    ],
    [
      'another format',
      { [nameOf(2, 3)]: new TextEncoder().encode('<html>') },
      'wrong-format',
      /part 2 of 3 is not a GGUF file/,
      nameOf(2, 3),
    ],
    [
      'a name in two parts',
      { [nameOf(3, 3)]: partBytes(2, 3, 3, { a: [1] }) },
      'duplicate-name',
      /'a' is in more than one part/,
      nameOf(1, 3),
    ],
    [
      'too few tensors',
      { [nameOf(3, 3)]: partBytes(2, 3, 3, {}) },
      'index-mismatch',
      /hold 2 tensors together, and split.tensors.count promises 3/,
      nameOf(1, 3),
    ],
    [
      'a truncated part',
      { [nameOf(3, 3)]: threeParts()[nameOf(3, 3)]!.subarray(0, -24) },
      'truncated',
      /tensor 'c' .* truncated/,
      nameOf(3, 3),
    ],
  ]
  it.each(wrong)('%s, and what was opened is closed', async (_name, change, code, message, file) => {
    const files = { ...threeParts(), ...change }
    const folder = folderOf(files)
    const error = await errorOf(openFirst(files, nameOf(1, 3), folder))
    expect(error.message).toMatch(message)
    expect(error.code).toBe(code)
    expect(error.file).toBe(file)
    expect(folder.closed).toEqual(folder.opened)
  })
})
