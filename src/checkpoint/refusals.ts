/** What people open by mistake: one sentence each that says what the file is and what to do. */

import { readZip } from '../archive/index.js'
import { FormatError, inert } from '../core/index.js'
import type { Source } from './types.js'

interface Refusal {
  readonly code: string
  readonly message: string
  matches(head: Uint8Array, source: Pick<Source, 'name' | 'size'>): boolean
}

const startsWith =
  (...bytes: readonly number[]) =>
  (head: Uint8Array): boolean =>
    bytes.every((byte, index) => head[index] === byte)

const startsWithText = (...texts: readonly string[]) => {
  const starts = texts.map((text) => startsWith(...new TextEncoder().encode(text)))
  return (head: Uint8Array): boolean => starts.some((start) => start(head))
}

const at =
  (offset: number, matches: (head: Uint8Array) => boolean) =>
  (head: Uint8Array): boolean =>
    matches(head.subarray(offset))

const named =
  (pattern: RegExp) =>
  (_head: Uint8Array, { name }: { readonly name: string }): boolean =>
    pattern.test(name)

/** Two magic bytes alone may also be the header length of a safetensors file, whose JSON follows at byte 8. */
const beforeHeader = (matches: (head: Uint8Array) => boolean) => (head: Uint8Array) => head[8] !== 0x7b && matches(head)

const hdf5 = startsWith(0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a)
const toSafetensors = 'save its weights as safetensors or npz'

/** Told apart by content alone, before any reader is asked. */
const certain: readonly Refusal[] = [
  {
    code: 'empty',
    message:
      'the file is empty (0 bytes), so it is too short for the header of any checkpoint; download or copy it again.',
    matches: (_head, { size }) => size === 0,
  },
  {
    code: 'lfs-pointer',
    message:
      "this is a Git LFS pointer and not the weights themselves; run 'git lfs pull' in the repository, then open the file again.",
    matches: startsWithText('version https://git-lfs', 'version https://hawser'),
  },
  {
    code: 'html',
    message:
      'this is an HTML web page and not a checkpoint: a login or error page was saved in its place; download the file itself.',
    matches: (head) => /^\s*(<!doctype html|<html|<head|<body)/i.test(textOf(head, 256)),
  },
  {
    code: 'xml',
    message:
      'this is an XML document and not a checkpoint, usually the error message of a storage service (expired link, no access); download the file again.',
    matches: (head) => /^\s*<(\?xml|error>)/i.test(textOf(head, 256)),
  },
  {
    code: 'hdf5',
    message: `this is an HDF5 file (Keras .h5 or similar), which is not read; in Python: 'import keras, numpy; m = keras.models.load_model(PATH); numpy.savez("weights.npz", **{w.path: w.numpy() for w in m.weights})', then open weights.npz.`,
    matches: (head) => [0, 512, 1024, 2048].some((offset) => at(offset, hdf5)(head)),
  },
  {
    code: 'compressed',
    message:
      "this is a gzip-compressed file; unpack it with 'gunzip' (or 'tar xzf' for a .tar.gz) and open what is inside.",
    matches: beforeHeader(startsWith(0x1f, 0x8b)),
  },
  {
    code: 'compressed',
    message: "this is an xz-compressed file; unpack it with 'unxz' (or 'tar xf') and open what is inside.",
    matches: startsWith(0xfd, 0x37, 0x7a, 0x58, 0x5a, 0),
  },
  {
    code: 'compressed',
    message: "this is a bzip2-compressed file; unpack it with 'bunzip2' (or 'tar xf') and open what is inside.",
    matches: (head) => /^BZh[1-9]1AY&SY/.test(textOf(head, 16)),
  },
  {
    code: 'compressed',
    message: "this is a Zstandard-compressed file; unpack it with 'zstd -d' and open what is inside.",
    matches: startsWith(0x28, 0xb5, 0x2f, 0xfd),
  },
  {
    code: 'archive',
    message: "this is a 7z archive; unpack it with '7z x' and open the checkpoint inside.",
    matches: startsWith(0x37, 0x7a, 0xbc, 0xaf, 0x27, 0x1c),
  },
  {
    code: 'archive',
    message: "this is a RAR archive; unpack it with 'unrar x' and open the checkpoint inside.",
    matches: startsWithText('Rar!\x1a\x07'),
  },
  {
    code: 'tflite',
    message: `this is a TensorFlow Lite model, which is not read; convert it with 'python -m tf2onnx.convert --tflite MODEL --output model.onnx', or ${toSafetensors} from the original model.`,
    // The first four bytes are the small offset of the root table; in an ONNX model that has TFL3 there they are fields.
    matches: at(2, startsWithText('\0\0TFL3')),
  },
  {
    code: 'old-ggml',
    message:
      "this is a GGML, GGMF or GGJT file, the formats before GGUF, which are no longer read; convert it to GGUF with llama.cpp (convert_llama_ggml_to_gguf.py), or whisper.cpp's own tools.",
    matches: (head) =>
      startsWithText('lmgg', 'fmgg', 'tjgg', 'algg')(head) || startsWithText('GGML', 'GGMF', 'GGJT', 'GGLA')(head),
  },
  {
    code: 'table',
    message:
      'this is a DuckDB database and not a checkpoint: inspect measures its columns, factor and shift work on it.',
    matches: at(8, startsWithText('DUCK')),
  },
  {
    code: 'table',
    message: 'this is a Parquet table and not a checkpoint: inspect measures its columns, factor and shift work on it.',
    matches: startsWithText('PAR1'),
  },
  ...(
    [
      ['a PNG image', startsWith(0x89, 0x50, 0x4e, 0x47)],
      ['a JPEG image', (head: Uint8Array) => startsWith(0xff, 0xd8, 0xff)(head) && (head[3] ?? 0) >= 0xc0],
      ['a GIF image', startsWithText('GIF87a', 'GIF89a')],
      ['a PDF document', startsWithText('%PDF-')],
      ['a program (ELF)', startsWithText('\x7fELF')],
      ['a WebAssembly module', startsWithText('\0asm')],
      ['an SQLite database', startsWithText('SQLite format 3\0')],
      ['an Arrow table', startsWithText('ARROW1')],
      ['a MATLAB file', startsWithText('MATLAB 5.0')],
      ['a TensorRT engine', startsWithText('ptrt', 'ftrt')],
    ] as const
  ).map(([what, matches]) => ({
    code: 'not-a-checkpoint',
    message: `this is ${what} and not a checkpoint; open the file that holds the weights (safetensors, GGUF, npy, npz, PyTorch or ONNX).`,
    matches,
  })),
]

/** Weaker signs, for files that no reader recognizes. */
const likely: readonly Refusal[] = [
  {
    code: 'archive',
    message: "this is a tar archive (also .nemo files are); unpack it with 'tar xf' and open the checkpoint inside.",
    matches: at(257, startsWithText('ustar')),
  },
  {
    code: 'tensorflow',
    message:
      "this is a TensorFlow SavedModel or frozen graph (.pb), which is not read; convert its folder with 'python -m tf2onnx.convert --saved-model FOLDER --output model.onnx'.",
    matches: named(/(^|[\\/])saved_model\.pb$|\.pb$/i),
  },
  {
    code: 'tensorflow',
    message:
      'this is part of a TensorFlow checkpoint, which is not read; in Python: \'import tensorflow as tf, numpy; r = tf.train.load_checkpoint(FOLDER); numpy.savez("weights.npz", **{n.replace("/", "."): r.get_tensor(n) for n in r.get_variable_to_shape_map()})\'.',
    matches: (head, source) =>
      named(/\.(data-\d{5}-of-\d{5}|index)$/i)(head, source) || startsWithText('model_checkpoint_path:')(head),
  },
  {
    code: 'msgpack',
    message:
      'this is a MessagePack file (Flax), which is not read; in Python: \'import flax, safetensors.flax; p = flax.serialization.msgpack_restore(open(PATH, "rb").read()); safetensors.flax.save_file(flax.traverse_util.flatten_dict(p, sep="."), "model.safetensors")\'.',
    matches: (head, source) => named(/\.msgpack$/i)(head, source) || isMessagePackMap(head),
  },
  {
    code: 'coreml',
    message:
      'this is a Core ML model, which is not read; open the PyTorch, TensorFlow or ONNX model that it was converted from.',
    matches: named(/\.mlmodel$|\.mlpackage([\\/]|$)/i),
  },
  {
    code: 'not-a-checkpoint',
    message: 'this is a program (Windows) and not a checkpoint; it is not run. Open the file that holds the weights.',
    matches: isWindowsProgram,
  },
  {
    code: 'not-a-checkpoint',
    message:
      'this is Python source code and not a checkpoint; it is not run. Open the file of weights that it writes or reads.',
    matches: (head, source) => named(/\.py$/i)(head, source) && isText(head),
  },
  {
    code: 'not-a-checkpoint',
    message:
      'this is JSON text, such as a configuration or a tokenizer, and not a checkpoint; open the file with the weights beside it, or a *.index.json with a weight_map.',
    matches: (head) => isText(head) && /^\s*[{[]/.test(textOf(head, 64)),
  },
  {
    code: 'table',
    message:
      'this is a table in text form (CSV) and not a checkpoint: inspect measures its columns, factor and shift work on it.',
    matches: (head) => isText(head) && isTable(textOf(head, 4096)),
  },
  {
    code: 'not-a-checkpoint',
    message:
      'this is a text file and not a checkpoint (not a safetensors, GGUF, npy, npz, PyTorch or ONNX file); perhaps an error message was saved in its place.',
    matches: isText,
  },
]

/** Throws for content that is certainly something else. */
export function refuseCertain(head: Uint8Array, source: Source): void {
  refuse(certain, head, source)
}

/** Throws for content that no reader recognized and that has a name of its own. */
export function refuseLikely(head: Uint8Array, source: Source): void {
  refuse(likely, head, source)
}

function refuse(table: readonly Refusal[], head: Uint8Array, source: Source): void {
  const found = table.find((refusal) => refusal.matches(head, source))
  if (found) throw new FormatError(found.code, capital(found.message), { file: source.name })
}

/** A zip archive that is neither NumPy's nor PyTorch's. */
export async function refuseZip(head: Uint8Array, source: Source): Promise<void> {
  if (!startsWithText('PK\x03\x04', 'PK\x05\x06')(head)) return
  const names = (await readZip(source)).map(({ name }) => name)
  const has = (pattern: RegExp) => names.some((name) => pattern.test(name))
  const inner = names.find((name) => /\.(safetensors|gguf|onnx|npy|npz|pth?|bin|ckpt|h5)$/i.test(name))
  if (has(/(^|\/)model\.weights\.h5$/)) {
    throw new FormatError(
      'keras',
      `This is a Keras model (.keras), whose weights are HDF5 inside a zip archive, which is not read; in Python: 'import keras, numpy; m = keras.models.load_model(PATH); numpy.savez("weights.npz", **{w.path: w.numpy() for w in m.weights})', then open weights.npz.`,
    )
  }
  const what = has(/com\.apple\.CoreML/)
    ? 'a zipped Core ML package, which is not read; open the model that it was converted from'
    : has(/(^|\/)saved_model\.pb$/)
      ? "a zipped TensorFlow SavedModel, which is not read; unpack it and convert it with 'python -m tf2onnx.convert --saved-model FOLDER --output model.onnx'"
      : inner !== undefined
        ? `a zip archive that holds '${inert(inner, 60)}', and not a checkpoint itself (PyTorch's has a data.pkl, NumPy's only .npy files); unpack it and open the file inside`
        : "a zip archive without a checkpoint in it (PyTorch's has a data.pkl, NumPy's only .npy files)"
  throw new FormatError('archive', `This is ${what}.`)
}

/** The last word on a file that nothing recognizes. */
export function refuseUnknown(head: Uint8Array): never {
  const bytes = [...head.subarray(0, 8)].map((byte) => byte.toString(16).padStart(2, '0')).join(' ')
  const what = head.subarray(0, 8).every((byte) => byte === 0)
    ? 'its header is all zeros, as after a broken download'
    : `it begins with the bytes ${bytes}`
  throw new FormatError(
    'unknown-format',
    `This is not a checkpoint in a format that can be recognized: ${what}; safetensors, GGUF, npy, npz, PyTorch and ONNX files are read.`,
  )
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}

function textOf(head: Uint8Array, length: number): string {
  return new TextDecoder('latin1').decode(head.subarray(0, length)).replace(/^\u00ef\u00bb\u00bf/, '')
}

/** UTF-8 without control characters, a character cut at the end allowed. */
function isText(head: Uint8Array): boolean {
  if (head.length === 0 || head.some((byte) => (byte < 32 && byte !== 9 && byte !== 10 && byte !== 13) || byte === 127))
    return false
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(head, { stream: true })
    return true
  } catch {
    return false
  }
}

/** `MZ`, and `PE` where the number at byte 60 points. */
function isWindowsProgram(head: Uint8Array): boolean {
  if (!startsWithText('MZ')(head) || head.length < 64) return false
  const place = new DataView(head.buffer, head.byteOffset, head.byteLength).getUint32(60, true)
  return startsWithText('PE\0\0')(head.subarray(place))
}

function isTable(text: string): boolean {
  const lines = text.split(/\r?\n/).slice(0, 5)
  const counts = lines.slice(0, -1).map((line) => line.split(/[,;\t]/).length)
  return counts.length >= 2 && counts[0]! > 1 && counts.every((count) => count === counts[0])
}

/** A map whose first key is a short string, as every Flax file begins. */
function isMessagePackMap(head: Uint8Array): boolean {
  const [first = 0] = head
  const at = first >= 0x81 && first <= 0x8f ? 1 : first === 0xde ? 3 : first === 0xdf ? 5 : 0
  const length = (head[at] ?? 0) & 0x1f
  if (at === 0 || ((head[at] ?? 0) & 0xe0) !== 0xa0 || length === 0) return false
  const key = head.subarray(at + 1, at + 1 + length)
  const value = head[at + 1 + length] ?? 0
  const isMapOrExtension = (value >= 0x80 && value <= 0x8f) || (value >= 0xc7 && value <= 0xc9) || value >= 0xde
  return key.every((byte) => byte > 32 && byte < 127) && isMapOrExtension
}
