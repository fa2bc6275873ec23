/** What people open by mistake: each gets one sentence that says what it is and what to do. */
import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { BytesSource, openSource } from '../../src/checkpoint/index.js'
import { FormatError } from '../../src/core/index.js'
import { concat } from './build.js'
import { makeZip } from './zipBytes.js'

const text = (content: string) => new TextEncoder().encode(content)
const padded = (content: Uint8Array, length = 512) => concat(content, new Uint8Array(length))
const hdf5 = new Uint8Array([0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 0])
const tar = (() => {
  const bytes = new Uint8Array(1024)
  bytes.set(text('model/weights.safetensors'))
  bytes.set(text('ustar\0'), 257)
  return bytes
})()
/** `{"params": {"w": ...}}`, as Flax writes it. */
const msgpack = concat(
  new Uint8Array([0x81, 0xa6]),
  text('params'),
  new Uint8Array([0x81, 0xa1, 0x77, 0xc7, 4, 1, 0, 0, 0, 0]),
)
const empty = new Uint8Array(0)

/** What it is, its name, its bytes, the error's code, and words of its sentence: what the file is, and what to do. */
const cases: readonly (readonly [string, string, Uint8Array, string, RegExp])[] = [
  [
    'an empty file',
    'model.safetensors',
    empty,
    'empty',
    /^The file is empty \(0 bytes\).*download or copy it again\.$/,
  ],
  [
    'a Git LFS pointer',
    'model.safetensors',
    text('version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n'),
    'lfs-pointer',
    /^This is a Git LFS pointer.*'git lfs pull'/,
  ],
  [
    'a web page',
    'model.bin',
    text('\n<!DOCTYPE html><html>'),
    'html',
    /^This is an HTML web page.*download the file itself\.$/,
  ],
  ['a web page after a byte-order mark', 'model.bin', text('\ufeff<html>'), 'html', /HTML web page/],
  [
    "a storage service's answer",
    'm.gguf',
    text('<?xml version="1.0"?><Error/>'),
    'xml',
    /^This is an XML document.*download the file again\.$/,
  ],
  ['a gzip', 'model.tar.gz', new Uint8Array(gzipSync('x')), 'compressed', /^This is a gzip-compressed file.*'tar xzf'/],
  ['a tar', 'model.nemo', tar, 'archive', /^This is a tar archive.*'tar xf'/],
  ['a 7z', 'model.7z', padded(new Uint8Array([0x37, 0x7a, 0xbc, 0xaf, 0x27, 0x1c])), 'archive', /'7z x'/],
  ['a RAR', 'model.rar', padded(text('Rar!\x1a\x07\x01\0')), 'archive', /'unrar x'/],
  ['a Zstandard file', 'm.zst', padded(new Uint8Array([0x28, 0xb5, 0x2f, 0xfd])), 'compressed', /'zstd -d'/],
  ['Keras .h5', 'model.h5', padded(hdf5), 'hdf5', /^This is an HDF5 file.*load_model.*numpy\.savez/],
  ['HDF5 behind a user block', 'model.mat', concat(new Uint8Array(512), hdf5), 'hdf5', /HDF5/],
  [
    'Keras 3',
    'model.keras',
    makeZip([
      { name: 'config.json', data: text('{}') },
      { name: 'model.weights.h5', data: hdf5 },
    ]),
    'keras',
    /^This is a Keras model.*load_model.*numpy\.savez/,
  ],
  [
    'TensorFlow Lite',
    'model.tflite',
    padded(text('\x1c\0\0\0TFL3')),
    'tflite',
    /^This is a TensorFlow Lite model.*tf2onnx/,
  ],
  [
    'a SavedModel',
    'saved_model.pb',
    padded(new Uint8Array([8, 1, 0x12, 5, 1, 2])),
    'tensorflow',
    /SavedModel.*tf2onnx/,
  ],
  [
    'a TensorFlow checkpoint',
    'variables.data-00000-of-00001',
    padded(empty),
    'tensorflow',
    /TensorFlow checkpoint.*tf\.train\.load_checkpoint/,
  ],
  ["a TensorFlow checkpoint's index", 'variables.index', padded(empty), 'tensorflow', /TensorFlow checkpoint/],
  ['Flax', 'flax_model.msgpack', msgpack, 'msgpack', /^This is a MessagePack file \(Flax\).*safetensors\.flax/],
  ['Flax under another name', 'weights', msgpack, 'msgpack', /MessagePack/],
  [
    'Core ML',
    'net.mlmodel',
    padded(new Uint8Array([8, 4, 0x12, 3, 1, 2, 3])),
    'coreml',
    /^This is a Core ML model.*converted from\.$/,
  ],
  ['GGML', 'model.bin', padded(text('lmgg')), 'old-ggml', /before GGUF.*convert it to GGUF/],
  ['GGJT', 'model.bin', padded(text('tjgg\x03\0\0\0')), 'old-ggml', /before GGUF/],
  [
    'a zip of a checkpoint',
    'x.zip',
    makeZip([{ name: 'm/model.gguf', data: text('x') }]),
    'archive',
    /holds 'm\/model\.gguf'.*unpack it/,
  ],
  [
    'any other zip',
    'x.zip',
    makeZip([{ name: 'a.txt', data: text('x') }]),
    'archive',
    /zip archive without a checkpoint/,
  ],
  [
    'a configuration',
    'config.json',
    text('{"hidden_size": 768}'),
    'not-a-checkpoint',
    /^This is JSON text.*weights beside it/,
  ],
  ['a table', 'data.csv', text('a,b\n1,2\n3,4\n'), 'table', /table in text form \(CSV\)/],
  ['a text', 'README', text('Weights of a model: héllo\n'), 'not-a-checkpoint', /^This is a text file/],
  [
    'a picture',
    'x.png',
    padded(new Uint8Array([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a])),
    'not-a-checkpoint',
    /^This is a PNG image/,
  ],
  ['a table in Parquet', 'x.parquet', padded(text('PAR1')), 'table', /Parquet/],
  [
    'a download that never came',
    'x.dat',
    new Uint8Array(4096),
    'unknown-format',
    /all zeros.*safetensors, GGUF, npy, npz, PyTorch and ONNX files are read\.$/,
  ],
  [
    'something else',
    'x.dat',
    padded(new Uint8Array([0xde, 0xad, 0xbe, 0xef])),
    'unknown-format',
    /begins with the bytes de ad be ef 00 00 00 00/,
  ],
]

describe('refusals', () => {
  it.each(cases)('%s (%s)', async (_, name, bytes, code, sentence) => {
    const error = await openSource(new BytesSource(name, bytes)).catch((caught: unknown) => caught)
    expect(error).toBeInstanceOf(FormatError)
    expect(error).toMatchObject({ code, file: name, exitCode: 3 })
    expect((error as Error).message).toMatch(sentence)
    expect((error as Error).message).toMatch(/^[A-Z].*\.$/)
    expect((error as Error).message.length).toBeLessThan(400)
  })

  it('content counts, not the name: a picture called model.safetensors is a picture', async () => {
    const png = padded(new Uint8Array([0x89, 0x50, 0x4e, 0x47]))
    await expect(openSource(new BytesSource('model.safetensors', png))).rejects.toThrow('PNG image')
  })

  it('what nothing recognizes is described by the format that its name promises', async () => {
    const noise = new Uint8Array(64).fill(0xee)
    const say = async (name: string) =>
      (await openSource(new BytesSource(name, noise)).catch((caught) => caught)).message
    expect(await say('m.safetensors')).toContain('safetensors: the header length')
    expect(await say('m.gguf')).toContain("gguf: the magic is 'îîîî', expected 'GGUF'")
    expect(await say('m.npy')).toContain('npy')
    expect(await say('m.xyz')).toContain('not a checkpoint in a format that can be recognized')
  })
})
