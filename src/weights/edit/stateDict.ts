/** State dicts as inputs and outputs of edits. */
import type { Checkpoint, Source, TensorEntry } from '../../checkpoint/index.js'
import type { Described, TensorSink } from '../../checkpoint/internal.js'
import { UsageError } from '../../core/index.js'
import type { DType, StateDict, Tensor } from '../../tensor/index.js'
import { elementBytes, empty, kernels, together } from '../../tensor/internal.js'

/** The bytes of a tensor in memory. */
class TensorSource implements Source {
  readonly locator = null
  readonly size: number

  constructor(
    readonly name: string,
    private readonly x: Tensor,
  ) {
    this.size = x.size * elementBytes[x.dtype]
  }

  async read(offset: number, length: number): Promise<Uint8Array> {
    const bytes = new Uint8Array(length)
    this.readInto(offset, bytes)
    return bytes
  }

  readInto(offset: number, target: Uint8Array): void {
    target.set(kernels().u8(this.x.pointer + offset, target.length))
  }

  async close(): Promise<void> {}
}

/** A state dict as a checkpoint that is read from memory. Its tensors must live until `close`. */
export function checkpointOf(dict: StateDict): Checkpoint {
  const copies: Tensor[] = []
  const sources: Source[] = []
  const tensors: TensorEntry[] = []
  for (const [name, x] of dict) {
    const whole = together(x.detach()).keep()
    copies.push(whole)
    const source = new TensorSource(name, whole)
    const data = {
      storage: { kind: 'range', source: sources.length, offset: 0, length: source.size },
      ...{ type: x.dtype, shape: x.shape, offset: 0, strides: null, bigEndian: false },
    } as const
    sources.push(source)
    const unknown = { kind: null, outAxis: null, groups: null, group: 'model', sharesWith: null } as const
    tensors.push({ name, dtype: x.dtype, shape: x.shape, count: x.size, data, ...unknown })
  }
  return {
    path: 'state dict',
    format: 'safetensors',
    bytes: sources.reduce((sum, { size }) => sum + size, 0),
    metadata: { ...dict.metadata },
    sources,
    tensors,
    skipped: [],
    warnings: [],
    async close() {
      for (const one of copies) one.dispose()
    },
  }
}

/** Fills `dict` with tensors of the described types, all at once when the last has come: until then it is as it was. */
export function memorySink(
  dict: StateDict,
  tensors: readonly Described[],
  metadata: Readonly<Record<string, string>>,
): TensorSink & { discard(): void } {
  const made: Tensor[] = []
  let filled = 0
  return {
    order: tensors.map((_, place) => place),
    begin() {
      const { type, shape } = tensors[made.length]!
      made.push(empty(type as DType, [...shape]).keep())
      filled = 0
    },
    write(bytes) {
      kernels()
        .u8(made.at(-1)!.pointer + filled, bytes.length)
        .set(bytes)
      filled += bytes.length
    },
    end() {},
    async finish() {
      // Its former tensors may be in use elsewhere: they are forgotten, not freed.
      dict.clear()
      for (const [place, { name }] of tensors.entries()) dict.set(name, made[place]!)
      for (const key of Object.keys(dict.metadata)) delete dict.metadata[key]
      Object.assign(dict.metadata, metadata)
      return made.reduce((sum, x) => sum + x.size * elementBytes[x.dtype], 0)
    },
    discard() {
      for (const one of made) one.dispose()
    },
  }
}

/** Refuses to fill the state dict that is read. */
export function checkDicts(input: unknown, output: unknown, inPlace: boolean): void {
  if (input === output && !inPlace)
    throw new UsageError('the output is also the input. Try the option inPlace, or another state dict.')
}
