/** Builds tensors in memory and measures them. */
import type { Kind, TensorEntry } from '../../src/checkpoint/index.js'
import { elementCount, type StorageType, storageBytes } from '../../src/core/index.js'
import { createKernels, type Kernels } from '../../src/kernels/index.js'
import type { Lapack } from '../../src/lapack/index.js'
import { selectLapack } from '../../src/lapack/index.node.js'
import { type Measured, type MeasureOptions, measureTensor, type TensorFacts } from '../../src/weights/measure/index.js'

export interface TestEngine {
  readonly kernels: Kernels
  readonly lapack: Lapack
}

/** Engines of both backends; the system's only where there is one. */
export async function engines(): Promise<{ name: string; engine: TestEngine }[]> {
  const list: { name: string; engine: TestEngine }[] = []
  for (const choice of ['portable', 'auto'] as const) {
    const kernels = createKernels()
    const lapack = selectLapack(kernels, choice)
    lapack.setThreads(1)
    if (list.every(({ engine }) => engine.lapack.info.kind !== lapack.info.kind))
      list.push({ name: lapack.info.kind, engine: { kernels, lapack } })
  }
  return list
}

const arrays = { f64: Float64Array, f32: Float32Array, i8: Int8Array, u8: Uint8Array, f8_e4m3fn: Uint8Array } as const

export interface TensorSpec {
  readonly name?: string
  readonly shape: readonly number[]
  readonly type?: StorageType
  readonly kind?: Kind
  readonly outAxis?: number | null
  readonly groups?: number | null
  readonly group?: 'model' | 'optimizer'
  readonly slices?: TensorFacts['slices']
}

/** An entry that holds `values` itself: numbers for f32, f64 and 8-bit codes, else the stored bytes. */
export function entryOf(values: ArrayLike<number> | Uint8Array, spec: TensorSpec): TensorEntry {
  const { shape, type = 'f32' } = spec
  const count = elementCount(shape)!
  const array = arrays[type as keyof typeof arrays]
  const typed =
    array && !(values instanceof Uint8Array && array !== Uint8Array) ? array.from(values) : (values as Uint8Array)
  const bytes = new Uint8Array(typed.buffer, typed.byteOffset, typed.byteLength)
  if (bytes.length !== storageBytes(type, count)) throw new Error(`${bytes.length} bytes for ${count} ${type}`)
  return {
    name: spec.name ?? 'layer.weight',
    dtype: type.toUpperCase(),
    shape,
    count,
    data: { storage: { kind: 'bytes', bytes }, type, shape, offset: 0, strides: null, bigEndian: false },
    kind: null,
    outAxis: null,
    groups: spec.groups ?? null,
    group: spec.group ?? 'model',
    sharesWith: null,
  }
}

export async function measure(
  engine: TestEngine,
  values: ArrayLike<number>,
  spec: TensorSpec,
  options: Partial<MeasureOptions> = {},
): Promise<Measured> {
  const facts: TensorFacts = {
    kind: spec.kind ?? 'linear',
    outAxis: spec.outAxis === undefined ? 0 : spec.outAxis,
    groups: spec.groups ?? null,
    gates: null,
    slices: spec.slices ?? [],
  }
  return await measureTensor(entryOf(values, spec), facts, [], engine, {
    spectra: 'exact',
    convNorms: false,
    seed: 1,
    ...options,
  })
}
