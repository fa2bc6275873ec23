/** Checkpoints in memory for the tests of `diff`, and the data of test/oracle/diff.json. */

type Dtype = 'F64' | 'F32' | 'BF16' | 'F16' | 'I64' | 'I32' | 'U8'

export interface Stored {
  readonly shape: readonly number[]
  readonly values: ArrayLike<number>
  /** F32 by default; of BF16 and F16 the values are codes. */
  readonly dtype?: Dtype
}

const arrays: Readonly<Record<Dtype, (values: ArrayLike<number>) => ArrayBufferView>> = {
  F64: (values) => Float64Array.from(values),
  F32: (values) => Float32Array.from(values),
  BF16: (values) => Uint16Array.from(values),
  F16: (values) => Uint16Array.from(values),
  I64: (values) => BigInt64Array.from(Array.from(values, BigInt)),
  I32: (values) => Int32Array.from(values),
  U8: (values) => Uint8Array.from(values),
}

/** A safetensors file. */
export function safetensors(tensors: Readonly<Record<string, Stored>>): Uint8Array {
  const header: Record<string, unknown> = {}
  const parts: Uint8Array[] = []
  let offset = 0
  for (const [name, { shape, values, dtype = 'F32' }] of Object.entries(tensors)) {
    const { buffer, byteLength } = arrays[dtype](values)
    header[name] = { dtype, shape, data_offsets: [offset, offset + byteLength] }
    parts.push(new Uint8Array(buffer as ArrayBuffer))
    offset += byteLength
  }
  const text = new TextEncoder().encode(JSON.stringify(header))
  const bytes = new Uint8Array(8 + text.length + offset)
  new DataView(bytes.buffer).setBigUint64(0, BigInt(text.length), true)
  bytes.set(text, 8)
  let at = 8 + text.length
  for (const part of parts) {
    bytes.set(part, at)
    at += part.length
  }
  return bytes
}

/** One f32 tensor named `w`. */
export function single(
  values: ArrayLike<number>,
  shape: readonly number[] = [values.length],
  dtype: Dtype = 'F32',
): Uint8Array {
  return safetensors({ w: { shape, values, dtype } })
}

/** As in scripts/oracle/diff.py. */
export function noise(seed: number, count: number): Float32Array {
  let state = seed >>> 0
  return Float32Array.from({ length: count }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return state / 2 ** 31 - 1
  })
}

/** Four strong directions in noise; `turn` moves them. As in scripts/oracle/diff.py. */
export function planted(seed: number, m: number, n: number, turn: number): Float32Array {
  const base = noise(seed, m * n)
  const [u, v, w] = [noise(seed + 1, 4 * m), noise(seed + 2, 4 * n), noise(seed + 3, 4 * m)]
  return Float32Array.from({ length: m * n }, (_, at) => {
    const [i, j] = [Math.floor(at / n), at % n]
    let value = base[at]!
    for (let t = 0; t < 4; t++) value += (8 - t) * (u[t * m + i]! + turn * w[t * m + i]!) * v[t * n + j]!
    return value
  })
}
