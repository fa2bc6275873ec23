/** Just enough of GGUF and safetensors to hand the decoders' tests the bytes of well-formed files. No checks: the readers proper have them. */
import { type StorageType, storageBytes, storageTypes } from '../../src/core/index.js'

export interface RawTensor {
  name: string
  type: StorageType
  count: number
  bytes: Uint8Array
}

/** GGML's type numbers, from ggml.h. */
const ggmlTypes: Record<number, StorageType> = {
  ...{
    0: 'f32',
    1: 'f16',
    2: 'q4_0',
    3: 'q4_1',
    6: 'q5_0',
    7: 'q5_1',
    8: 'q8_0',
    9: 'q8_1',
    10: 'q2_k',
    11: 'q3_k',
    12: 'q4_k',
  },
  ...{
    13: 'q5_k',
    14: 'q6_k',
    15: 'q8_k',
    16: 'iq2_xxs',
    17: 'iq2_xs',
    18: 'iq3_xxs',
    19: 'iq1_s',
    20: 'iq4_nl',
    21: 'iq3_s',
  },
  ...{
    22: 'iq2_s',
    23: 'iq4_xs',
    24: 'i8',
    25: 'i16',
    26: 'i32',
    27: 'i64',
    28: 'f64',
    29: 'iq1_m',
    30: 'bf16',
    34: 'tq1_0',
  },
  ...{ 35: 'tq2_0', 39: 'mxfp4' },
}

/** Bytes of GGUF metadata values by type; 8 is a string, 9 an array. */
const valueBytes = [1, 1, 2, 2, 4, 4, 4, 1, 0, 0, 8, 8, 8]

export function ggufTensors(file: Uint8Array): RawTensor[] {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength)
  let at = 8
  const u32 = (): number => {
    at += 4
    return view.getUint32(at - 4, true)
  }
  const u64 = (): number => {
    at += 8
    return Number(view.getBigUint64(at - 8, true))
  }
  const text = (): string => {
    const length = u64()
    at += length
    return new TextDecoder().decode(file.subarray(at - length, at))
  }
  const skip = (type: number): void => {
    if (type === 8) text()
    else if (type === 9) {
      const inner = u32()
      for (let left = u64(); left > 0; left--) skip(inner)
    } else at += valueBytes[type]!
  }
  const tensorCount = u64()
  for (let left = u64(); left > 0; left--) {
    text()
    skip(u32())
  }
  const infos = Array.from({ length: tensorCount }, () => {
    const name = text()
    const count = Array.from({ length: u32() }, u64).reduce((product, size) => product * size, 1)
    return { name, count, type: ggmlTypes[u32()]!, offset: u64() }
  })
  const data = Math.ceil(at / 32) * 32
  return infos.map(({ name, count, type, offset }) => {
    const start = data + offset
    return { name, type, count, bytes: file.subarray(start, start + storageBytes(type, count)) }
  })
}

const safetensorsNames: Record<string, StorageType> = {
  ...{ F8_E4M3: 'f8_e4m3fn', F4: 'f4_e2m1', F6_E2M3: 'f6_e2m3', F6_E3M2: 'f6_e3m2' },
}

export function safetensorsTensors(file: Uint8Array): RawTensor[] {
  const headerBytes = Number(new DataView(file.buffer, file.byteOffset, 8).getBigUint64(0, true))
  const header = JSON.parse(new TextDecoder().decode(file.subarray(8, 8 + headerBytes))) as Record<
    string,
    { dtype: string; shape: number[]; data_offsets: [number, number] }
  >
  return Object.entries(header).flatMap(([name, { dtype, shape, data_offsets }]) => {
    const type = safetensorsNames[dtype] ?? storageTypes.find((known) => known === dtype?.toLowerCase())
    if (type === undefined) return []
    const [start, end] = data_offsets.map((offset) => 8 + headerBytes + offset) as [number, number]
    return [{ name, type, count: shape.reduce((product, size) => product * size, 1), bytes: file.subarray(start, end) }]
  })
}
