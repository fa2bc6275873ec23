/** Files of `normball solve`: matrices and right-hand sides in, solutions out. */
import { extname } from 'node:path'
import { encode, NodeFileSource, open, readTensor } from '../checkpoint/index.node.js'
import { FormatError, NormballError, storageInfo, UsageError, withPlace } from '../core/index.js'
import { type Kernels, measures } from '../kernels/index.js'
import { type Csr, csrOf, formatVector, matrixTimes, readMatrixMarket } from '../linalg/internal.js'
import { scope, tensor } from '../tensor/index.node.js'

const pieceBytes = 4 << 20

/** A regular file in pieces; pipes, devices and folders are refused before they are opened. */
async function* pieces(source: NodeFileSource): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < source.size; at += pieceBytes) yield source.read(at, Math.min(pieceBytes, source.size - at))
}

async function readMarket(path: string): Promise<Awaited<ReturnType<typeof readMatrixMarket>>> {
  try {
    const source = new NodeFileSource(path)
    try {
      return await readMatrixMarket(pieces(source), { totalBytes: source.size })
    } finally {
      await source.close()
    }
  } catch (error) {
    if (error instanceof NormballError && error.code === 'not-a-file')
      throw new FormatError('not-a-file', error.message.replace('a checkpoint has', 'a matrix has'), { file: path })
    throw withPlace(error, { file: path })
  }
}

export async function readMatrix(path: string): Promise<{ entries: Csr; timesOnes(): Float64Array }> {
  const entries = csrOf(await readMarket(path))
  const { rows, columns, values, indptr, indices } = entries
  if (rows === 0 || columns === 0)
    throw new FormatError('empty', `the matrix is ${rows} by ${columns}: there is nothing to solve.`, { file: path })
  const place = values.findIndex((value) => !Number.isFinite(value))
  if (place >= 0) {
    let row = 0
    while (indptr[row + 1]! <= place) row++
    throw new FormatError(
      'non-finite',
      `the matrix holds ${values[place]} in row ${row + 1}, column ${indices[place]! + 1}; expected finite numbers.`,
      { file: path },
    )
  }
  return { entries, timesOnes: () => matrixTimes(entries, new Float64Array(columns).fill(1)) }
}

/** `rows` finite numbers from a Matrix Market or an npy file. */
export async function readVector(path: string, rows: number, kernels: Kernels): Promise<Float64Array> {
  const isMarket = /\.mtx(\.gz)?$/i.test(path)
  const values = isMarket ? await vectorOfMarket(path, rows) : await vectorOfCheckpoint(path, rows, kernels)
  const place = values.findIndex((value) => !Number.isFinite(value))
  if (place >= 0)
    throw new FormatError('non-finite', `the right-hand side holds ${values[place]} at ${place + 1}; expected finite numbers.`, { file: path }) // biome-ignore format: one line
  return values
}

const misfit = (path: string, got: string, rows: number): FormatError =>
  new FormatError('wrong-shape', `the right-hand side is ${got}; expected one column of ${rows}, as the matrix has rows.`, { file: path }) // biome-ignore format: one line

async function vectorOfMarket(path: string, rows: number): Promise<Float64Array> {
  const read = await readMarket(path)
  const isRow = read.rows === 1 && read.columns === rows
  if (!isRow && (read.rows !== rows || read.columns !== 1)) throw misfit(path, `${read.rows} by ${read.columns}`, rows)
  if (read.dense !== null) return read.dense
  const { indptr, indices, values } = read.matrix!
  const out = new Float64Array(rows)
  if (isRow) for (let k = 0; k < values.length; k++) out[indices[k]!] = values[k]!
  else for (let i = 0; i < rows; i++) if (indptr[i + 1]! > indptr[i]!) out[i] = values[indptr[i]!]!
  return out
}

async function vectorOfCheckpoint(path: string, rows: number, kernels: Kernels): Promise<Float64Array> {
  const checkpoint = await open(path)
  try {
    const [entry, ...more] = checkpoint.tensors
    if (entry === undefined || more.length > 0)
      throw new FormatError('wrong-shape', `${checkpoint.tensors.length} tensors; expected one, the right-hand side.`, { file: path }) // biome-ignore format: one line
    const { data, count, shape } = entry
    const info = storageInfo(data.type)
    if (count !== rows || shape.filter((size) => size !== 1).length > 1)
      throw misfit(path, `[${shape.join(', ')}]`, rows)
    if (info.numberClass === 'complex' || info.unit !== 1)
      throw new FormatError('unsupported', `the right-hand side is of type ${entry.dtype}; expected plain real numbers.`, { file: path }) // biome-ignore format: one line
    const reader = readTensor(data, checkpoint.sources)
    const [from, to] = [kernels.alloc(reader.byteLength), kernels.alloc(count * 8)]
    try {
      for (let at = 0; at < reader.byteLength; ) {
        const got = await reader.next(kernels.u8(from + at, reader.byteLength - at))
        if (got === 0) break
        at += got
      }
      measures(kernels).convert(data.type, from, count, to, 'f64')
      return kernels.f64(to, count).slice()
    } finally {
      reader.close()
      kernels.free(from)
      kernels.free(to)
    }
  } finally {
    await checkpoint.close()
  }
}

/** How a solution becomes the bytes of a file with this name. */
export function vectorFile(path: string): (x: Float64Array) => Promise<Uint8Array> {
  const extension = extname(path).toLowerCase()
  if (extension === '.npy') return (x) => scope(() => encode(tensor(x), 'npy'))
  if (extension === '.mtx') return async (x) => formatVector(x)
  throw new UsageError(`--out: '${extension}' is no format for a vector; expected a name that ends in .npy or .mtx.`)
}
