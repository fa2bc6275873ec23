/**
 * The engine of all edits: opens the input, lets the edit plan, streams every tensor to the output, and reports what that did. An edit says only
 * what happens to the tensors that were chosen; see `Edit` in types.ts.
 */
import type { Checkpoint, Skipped, TensorEntry } from '../../checkpoint/index.js'
import type { Described, TensorSink } from '../../checkpoint/internal.js'
import { elementCount, inert, isFloating, plural, type StorageType, storageBytes, throwIfAborted, UsageError, version, withPlace } from '../../core/index.js' // biome-ignore format: one line
import { backend, StateDict, setBackend } from '../../tensor/index.js'
import { kernels } from '../../tensor/internal.js'
import { withArena } from '../measure/memory.js'
import type { MatrixFigures } from '../types.js'
import type { Changes } from './changes.js'
import { type Candidate, chooseTensors } from './choose.js'
import { chunkMemory, chunkSize, computingType, decodeChunk, eachChunk, parkNonfinite, type Reading } from './chunks.js'
import type { EditEnvironment } from './environment.js'
import { type Counted, editTotals, figuresOf, relative } from './figures.js'
import { gainOf } from './gain.js'
import { multiplyAdds } from './multiplyAdds.js'
import { checkEditOptions } from './options.js'
import { checkOutput, type OpenOutput, openOutput, targetOf } from './output.js'
import { passTensor } from './pass.js'
import { outputMetadata, recordOf } from './record.js'
import { Spectra } from './spectra.js'
import { checkpointOf } from './stateDict.js'
import { canHold, editedStorage, keptStorage, type Target } from './storage.js'
import type { Told } from './told.js'
import type { Chosen, Edit, EditContext, EditedTensor, EditOptions, EditOutput, EditReport, Rewrite } from './types.js'
import { loadWhole, passWhole } from './whole.js'

/** One tensor of the input and what becomes of it. */
interface Task {
  readonly candidate: Candidate
  readonly rewrite: Rewrite
  readonly edited: boolean
  readonly storage: StorageType
  /** Its tensors in the output. */
  readonly outputs: readonly Described[]
}

/**
 * Runs one edit.
 *
 * @param input a path or another input of the environment, or a StateDict
 * @param output a path, a StateDict that is filled when all is done, or null: nothing is written
 * @throws UsageError, FormatError (also for elements that are not finite), SystemError, InterruptedError; nothing is written then
 */
export async function runEdit<Input>(
  environment: EditEnvironment<Input>,
  edit: Edit,
  input: Input | StateDict,
  output: EditOutput,
  options: EditOptions,
): Promise<EditReport> {
  const { command } = edit
  checkEditOptions(command, options, output)
  const target = targetOf(command, output, options)
  const restore = choose(options.backend)
  try {
    const checkpoint = input instanceof StateDict ? checkpointOf(input) : await environment.open(input, options.signal)
    try {
      checkOutput(environment, command, checkpoint, input, output, options)
      return await new Run(environment, edit, checkpoint, output, target, options).run()
    } catch (error) {
      // Whatever else an abort makes fail, it is no failure of the input.
      throwIfAborted(options.signal)
      throw withPlace(error, { file: checkpoint.path })
    } finally {
      await checkpoint.close()
    }
  } finally {
    restore()
  }
}

/** The linear algebra that was asked for, until the function that this gives is called: tensors have one for the whole thread. */
function choose(choice: EditOptions['backend']): () => void {
  if (choice === undefined || choice === 'auto') return () => {}
  const before = backend().kind
  setBackend(choice)
  return () => setBackend(before)
}

class Run<Input> {
  readonly #warnings: string[]
  readonly #skipped: Skipped[]
  /** Complete once the edit has planned: it may say there what only then is known. */
  #record: Record<string, unknown> = {}
  #bytesDone = 0
  #bytesTotal = 0
  #tensorsDone = 0
  #tensor: string | null = null
  #phase: 'measure' | 'write' = 'measure'

  constructor(
    readonly environment: EditEnvironment<Input>,
    readonly edit: Edit,
    readonly checkpoint: Checkpoint,
    readonly output: EditOutput,
    readonly target: Target,
    readonly options: EditOptions,
  ) {
    this.#warnings = [...checkpoint.warnings]
    this.#skipped = [...checkpoint.skipped]
  }

  async run(): Promise<EditReport> {
    const { edit, checkpoint, output, options } = this
    const candidates = chooseTensors(checkpoint, options, (entry) =>
      this.#storageOf(entry, editedStorage(entry, this.target)),
    )
    this.#tellLeftOut(candidates)
    const chosen = candidates.filter(({ left, twin }) => left === null && twin === null)
    if (chosen.length === 0)
      this.#warnings.push('Nothing is edited: none of the tensors is a weight. Try --tensors or --kinds.')
    this.#bytesTotal = candidates.reduce((sum, { entry }) => sum + storageBytes(entry.data.type, entry.count), 0)
    const rewrites = await edit.plan(this.#context(chosen, candidates))
    this.#record = recordOf(edit.command, edit.record)
    const tasks = candidates.map((candidate) => this.#taskOf(candidate, rewrites))
    const described = tasks.flatMap(({ outputs }) => outputs)
    requireDistinct(edit.command, described)
    const dryRun = options.dryRun ?? false
    const writes = output !== null && !dryRun
    const metadata = outputMetadata(checkpoint, this.#record)
    const open = writes ? await openOutput(this.environment, output, this.target, described, metadata) : null
    try {
      const counted = await this.#passAll(tasks, open)
      const size = open === null ? sizeOf(described) : await open.sink.finish()
      await open?.commit()
      return this.#report(counted, size, writes)
    } catch (error) {
      await open?.discard()
      throw error
    }
  }

  #context(chosen: readonly Candidate[], all: readonly Candidate[]): EditContext {
    const reading = this.#reading()
    const nonfinite = new Set<Chosen>()
    return {
      chosen,
      all,
      nonfinite,
      entries: this.checkpoint.tensors,
      kernels: kernels(),
      options: this.options,
      read: (one, visit, run) =>
        this.#placed(one.entry.name, () =>
          withArena(kernels(), async (arena) => {
            const type = computingType(one.entry)
            const size = chunkSize(one.entry, run)
            const { raw, work } = chunkMemory(arena, one.entry, size)
            this.#bytesTotal += storageBytes(one.entry.data.type, one.entry.count)
            await eachChunk(reading, one.entry, raw, size, (count, at) => {
              decodeChunk(kernels(), one.entry, raw, count, work)
              parkNonfinite(reading, one.entry, work, count, at)
              visit(work, count, at, type)
            })
          }),
        ),
      load: (one) =>
        this.#placed(one.entry.name, async () => {
          this.#bytesTotal += storageBytes(one.entry.data.type, one.entry.count)
          const { x, odd } = await loadWhole(reading, one.entry)
          if (odd.length > 0) nonfinite.add(one)
          return x
        }),
    }
  }

  #reading(): Reading {
    const { environment, options, checkpoint } = this
    return {
      kernels: kernels(),
      sources: checkpoint.sources,
      crc32: environment.crc32,
      signal: options.signal,
      command: this.edit.command,
      allowNonfinite: options.allowNonfinite ?? false,
      onBytes: (bytes) => {
        this.#bytesDone += bytes
        this.#tell()
      },
    }
  }

  #taskOf(candidate: Candidate, rewrites: ReadonlyMap<unknown, Rewrite>): Task {
    const { entry, left, twin } = candidate
    const leader = twin ?? candidate
    const found = rewrites.get(leader)
    const rewrite: Rewrite = found ?? { kind: 'keep', note: left ?? 'left alone by the edit' }
    const edited = rewrite.kind !== 'keep'
    const storage = edited ? candidate.storage : this.#storageOf(entry, keptStorage(entry, this.target))
    const outputs =
      rewrite.kind === 'whole' && rewrite.outputs !== null
        ? rewrite.outputs.map(({ name, shape }) => ({ name: renamed(name, leader.entry.name, entry.name), shape, type: storage })) // biome-ignore format: one line
        : [{ name: this.edit.nameOf?.(entry) ?? entry.name, shape: entry.shape, type: storage }]
    return { candidate, rewrite, edited, storage, outputs }
  }

  /** The output's type: the one that the edit wants, else `own`. */
  #storageOf(entry: TensorEntry, own: StorageType): StorageType {
    const { edit, target } = this
    const asked = isFloating(entry.data.type) ? (edit.storageOf?.(entry, own) ?? own) : own
    if (asked === own || canHold(target, asked)) return asked
    throw new UsageError(
      `${edit.command}: ${target === 'memory' ? 'a state dict' : target} cannot hold ${asked}. Try ${target === 'npz' ? 'a .safetensors output' : 'another type'}.`,
      { tensor: entry.name },
    )
  }

  async #passAll(tasks: readonly Task[], open: OpenOutput | null): Promise<Counted[]> {
    this.#phase = 'write'
    const counted = new Array<Counted>(tasks.length)
    const spectra = new Spectra(
      this.options,
      tasks.map(({ candidate, edited }) => ({ ...candidate, edited })),
    )
    for (const place of writingOrder(tasks, open?.sink ?? null)) {
      const task = tasks[place]!
      this.#tensor = task.candidate.entry.name
      counted[place] = await this.#placed(this.#tensor, () => this.#pass(task, open?.sink ?? null, spectra))
      this.#tensorsDone++
      this.#tell()
    }
    this.#skipped.push(...spectra.skipped)
    return counted
  }

  async #pass(
    { candidate, rewrite, edited, storage, outputs }: Task,
    sink: TensorSink | null,
    spectra: Spectra,
  ): Promise<Counted> {
    const { entry, kind, twin } = candidate
    const reading = this.#reading()
    let matrices: { before: MatrixFigures | null; after: MatrixFigures | null; delta: MatrixFigures | null }
    let passed: { before: Told; after: Told; delta: Changes | null; live: number }
    let extra: Record<string, unknown> = {}
    if (rewrite.kind === 'whole') {
      const whole = await passWhole(reading, entry, storage, rewrite, sink)
      try {
        passed = whole
        matrices = await spectra.of(
          { ...candidate, edited },
          whole,
          whole.tensors.before.pointer,
          whole.tensors.after.pointer,
        )
      } finally {
        whole.tensors.before.dispose()
        whole.tensors.after.dispose()
      }
    } else {
      await sink?.begin()
      ;({ passed, matrices } = await spectra.keeping({ ...candidate, edited }, async (keep) => {
        const rewriter = rewrite.kind === 'entries' ? rewrite.start(kernels(), computingType(entry), storage) : null
        const run = rewrite.kind === 'entries' ? rewrite.run : undefined
        return passTensor(reading, { entry, storage, rewriter, run, sink, keep })
      }))
      await sink?.end()
      if (rewrite.kind === 'entries') extra = rewrite.finish?.() ?? {}
    }
    const { before, after, delta, live } = passed
    const adds = multiplyAdds(kind, entry.shape, entry.count)
    const factors = rewrite.kind === 'whole' ? rewrite.outputs : null
    const tensor: EditedTensor = {
      name: entry.name,
      dtype: entry.dtype,
      storage,
      shape: [...entry.shape],
      count: entry.count,
      kind,
      edited,
      note: rewrite.note,
      before: figuresOf(before, matrices.before),
      after: figuresOf(after, matrices.after),
      relativeError: relative(delta?.deltaL2 ?? 0, before.l2),
      delta: {
        l1: delta?.deltaL1 ?? 0,
        l2: delta?.deltaL2 ?? 0,
        linf: delta?.deltaLinf ?? 0,
        spectral:
          delta === null || delta.deltaLinf === 0
            ? matrices.before === null
              ? null
              : 0
            : (matrices.delta?.spectral ?? null),
        nuclear:
          delta === null || delta.deltaLinf === 0
            ? matrices.before === null
              ? null
              : 0
            : (matrices.delta?.nuclear ?? null),
      },
      changed: delta?.changed ?? 0,
      bytesIn: storedBytes(entry),
      bytesOut: sizeOf(outputs),
      outputs: factors === null ? null : outputs.map(({ name, shape }) => ({ name, shape: [...shape] })),
      details: { ...(rewrite.details ?? {}), ...extra },
    }
    const addsAfter =
      factors === null
        ? adds * live
        : outputs.reduce((sum, { shape }) => sum + multiplyAdds(kind, shape, elementCount(shape)!), 0)
    return {
      tensor,
      multiplyAdds: [adds, Math.round(addsAfter)],
      isTwin: twin !== null,
      isFloating: isFloating(entry.data.type),
    }
  }

  #tellLeftOut(candidates: readonly Candidate[]): void {
    const { checkpoint, target } = this
    const optimizer = checkpoint.tensors.length - candidates.length
    if (optimizer > 0)
      this.#warnings.push(
        `${plural(optimizer, 'tensor')} of optimizer state ${optimizer === 1 ? 'is' : 'are'} left out: the output is a model, and what an optimizer remembers belongs to the weights as they were.`,
      )
    const lost = checkpoint.skipped.filter(({ what }) => what === 'tensor')
    if (lost.length > 0)
      this.#warnings.push(
        `${plural(lost.length, 'tensor')} of the input cannot be read and ${lost.length === 1 ? 'is' : 'are'} not in the output (the first is '${inert(lost[0]!.name)}'; reasons: skipped).`,
      )
    const widened = candidates.filter(({ entry }) => keptStorage(entry, target) !== entry.data.type || entry.data.storage.kind === 'dequantized') // biome-ignore format: one line
    if (widened.length > 0)
      this.#warnings.push(
        `${plural(widened.length, 'tensor')} of types that ${target === 'memory' ? 'a state dict' : target} does not have (the first is '${inert(widened[0]!.entry.name)}', ${widened[0]!.entry.dtype}) ${widened.length === 1 ? 'becomes' : 'become'} ${keptStorage(widened[0]!.entry, target)}.`,
      )
  }

  #report(counted: readonly Counted[], bytesOut: number, writes: boolean): EditReport {
    const { checkpoint, output, options, edit, target } = this
    const totals = editTotals(counted)
    const bytesIn = checkpoint.bytes
    return {
      normball: version,
      command: edit.command,
      input: checkpoint.path,
      output: !writes ? null : typeof output === 'string' ? output : 'state dict',
      format: target === 'memory' ? null : target,
      bytesIn,
      bytesOut,
      dryRun: options.dryRun ?? false,
      record: this.#record,
      tensors: counted.map(({ tensor }) => tensor),
      totals,
      gain: gainOf(edit.command, bytesIn, bytesOut, totals),
      skipped: this.#skipped,
      warnings: this.#warnings,
    }
  }

  async #placed<T>(tensor: string, work: () => Promise<T>): Promise<T> {
    this.#tensor = tensor
    try {
      return await work()
    } catch (error) {
      throw withPlace(error, { tensor })
    }
  }

  #tell(): void {
    this.options.onProgress?.({
      phase: this.#phase,
      file: this.checkpoint.path,
      tensor: this.#tensor,
      bytesDone: this.#bytesDone,
      bytesTotal: this.#bytesTotal,
      tensorsDone: this.#tensorsDone,
      tensorsTotal: this.checkpoint.tensors.length,
      share: this.#bytesTotal > 0 ? Math.min(1, this.#bytesDone / this.#bytesTotal) : 1,
    })
  }
}

/** Tasks in the order that the output wants its tensors in; a task's own outputs lie together. */
function writingOrder(tasks: readonly Task[], sink: TensorSink | null): number[] {
  if (sink === null) return tasks.map((_, place) => place)
  const owner = tasks.flatMap(({ outputs }, place) => outputs.map(() => place))
  return [...new Set(sink.order.map((at) => owner[at]!))]
}

function sizeOf(tensors: readonly Described[]): number {
  return tensors.reduce((sum, { type, shape }) => sum + storageBytes(type, elementCount(shape)!), 0)
}

/** Bytes that the tensor takes in the input; of a dequantized weight, its parts. */
function storedBytes({ data: { storage, type }, count }: Candidate['entry']): number {
  if (storage.kind !== 'dequantized') return storageBytes(type, count)
  return storage.parts.reduce((sum, part) => sum + storageBytes(part.type, elementCount(part.shape)!), 0)
}

/** An output of the first name of a storage, for the second: what stands before the last part of the names is exchanged. */
function renamed(output: string, leader: string, twin: string): string {
  if (leader === twin) return output
  const stem = leader.slice(0, leader.lastIndexOf('.') + 1)
  const other = twin.slice(0, twin.lastIndexOf('.') + 1)
  return output.startsWith(stem) ? other + output.slice(stem.length) : `${twin}.${output}`
}

function requireDistinct(command: string, tensors: readonly Described[]): void {
  const seen = new Set<string>()
  for (const { name } of tensors) {
    if (seen.has(name))
      throw new UsageError(
        `${command}: two tensors of the output would be called '${inert(name)}'. Try leaving one of them out with --tensors.`,
        { tensor: name },
      )
    seen.add(name)
  }
}
