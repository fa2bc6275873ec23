/** Small checkpoints made by hand, for tests. */

export interface Piece {
  readonly name: string
  readonly dtype?: string
  readonly shape: readonly number[]
  readonly bytes: Uint8Array
}

/** Little-endian f32 numbers as bytes. */
export function f32(...numbers: readonly number[]): Uint8Array<ArrayBuffer> {
  return new Uint8Array(Float32Array.from(numbers).buffer)
}

export function concat(...parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  return new Uint8Array(Buffer.concat(parts))
}

/** A safetensors file around any header text. */
export function safetensorsOf(header: string, data: Uint8Array = new Uint8Array(0)): Uint8Array<ArrayBuffer> {
  const text = new TextEncoder().encode(header)
  const length = new Uint8Array(8)
  new DataView(length.buffer).setBigUint64(0, BigInt(text.length), true)
  return concat(length, text, data)
}

export function safetensors(pieces: readonly Piece[], metadata?: Record<string, string>): Uint8Array<ArrayBuffer> {
  let at = 0
  const entries = pieces.map(({ name, dtype = 'F32', shape, bytes }) => {
    const begin = at
    at += bytes.length
    return [name, { dtype, shape, data_offsets: [begin, at] }]
  })
  const header = { ...(metadata && { __metadata__: metadata }), ...Object.fromEntries(entries) }
  return safetensorsOf(JSON.stringify(header), concat(...pieces.map(({ bytes }) => bytes)))
}
