/** Writes large safetensors files of seeded random weights, a piece at a time. */
import { closeSync, openSync, writeSync } from 'node:fs'

export interface Planned {
  readonly name: string
  readonly dtype: 'F32' | 'BF16'
  readonly shape: readonly number[]
}

/** A block of standard normal numbers scaled by 0.02, reused with rotating offsets: fast to write, and no two tensors alike. */
function normalBlock(count: number, seed: number): Float32Array {
  let state = seed >>> 0 || 1
  const uniform = (): number => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return ((state >>> 0) + 0.5) / 4294967296
  }
  const block = new Float32Array(count)
  for (let i = 0; i < count; i += 2) {
    const radius = 0.02 * Math.sqrt(-2 * Math.log(uniform()))
    const angle = 2 * Math.PI * uniform()
    block[i] = radius * Math.cos(angle)
    if (i + 1 < count) block[i + 1] = radius * Math.sin(angle)
  }
  return block
}

function toBf16(block: Float32Array): Uint16Array {
  const bits = new Uint32Array(block.buffer)
  return Uint16Array.from(bits, (word) => (word + 0x7fff + ((word >>> 16) & 1)) >>> 16)
}

/** `fresh` draws every element anew (slow, for spectra that must not repeat); otherwise blocks are reused. */
export function writeSafetensors(path: string, tensors: readonly Planned[], seed: number, fresh = false): number {
  const header: Record<string, unknown> = {}
  let offset = 0
  const sizes = tensors.map(({ shape, dtype }) => shape.reduce((a, b) => a * b, 1) * (dtype === 'F32' ? 4 : 2))
  tensors.forEach(({ name, dtype, shape }, i) => {
    header[name] = { dtype, shape, data_offsets: [offset, offset + sizes[i]!] }
    offset += sizes[i]!
  })
  let text = JSON.stringify(header)
  text += ' '.repeat((8 - (text.length % 8)) % 8)
  const fd = openSync(path, 'w')
  const length = new Uint8Array(8)
  new DataView(length.buffer).setBigUint64(0, BigInt(text.length), true)
  writeSync(fd, length)
  writeSync(fd, text)
  const blockCount = 1 << 20
  let block = normalBlock(blockCount, seed)
  tensors.forEach(({ dtype }, i) => {
    let left = sizes[i]!
    let start = fresh ? 0 : ((i * 7919) % 4096) * 16
    while (left > 0) {
      if (fresh) block = normalBlock(blockCount, seed + left + i * 104729)
      const bytes = dtype === 'F32' ? new Uint8Array(block.buffer) : new Uint8Array(toBf16(block).buffer)
      const piece = bytes.subarray(start, Math.min(bytes.length, start + left))
      writeSync(fd, piece)
      left -= piece.length
      start = 0
    }
  })
  closeSync(fd)
  return offset
}
