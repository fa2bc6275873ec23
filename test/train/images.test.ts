import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { deflateSync } from 'node:zlib'
import { encode } from 'fast-png'
import jpeg from 'jpeg-js'
import { afterAll, describe, expect, it } from 'vitest'
import { crc32 } from '../../src/checkpoint/internal.node.js'
import { tensor } from '../../src/tensor/index.node.js'
import { decodePicture, resized } from '../../src/train/data/image.js'
import { arrayDataset, readImageFolder } from '../../src/train/index.node.js'

const root = mkdtempSync(join(tmpdir(), 'normball-images-'))
afterAll(() => rmSync(root, { recursive: true, force: true }))

const grey = (width: number, height: number, value = (i: number): number => i): Uint8Array =>
  encode({ width, height, channels: 1, data: Uint8Array.from({ length: width * height }, (_, i) => value(i)) })
/** A PNG of the header and pixels given, whatever they say. */
function png(width: number, height: number, pixels: Uint8Array): Uint8Array {
  const chunk = (type: string, data: Uint8Array): Buffer => {
    const body = Buffer.concat([Buffer.from(type), data])
    const out = Buffer.alloc(body.length + 8)
    out.writeUInt32BE(data.length, 0)
    body.copy(out, 4)
    out.writeUInt32BE(crc32(body), body.length + 4)
    return out
  }
  const head = Buffer.alloc(13)
  head.writeUInt32BE(width, 0)
  head.writeUInt32BE(height, 4)
  head.set([8, 0, 0, 0, 0], 8)
  return Buffer.concat([Buffer.from([137, 80, 78, 71, 13, 10, 26, 10]), chunk('IHDR', head), chunk('IDAT', deflateSync(pixels)), chunk('IEND', new Uint8Array(0))]) // biome-ignore format: one line
}
function folder(name: string, files: Record<string, Uint8Array>): string {
  for (const [path, bytes] of Object.entries(files)) {
    mkdirSync(join(root, name, path, '..'), { recursive: true })
    writeFileSync(join(root, name, path), bytes)
  }
  return join(root, name)
}

describe('pictures', () => {
  it('PNG of several kinds, and JPEG', async () => {
    expect(await decodePicture(grey(3, 2), 'x')).toEqual({ channels: 1, height: 2, width: 3, data: Uint8Array.of(0, 1, 2, 3, 4, 5) }) // biome-ignore format: one line
    const colour = encode({ width: 2, height: 1, channels: 4, data: Uint8Array.of(10, 20, 30, 0, 40, 50, 60, 255) })
    expect((await decodePicture(colour, 'x')).data).toEqual(Uint8Array.of(10, 40, 20, 50, 30, 60))
    expect((await decodePicture(colour, 'x', 1)).data).toEqual(Uint8Array.of(18, 48))
    expect((await decodePicture(grey(2, 1), 'x', 3)).data).toEqual(Uint8Array.of(0, 1, 0, 1, 0, 1))
    const deep = encode({ width: 1, height: 1, channels: 1, depth: 16, data: Uint16Array.of(65535) })
    expect((await decodePicture(deep, 'x')).data).toEqual(Uint8Array.of(255))
    const photo = jpeg.encode({ width: 8, height: 8, data: Buffer.alloc(256, 128) }, 90).data
    const decoded = await decodePicture(photo, 'x')
    expect([decoded.channels, decoded.height, decoded.width]).toEqual([1, 8, 8])
    for (const value of decoded.data) expect(Math.abs(value - 128)).toBeLessThan(3)
  })

  it('resizing keeps a constant, and halves by the mean of triangles', () => {
    const flat = { channels: 1 as const, height: 5, width: 7, data: new Uint8Array(35).fill(77) }
    for (const [h, w] of [[1, 1], [3, 4], [11, 9]] as const) expect(new Set(resized(flat, h, w).data)).toEqual(new Set([77])) // biome-ignore format: one line
    const ramp = { channels: 1 as const, height: 1, width: 8, data: Uint8Array.of(0, 10, 20, 30, 40, 50, 60, 70) }
    // Between the ends a triangle of two new pixels: symmetric, so a ramp stays one.
    expect(Array.from(resized(ramp, 1, 4).data).slice(1, 3)).toEqual([25, 45])
  })

  it.each<[string, Uint8Array, RegExp]>([
    ['neither', Uint8Array.of(1, 2, 3), /^'x' is neither PNG nor JPEG\.$/],
    ['a header cut off', grey(3, 2).slice(0, 20), /^'x' is cut off within its header\.$/],
    ['pixels cut off', grey(30, 20).slice(0, -20), /^'x' (is cut off: a part of \d+ bytes ends after the file's \d+\.|cannot be decoded: .*)$/], // biome-ignore format: one line
    ['a size that lies', png(100_000, 100_000, new Uint8Array(10)), /^'x' announces 100000 x 100000 pixels; at most 50 million can be read\.$/], // biome-ignore format: one line
    ['more pixels than announced', png(4, 4, new Uint8Array(80_000_000)), /^'x' unpacks to more than its 4 x 4 pixels\.$/], // biome-ignore format: one line
    ['a JPEG cut off', jpeg.encode({ width: 8, height: 8, data: Buffer.alloc(256, 9) }, 50).data.subarray(0, 60), /^'x' cannot be decoded: .*\.$/], // biome-ignore format: one line
  ])('%s is one clear sentence', async (_, bytes, message) => {
    await expect(decodePicture(bytes, 'x')).rejects.toThrow(message)
  })
})

describe('folders of pictures', () => {
  it('have a class for each sub-folder', async () => {
    const path = folder('good', { 'cat/2.png': grey(2, 2, () => 255), 'cat/1.png': grey(2, 2), 'dog/a.PNG': grey(2, 2, (i) => 51 * i), 'dog/notes.txt': new Uint8Array(1) }) // biome-ignore format: one line
    const data = await readImageFolder(path)
    expect([data.length, data.inputShape, data.classes, Array.from(data.labels())]).toEqual([3, [1, 2, 2], ['cat', 'dog'], [0, 0, 1]]) // biome-ignore format: one line
    const { input } = data.batch(Int32Array.of(2))
    expect(Array.from(input.toArray())).toEqual([0, 0.2, 0.4, 0.6].map(Math.fround))
    const small = await readImageFolder(path, { size: [1, 1], channels: 3, fit: 'crop' })
    expect([small.inputShape, small.bytes.length]).toEqual([[3, 1, 1], 9])
  })

  it('that cannot be say so', async () => {
    await expect(readImageFolder(folder('sizes', { 'a/1.png': grey(2, 2), 'a/2.png': grey(3, 2) }))).rejects.toThrow(/2\.png' is 2 x 3; the first picture is 2 x 2\. Try size: \[2, 2\] to resize all\.$/) // biome-ignore format: one line
    await expect(readImageFolder(folder('empty', { 'a/1.png': grey(2, 2), 'b/x.txt': new Uint8Array(1) }))).rejects.toThrow(/has no pictures \(\.png, \.jpg\) of class 'b'\.$/) // biome-ignore format: one line
    await expect(readImageFolder(folder('flat', { '1.png': grey(2, 2) }))).rejects.toThrow(/has no sub-folders; expected one for each class\.$/) // biome-ignore format: one line
    await expect(readImageFolder(join(root, 'sizes'), { classes: ['x'] })).rejects.toThrow(/has the class 'a', which the training part does not have\.$/) // biome-ignore format: one line
  })
})

describe('arrays', () => {
  it('become examples, and what cannot be is told with its place', () => {
    const labelled = arrayDataset(tensor(Uint8Array.of(1, 2, 3, 4), { shape: [2, 2] }), tensor(Int32Array.of(1, 0)), ['x.npy', 'y.npy']) // biome-ignore format: one line
    expect([labelled.input.dtype, labelled.classes, labelled.inputShape]).toEqual(['f32', ['0', '1'], [2]])
    const numbers = arrayDataset(tensor([[1], [2]]), tensor(Float64Array.of(0.5, 1)), ['x.npy', 'y.npy'])
    expect([numbers.target.dtype, numbers.targetShape, numbers.classes]).toEqual(['f32', [1], null])
    const both = ['x.npy', 'y.npy'] as const
    expect(() => arrayDataset(tensor([[1, 2], [3, Number.NaN]]), tensor([1, 2]), both)).toThrow("'x.npy' row 1, column 1 is NaN; expected finite numbers.") // biome-ignore format: one line
    expect(() => arrayDataset(tensor([[1], [2]]), tensor([1, Infinity]), both)).toThrow("'y.npy' row 1 is Infinity; expected finite numbers.") // biome-ignore format: one line
    expect(() => arrayDataset(tensor([[1], [2]]), tensor(Int32Array.of(0, -3)), both)).toThrow("'y.npy' has label -3 at index 1; expected 0 or more.") // biome-ignore format: one line
    expect(() => arrayDataset(tensor([[1], [2]]), tensor([1]), both)).toThrow("'y.npy' has targets [1] for inputs [2, 1] in 'x.npy'; expected as many, along the first axis.") // biome-ignore format: one line
  })
})
