/**
 * Checkpoints in a folder. `checkpoints/step-00000200.safetensors` holds parameters and buffers under PyTorch's names, as `inspect`, `track` and
 * PyTorch read them; `state/step-00000200.safetensors` the rest that a run needs to go on: the optimizer's tensors, and `progress`, which is JSON
 * (numbers, places, generators, history) as UTF-8 in whole numbers of four bytes, the first its length: metadata is meant to be short. Both are
 * written under a temporary name, synced and renamed, the state first, so that a checkpoint that is there has its state; each carries a checksum,
 * and what does not match is passed over.
 */
import { mkdirSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { crc32, fastCrc32 } from '../../checkpoint/internal.node.js'
import { inert, SystemError, UsageError } from '../../core/index.js'
import { refusal } from '../../system/index.node.js'
import { StateDict, type Tensor, tensor } from '../../tensor/index.js'
import { elementBytes, kernels, tidy, together } from '../../tensor/internal.js'
import { checkpointFiles } from '../files.node.js'
import { fromJson, toJson } from './json.js'
import type { CheckpointStore, Progress, TrainingState } from './store.js'

export interface FolderOptions {
  /** Steps between checkpoints; at the end of each epoch where absent. */
  every?: number
  /** Keep the last so many; 3 by default, Infinity for all (so that `track` shows the run). */
  keep?: number
  /** The figure that says which is best (`accuracy`); `loss` of the validation part by default. It is kept as `best.safetensors`. */
  best?: string
  /** Text for the metadata of each model file, beside what is written anyway. */
  metadata?: Readonly<Record<string, string>>
}

const models = 'checkpoints'
const states = 'state'
const progressName = 'progress'
const pattern = /^step-(\d{8,})\.safetensors$/

/**
 * Checkpoints in a folder, which is made where it is absent.
 *
 * Throws SystemError where the system refuses to write (a full disk): then nothing half-written is left.
 *
 * @example
 * const report = await fit(model, data, { optimizer, loss, epochs: 10, checkpoints: checkpointFolder('run'), resume: true })
 */
export function checkpointFolder(folder: string, options: FolderOptions = {}): CheckpointFolder {
  return new CheckpointFolder(folder, options)
}

export class CheckpointFolder implements CheckpointStore {
  readonly every: number | undefined
  readonly best: string | undefined
  readonly #keep: number
  readonly #metadata: Readonly<Record<string, string>>

  constructor(
    readonly folder: string,
    options: FolderOptions = {},
  ) {
    const { every, keep = 3, best, metadata = {} } = options
    for (const [name, value] of [['every', every ?? 1], ['keep', keep]] as const) // biome-ignore format: one line
      if (!(value >= 1) || !(Number.isInteger(value) || value === Infinity))
        throw new UsageError(`checkpointFolder: ${name} = ${value}; expected a whole number of at least 1.`)
    this.every = every
    this.best = best
    this.#keep = keep
    this.#metadata = metadata
  }

  async save({ model, tensors, progress }: TrainingState, best: StateDict | null): Promise<string> {
    const { save } = await checkpointFiles()
    make(join(this.folder, models))
    make(join(this.folder, states))
    const { step, epoch } = progress
    const metadata = { ...this.#metadata, step: String(step), epoch: String(epoch), format: 'pt' }
    const file = `step-${String(step).padStart(8, '0')}.safetensors`
    const path = join(this.folder, models, file)
    const crc = checksum(model)
    const rest = new StateDict([...tensors, [progressName, packed(toJson(progress))]])
    try {
      const known = { step: String(step), crc: checksum(rest), model: crc }
      await save(join(this.folder, states, file), rest, { metadata: known })
    } finally {
      rest.get(progressName)!.dispose()
    }
    await save(path, model, { metadata: { ...metadata, crc } })
    if (best) await save(join(this.folder, 'best.safetensors'), best, { metadata })
    this.#tidyUp()
    return path
  }

  /** The newest that is whole. */
  async latest(): Promise<TrainingState | null> {
    for (const step of this.steps().reverse()) {
      const state = await this.#read(step)
      if (state !== null) return state
    }
    return null
  }

  /** Steps of which there is a checkpoint, in order. */
  steps(): number[] {
    const names = list(join(this.folder, models))
    const steps = names.map((name) => pattern.exec(name)).filter((match) => match !== null)
    return steps.map((match) => Number(match[1])).sort((a, b) => a - b)
  }

  /** The checkpoint of a step; null where a file is absent, damaged, or of another save. */
  async #read(step: number): Promise<TrainingState | null> {
    const file = `step-${String(step).padStart(8, '0')}.safetensors`
    const opened: StateDict[] = []
    const { load } = await checkpointFiles()
    const read = async (folder: string): Promise<StateDict> => {
      const dict = await load(join(this.folder, folder, file), { filter: () => true })
      for (const value of dict.values()) value.keep()
      opened.push(dict)
      return dict
    }
    try {
      const tensors = await read(states)
      const model = await read(models)
      const { crc, model: modelCrc } = tensors.metadata
      const isWhole = crc === checksum(tensors) && modelCrc === model.metadata['crc'] && modelCrc === checksum(model)
      const progress = tensors.get(progressName)
      if (isWhole && progress !== undefined) {
        const text = unpacked(progress)
        tensors.delete(progressName)
        progress.dispose()
        return { tensors, model, progress: fromJson(text) as Progress }
      }
    } catch {
      // Not there, or damaged: an earlier one will do.
    }
    for (const dict of opened) dict.dispose()
    return null
  }

  /** Removes all but the last `keep`; the model first, so that no checkpoint is without its state. */
  #tidyUp(): void {
    const steps = this.steps()
    for (const step of steps.slice(0, Math.max(0, steps.length - this.#keep)))
      for (const folder of [models, states])
        rmSync(join(this.folder, folder, `step-${String(step).padStart(8, '0')}.safetensors`), { force: true })
  }
}

/** Text as whole numbers. */
function packed(text: string): Tensor {
  const bytes = new TextEncoder().encode(text)
  const words = new Int32Array(1 + Math.ceil(bytes.length / 4))
  words[0] = bytes.length
  new Uint8Array(words.buffer, 4).set(bytes)
  return tensor(words).keep()
}

function unpacked(words: Tensor): string {
  const values = Int32Array.from(words.toArray())
  return new TextDecoder().decode(new Uint8Array(values.buffer, 4, values[0]!))
}

function make(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true })
  } catch (error) {
    throw new SystemError('cannot-write', `cannot make the folder '${inert(folder)}': ${refusal(error)}.`, {
      file: folder,
      cause: error,
    })
  }
}

function list(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}

/** CRC-32 over all names, in order, and elements, in hexadecimal. */
function checksum(dict: ReadonlyMap<string, Tensor>): string {
  const add = fastCrc32 ?? crc32
  let crc = 0
  for (const name of [...dict.keys()].sort()) {
    crc = add(new TextEncoder().encode(name), crc)
    tidy(() => {
      const whole = together(dict.get(name)!)
      crc = add(kernels().u8(whole.pointer, whole.size * elementBytes[whole.dtype]), crc)
    })
  }
  return crc.toString(16)
}
