/** External data of ONNX models: found beside the model and nowhere else. */
import { describe, expect, it } from 'vitest'
import { onnxReader } from '../../src/checkpoint/onnx/reader.js'
import {
  type Bytes,
  contentOf,
  floats,
  folderOf,
  int,
  message,
  model,
  open,
  refusal,
  sourceOf,
  tensor,
  text,
} from './onnxBytes.js'

describe('external data', () => {
  const external = (entries: Record<string, string>, name = 'w', ...more: Bytes[]): number[] =>
    tensor(
      [2],
      1,
      name,
      Object.entries(entries).flatMap(([key, value]) => message(13, text(1, key), text(2, value))),
      int(14, 1),
      ...more,
    )
  const files = { 'w.bin': Uint8Array.from([0, 0, 0, 0, ...floats(1, 2)]), 'data/w.bin': Uint8Array.from(floats(3, 4)) }
  const of = (...tensors: Bytes[]): Uint8Array => model({ initializers: tensors })

  it('is a range of another source, opened once', async () => {
    const folder = folderOf(files)
    const result = await open(
      of(
        external({ location: 'w.bin', offset: '4', length: '8' }, 'a'),
        external({ location: './data/w.bin' }, 'b'),
        external({ location: 'w.bin' }, 'c'),
      ),
      folder,
    )
    expect(result.sources.map(({ name }) => name)).toEqual(['model.onnx', 'w.bin', 'data/w.bin'])
    expect([await contentOf(result, 0), await contentOf(result, 1), await contentOf(result, 2)]).toEqual([
      floats(1, 2),
      floats(3, 4),
      [0, 0, 0, 0, ...floats(1)],
    ])
    expect(folder.opened.length).toBe(2)
  })

  it('of two tensors over the same bytes is shared', async () => {
    const place = { location: 'w.bin', offset: '4' }
    const { tensors } = await open(of(external(place, 'a'), external(place, 'b')), folderOf(files))
    expect(tensors.map(({ sharesWith }) => sharesWith)).toEqual([null, 'a'])
  })

  it.each<[string, Record<string, string>, string]>([
    ['no location', { offset: '0' }, "missing-field: onnx: tensor 'w': its external data has no location."],
    [
      'a missing file',
      { location: 'gone.bin' },
      "missing-file: onnx: tensor 'w': its external data file 'gone.bin' was not found beside the model; put the file there.",
    ],
    [
      'a parent folder',
      { location: 'data/../../w.bin' },
      "path-escape: onnx: tensor 'w': the external location 'data/../../w.bin' is not a plain path inside the folder, so it is not allowed.",
    ],
    [
      'an absolute path',
      { location: '/etc/passwd' },
      "path-escape: onnx: tensor 'w': the external location '/etc/passwd' is not a plain path inside the folder, so it is not allowed.",
    ],
    [
      'a short file',
      { location: 'w.bin', offset: '5' },
      "truncated: onnx: tensor 'w': external offset 5 and length 8 reach past the end of 'w.bin', which has 12 bytes; that file is truncated or not the right one.",
    ],
    [
      'a signed offset',
      { location: 'w.bin', offset: '+4' },
      "bad-offset: onnx: tensor 'w': the external offset '+4' is not an integer from 0 to 2^53.",
    ],
    [
      'another length',
      { location: 'w.bin', length: '12' },
      "size-mismatch: onnx: tensor 'w': the external length 12 does not match the 8 bytes that its type and shape need.",
    ],
    [
      'the model itself',
      { location: 'model.onnx' },
      "self-reference: onnx: tensor 'w': its external data is the model file itself ('model.onnx'), which no writer makes.",
    ],
  ])('with %s is refused', async (_, entries, expected) => {
    expect(await refusal(of(external(entries)), folderOf(files))).toBe(expected)
  })

  it('needs a folder', async () => {
    expect(await refusal(of(external({ location: 'w.bin' })))).toBe(
      "missing-file: onnx: tensor 'w': its external data is in 'w.bin', which cannot be found from a single file; open the model from its folder.",
    )
  })

  it('closes what it opened when something later is wrong, but not the model, which is not its own', async () => {
    const folder = folderOf(files)
    const source = sourceOf(of(external({ location: 'w.bin', offset: '4' }), external({ location: 'gone' }, 'v')))
    await expect(onnxReader.open(source, { folder, signal: undefined })).rejects.toThrow('was not found')
    expect([folder.opened[0]!.closed, source.closed]).toEqual([true, false])
  })
})
