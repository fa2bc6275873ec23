/** NumPy's .npz: names, members of both kinds, what is skipped and what is refused. */
import { describe, expect, it } from 'vitest'
import { BytesSource } from '../../src/archive/source.js'
import { npzReader } from '../../src/checkpoint/npz/index.js'
import { openSource } from '../../src/checkpoint/open.js'
import { readTensor } from '../../src/checkpoint/read.js'
import { floatNpy, makeNpy } from './npyBytes.js'
import { ascii, makeZip } from './zipBytes.js'

const open = (bytes: Uint8Array) => npzReader.open(new BytesSource('a.npz', bytes), { folder: null, signal: undefined })
const objects = makeNpy("{'descr': '|O', 'fortran_order': False, 'shape': (3,)}", ascii('cos\nsystem\n'))

describe('npzReader', () => {
  it.each([false, true])('opens arrays and reads their values (deflated: %s)', async (deflate) => {
    const bytes = makeZip([
      { name: 'layer/weight.npy', data: floatNpy([2, 2], [1, -2, 3, 0.5]), deflate },
      { name: 'bias', data: floatNpy([1], [7]), deflate },
    ])
    const { tensors, sources, skipped, warnings } = await open(bytes)
    expect(tensors.map(({ name, shape }) => [name, shape])).toEqual([
      ['layer/weight', [2, 2]],
      ['bias', [1]],
    ])
    const values = new Float32Array(4)
    await readTensor(tensors[0]!.data, sources).next(new Uint8Array(values.buffer))
    expect([...values]).toEqual([1, -2, 3, 0.5])
    expect([...skipped, ...warnings]).toEqual([])
  })

  it('notices a flipped byte anywhere in a member, its header included', async () => {
    const good = makeZip([{ name: 'a.npy', data: floatNpy([2], [1, 2]) }])
    const data = 30 + 'a.npy'.length
    for (const at of [data + 60, data + 72, good.indexOf(0x20, data + 60)]) {
      const bytes = good.slice()
      bytes[at]! ^= 1
      const reading = open(bytes).then(({ tensors, sources }) =>
        readTensor(tensors[0]!.data, sources).next(new Uint8Array(8)),
      )
      await expect(reading, `byte ${at}`).rejects.toThrow(/^(zip: the CRC-32|npy: )/)
    }
  })

  it('lists arrays that hold no numbers as skipped, and refuses an archive of nothing else', async () => {
    const good = { name: 'good.npy', data: floatNpy([1], [1]) }
    const { tensors, skipped } = await open(makeZip([{ name: 'evil.npy', data: objects }, good]))
    expect(tensors).toHaveLength(1)
    expect(skipped).toEqual([
      {
        name: 'evil',
        dtype: '|O',
        shape: [3],
        what: 'tensor',
        why: "its dtype '|O' is unsupported: it is an object array, which is a pickle and is never loaded.",
      },
    ])
    await expect(open(makeZip([{ name: 'evil.npy', data: objects }]))).rejects.toThrow(
      "npz: the array 'evil' cannot be measured: its dtype '|O' is unsupported",
    )
  })

  it('mentions members that are no arrays', async () => {
    const { warnings } = await open(
      makeZip([
        { name: 'a.npy', data: floatNpy([1], [1]) },
        { name: 'notes.txt', data: ascii('notes') },
      ]),
    )
    expect(warnings).toEqual(["'notes.txt' in the archive is not an array and was not read."])
  })

  it('refuses an entry named .npy that is none, a longer one than its array, and a name twice', async () => {
    await expect(open(makeZip([{ name: 'a.npy', data: ascii('some text, not an array') }]))).rejects.toThrow(
      /magic bytes .* \(in the entry 'a\.npy'\)/,
    )
    const long = new Uint8Array([...floatNpy([1], [1]), 0])
    await expect(open(makeZip([{ name: 'a.npy', data: long }]))).rejects.toThrow(
      /an entry that is larger than its array is corrupt or a bomb/,
    )
    const array = floatNpy([1], [1])
    await expect(
      open(
        makeZip([
          { name: 'a.npy', data: array },
          { name: 'a', data: array },
        ]),
      ),
    ).rejects.toThrow("npz: two entries have the same name 'a' (duplicate arrays).")
  })

  it('leaves other zip archives to a sentence that names them', async () => {
    const document = makeZip([{ name: 'word/document.xml', data: ascii('<xml/>') }])
    await expect(openSource(new BytesSource('a.npz', document))).rejects.toThrow(/zip archive without a checkpoint/)
  })
})
