/** What people open by mistake: the exact sentence for each, and that files of the formats that are read are never taken for something else. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { BytesSource } from '../../src/archive/source.js'
import { open } from '../../src/checkpoint/index.node.js'
import { openSource } from '../../src/checkpoint/open.js'
import { FormatError } from '../../src/core/index.js'

type Bytes = readonly number[] | Uint8Array

const text = (value: string): Uint8Array => new TextEncoder().encode(value)
const bytes = (...parts: readonly Bytes[]): Uint8Array => Uint8Array.from(parts.flatMap((part) => [...part]))
const zeros = (length: number): Uint8Array => new Uint8Array(length)

/** A length-delimited protobuf field. */
function field(number: number, ...body: readonly Bytes[]): Uint8Array {
  const content = bytes(...body)
  return bytes(varint(number * 8 + 2), varint(content.length), content)
}

function varint(value: number): number[] {
  return value < 128 ? [value] : [(value & 127) | 128, ...varint(value >> 7)]
}

async function errorOf(work: Promise<unknown>): Promise<FormatError> {
  const error = await work.then(
    () => null,
    (thrown: unknown) => thrown,
  )
  if (error instanceof FormatError) return error
  throw new Error(`expected a FormatError, got ${error === null ? 'none' : String(error)}`)
}

const refused = (name: string, content: Uint8Array): Promise<FormatError> =>
  errorOf(openSource(new BytesSource(name, content)))

const hdf5 = bytes([0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a], zeros(64))
const tar = (() => {
  const block = zeros(1024)
  block.set(text('model/pytorch_model.bin'))
  block.set(text('ustar\0'), 257)
  return block
})()
const windowsProgram = (() => {
  const made = zeros(256)
  made.set(text('MZ'))
  made[60] = 128
  made.set(text('PE\0\0'), 128)
  return made
})()
const savedModel = bytes(
  [8, 1],
  field(2, field(1, field(4, text('serve')), field(5, text('2.16.1'))), field(2, field(1, field(1, text('w'))))),
)
const frozenGraph = bytes(field(1, field(1, text('input')), field(2, text('Placeholder'))))
const coreMl = bytes([8, 4], field(2, field(1, field(1, text('image'))), field(10, field(1, text('prob')))))
const flax = bytes([0x81, 0xa6], text('params'), [0x81, 0xa1], text('w'), [0xc7, 3, 1, 1, 2, 3])

const weights = 'open the file that holds the weights (safetensors, GGUF, npy, npz, PyTorch or ONNX).'
const isOther = (what: string): string => `This is ${what} and not a checkpoint; ${weights}`
const toOnnx = "'python -m tf2onnx.convert --saved-model FOLDER --output model.onnx'"

const table: [string, string, Uint8Array, string, string][] = [
  [
    'an empty file',
    'model.safetensors',
    zeros(0),
    'empty',
    'The file is empty (0 bytes), so it is too short for the header of any checkpoint; download or copy it again.',
  ],
  [
    'a Git LFS pointer',
    'model.safetensors',
    text('version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 12\n'),
    'lfs-pointer',
    "This is a Git LFS pointer and not the weights themselves; run 'git lfs pull' in the repository, then open the file again.",
  ],
  [
    'an HTML page',
    'model.gguf',
    text('\n<!DOCTYPE html><html>'),
    'html',
    'This is an HTML web page and not a checkpoint: a login or error page was saved in its place; download the file itself.',
  ],
  [
    'an XML error',
    'model.bin',
    text('<?xml version="1.0"?><Error><Code>AccessDenied'),
    'xml',
    'This is an XML document and not a checkpoint, usually the error message of a storage service (expired link, no access); download the file again.',
  ],
  [
    'HDF5',
    'model.h5',
    hdf5,
    'hdf5',
    `This is an HDF5 file (Keras .h5 or similar), which is not read; in Python: 'import keras, numpy; m = keras.models.load_model(PATH); numpy.savez("weights.npz", **{w.path: w.numpy() for w in m.weights})', then open weights.npz.`,
  ],
  [
    'HDF5 behind a user block',
    'model',
    bytes(zeros(512), hdf5),
    'hdf5',
    `This is an HDF5 file (Keras .h5 or similar), which is not read; in Python: 'import keras, numpy; m = keras.models.load_model(PATH); numpy.savez("weights.npz", **{w.path: w.numpy() for w in m.weights})', then open weights.npz.`,
  ],
  [
    'gzip',
    'model.tar.gz',
    gzipSync(tar),
    'compressed',
    "This is a gzip-compressed file; unpack it with 'gunzip' (or 'tar xzf' for a .tar.gz) and open what is inside.",
  ],
  [
    'xz',
    'm.xz',
    bytes([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0], zeros(20)),
    'compressed',
    "This is an xz-compressed file; unpack it with 'unxz' (or 'tar xf') and open what is inside.",
  ],
  [
    'bzip2',
    'm.bz2',
    bytes(text('BZh91AY&SY'), zeros(20)),
    'compressed',
    "This is a bzip2-compressed file; unpack it with 'bunzip2' (or 'tar xf') and open what is inside.",
  ],
  [
    'Zstandard',
    'm.zst',
    bytes([0x28, 0xb5, 0x2f, 0xfd], zeros(20)),
    'compressed',
    "This is a Zstandard-compressed file; unpack it with 'zstd -d' and open what is inside.",
  ],
  [
    '7z',
    'm.7z',
    bytes([0x37, 0x7a, 0xbc, 0xaf, 0x27, 0x1c], zeros(20)),
    'archive',
    "This is a 7z archive; unpack it with '7z x' and open the checkpoint inside.",
  ],
  [
    'RAR',
    'm.rar',
    bytes(text('Rar!\x1a\x07'), zeros(20)),
    'archive',
    "This is a RAR archive; unpack it with 'unrar x' and open the checkpoint inside.",
  ],
  [
    'tar',
    'm.tar',
    tar,
    'archive',
    "This is a tar archive (also .nemo files are); unpack it with 'tar xf' and open the checkpoint inside.",
  ],
  [
    'TensorFlow Lite',
    'm.tflite',
    bytes([0x1c, 0, 0, 0], text('TFL3'), zeros(20)),
    'tflite',
    "This is a TensorFlow Lite model, which is not read; convert it with 'python -m tf2onnx.convert --tflite MODEL --output model.onnx', or save its weights as safetensors or npz from the original model.",
  ],
  [
    'GGJT, before GGUF',
    'm.bin',
    bytes(text('tjgg'), [3, 0, 0, 0], zeros(20)),
    'old-ggml',
    "This is a GGML, GGMF or GGJT file, the formats before GGUF, which are no longer read; convert it to GGUF with llama.cpp (convert_llama_ggml_to_gguf.py), or whisper.cpp's own tools.",
  ],
  [
    'SavedModel',
    'saved_model.pb',
    savedModel,
    'tensorflow',
    `This is a TensorFlow SavedModel or frozen graph (.pb), which is not read; convert its folder with ${toOnnx}.`,
  ],
  [
    'a frozen graph',
    'graph.pb',
    frozenGraph,
    'tensorflow',
    `This is a TensorFlow SavedModel or frozen graph (.pb), which is not read; convert its folder with ${toOnnx}.`,
  ],
  [
    'a TensorFlow checkpoint',
    'model.ckpt.data-00000-of-00001',
    zeros(100).fill(7),
    'tensorflow',
    `This is part of a TensorFlow checkpoint, which is not read; in Python: 'import tensorflow as tf, numpy; r = tf.train.load_checkpoint(FOLDER); numpy.savez("weights.npz", **{n.replace("/", "."): r.get_tensor(n) for n in r.get_variable_to_shape_map()})'.`,
  ],
  [
    'Flax, by its content',
    'checkpoint_100',
    flax,
    'msgpack',
    `This is a MessagePack file (Flax), which is not read; in Python: 'import flax, safetensors.flax; p = flax.serialization.msgpack_restore(open(PATH, "rb").read()); safetensors.flax.save_file(flax.traverse_util.flatten_dict(p, sep="."), "model.safetensors")'.`,
  ],
  [
    'Core ML',
    'm.mlmodel',
    coreMl,
    'coreml',
    'This is a Core ML model, which is not read; open the PyTorch, TensorFlow or ONNX model that it was converted from.',
  ],
  [
    'JSON',
    'config.json',
    text('{"hidden_size": 768}'),
    'not-a-checkpoint',
    'This is JSON text, such as a configuration or a tokenizer, and not a checkpoint; open the file with the weights beside it, or a *.index.json with a weight_map.',
  ],
  [
    'CSV',
    'data.csv',
    text('a,b\n1,2\n3,4\n'),
    'table',
    'This is a table in text form (CSV) and not a checkpoint: inspect measures its columns, factor and shift work on it.',
  ],
  [
    'Python',
    'train.py',
    text('import torch\n'),
    'not-a-checkpoint',
    'This is Python source code and not a checkpoint; it is not run. Open the file of weights that it writes or reads.',
  ],
  [
    'other text',
    'model.safetensors',
    text('Access to model is restricted.\n'),
    'not-a-checkpoint',
    'This is a text file and not a checkpoint (not a safetensors, GGUF, npy, npz, PyTorch or ONNX file); perhaps an error message was saved in its place.',
  ],
  [
    'a Windows program',
    'm.exe',
    windowsProgram,
    'not-a-checkpoint',
    'This is a program (Windows) and not a checkpoint; it is not run. Open the file that holds the weights.',
  ],
  ['ELF', 'm.so', bytes(text('\x7fELF'), zeros(20)), 'not-a-checkpoint', isOther('a program (ELF)')],
  [
    'WebAssembly',
    'm.wasm',
    bytes(text('\0asm'), [1, 0, 0, 0], zeros(20)),
    'not-a-checkpoint',
    isOther('a WebAssembly module'),
  ],
  [
    'PNG',
    'm.png',
    bytes([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a], zeros(20)),
    'not-a-checkpoint',
    isOther('a PNG image'),
  ],
  ['JPEG', 'm.jpg', bytes([0xff, 0xd8, 0xff, 0xe1], zeros(20)), 'not-a-checkpoint', isOther('a JPEG image')],
  ['GIF', 'm.gif', bytes(text('GIF89a'), zeros(20)), 'not-a-checkpoint', isOther('a GIF image')],
  ['PDF', 'm.pdf', text('%PDF-1.7\n'), 'not-a-checkpoint', isOther('a PDF document')],
  ['SQLite', 'm.db', bytes(text('SQLite format 3\0'), zeros(20)), 'not-a-checkpoint', isOther('an SQLite database')],
  ['Parquet', 'm.parquet', bytes(text('PAR1'), zeros(20)), 'table', 'This is a Parquet table and not a checkpoint: inspect measures its columns, factor and shift work on it.'], // biome-ignore format: one line
  ['Arrow', 'm.arrow', bytes(text('ARROW1'), zeros(20)), 'not-a-checkpoint', isOther('an Arrow table')],
  [
    'zeros',
    'model.bin',
    zeros(1024),
    'unknown-format',
    'This is not a checkpoint in a format that can be recognized: its header is all zeros, as after a broken download; safetensors, GGUF, npy, npz, PyTorch and ONNX files are read.',
  ],
  [
    'unknown bytes',
    'model.bin',
    bytes([1, 2, 3, 4, 250, 251, 252, 253, 254]),
    'unknown-format',
    'This is not a checkpoint in a format that can be recognized: it begins with the bytes 01 02 03 04 fa fb fc fd; safetensors, GGUF, npy, npz, PyTorch and ONNX files are read.',
  ],
]

describe('one sentence each', () => {
  it.each(table)('%s', async (_what, name, content, code, message) => {
    const error = await refused(name, content)
    expect(error.message).toBe(message)
    expect(error.code).toBe(code)
    expect(error.exitCode).toBe(3)
    expect(error.file).toBe(name)
  })

  const byContent = table.filter(([what]) => !/Python|Core ML|SavedModel|frozen|TensorFlow checkpoint/.test(what))
  it.each(byContent)('%s, whatever its name', async (_what, _name, content, code) => {
    for (const name of ['weights', 'weights.dat']) expect((await refused(name, content)).code).toBe(code)
  })
})

describe('files of the formats that are read are not claimed', () => {
  it('a safetensors header whose length begins like gzip', async () => {
    const length = 0x8b1f
    const header = text('{"__metadata__":{"note":"x"}}'.padEnd(length))
    const checkpoint = await openSource(new BytesSource('m', bytes([0x1f, 0x8b, 0, 0, 0, 0, 0, 0], header)))
    expect(checkpoint.format).toBe('safetensors')
  })

  it('an ONNX model whose producer is called TFL3', async () => {
    const graph = field(7, field(2, text('g')))
    const checkpoint = await openSource(new BytesSource('m', bytes([8, 7], field(2, text('TFL3')), graph)))
    expect(checkpoint.format).toBe('onnx')
  })

  const begun: [string, string, Uint8Array, RegExp][] = [
    ['safetensors', 'm.safetensors', bytes([200, 0, 0, 0, 0, 0, 0, 0], text('{"w":')), /^safetensors: /],
    ['npy', 'm.npy', bytes([0x93], text('NUMPY'), [1, 0, 118, 0], text("{'descr'")), /^npy: /],
    ['GGUF', 'm.gguf', bytes(text('GGUF'), [3, 0, 0, 0]), /^gguf: /],
    ['a pickle', 'm.pt', bytes([0x80, 2], [0x8a, 10, 0x6c, 0xfc]), /pickle|torch/i],
  ]
  it.each(begun)('a %s file that is cut off is told by its reader', async (_what, name, content, message) => {
    expect((await refused(name, content)).message).toMatch(message)
  })
})

describe('folders without a model', () => {
  let folder = ''
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'normball-folder-'))
  })
  afterEach(() => rmSync(folder, { recursive: true, force: true }))

  const fill = (files: Record<string, Uint8Array>, name = ''): string => {
    const path = join(folder, name)
    for (const [file, content] of Object.entries(files)) {
      mkdirSync(join(path, file, '..'), { recursive: true })
      writeFileSync(join(path, file), content)
    }
    return path
  }

  it('a SavedModel', async () => {
    const path = fill({ 'saved_model.pb': savedModel, 'variables/variables.index': zeros(9) })
    expect((await errorOf(open(path))).message).toContain('This is a TensorFlow SavedModel')
  })

  it('a TensorFlow checkpoint', async () => {
    const path = fill({
      checkpoint: text('model_checkpoint_path: "m"\n'),
      'm.index': bytes([0, 1, 2], zeros(60)),
      'm.data-00000-of-00001': zeros(90).fill(3),
    })
    expect((await errorOf(open(path))).message).toContain('part of a TensorFlow checkpoint')
  })

  it('a Core ML package', async () => {
    const path = fill({ 'Manifest.json': text('{}') }, 'm.mlpackage')
    expect((await errorOf(open(path))).message).toContain('This is a Core ML package')
  })

  it('nothing to read, and what is inside', async () => {
    const path = fill({ 'README.md': text('# model\n'), 'config.json': text('{}'), 'onnx/model.onnx': zeros(3) })
    const error = await errorOf(open(path))
    expect(error.code).toBe('no-model')
    expect(error.message).toBe(
      'This is a folder (directory) with no model in it: it holds 2 files, and no checkpoint (safetensors, GGUF, npy, npz, PyTorch or ONNX). Folders inside it are not searched: onnx.',
    )
  })
})
