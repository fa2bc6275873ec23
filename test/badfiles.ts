/**
 * Runs the shared corpus of odd and hostile files (`badfiles/README.md`): each case opens, or is refused, as its manifest says. A format's test file
 * calls `describeBadFiles('npy')` and, for the mutation rules, `describeMutations('npy', ...)`.
 */
import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  closeSync,
  existsSync,
  ftruncateSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  BytesSource,
  type Checkpoint,
  nodeFolder,
  open,
  openSource,
  readTensor,
  type TensorEntry,
} from '../src/checkpoint/index.node.js'
import { NormballError, storageInfo } from '../src/core/index.js'
import { createKernels, type Kernels, measures, type Statistics } from '../src/kernels/index.js'
import { hasShared, isLong, sharedJson, sharedPath } from './shared.js'

export interface BadCase {
  readonly id: string
  readonly file?: string
  readonly make?: Make
  readonly format: string
  readonly expect: Outcome
  readonly also_ok?: readonly Outcome[]
  readonly why: string
  readonly error_mentions?: readonly string[]
  readonly tensors?: Readonly<Record<string, Expected>>
  readonly tensors_partial?: boolean
  readonly tensor_count?: number
  readonly name_match?: 'only' | 'suffix'
  readonly time_limit_s?: number
}

type Outcome = 'accept' | 'reject' | 'accept-with-warning'

export interface Expected {
  readonly dtype: string
  readonly shape: readonly (number | string)[]
  readonly l1?: number | string
  readonly l2?: number | string
  readonly linf?: number | string
  readonly zeros?: number
  readonly nan?: number
  readonly inf?: number
  readonly may_skip?: boolean
}

interface Make {
  readonly kind: 'fifo' | 'dir' | 'symlink' | 'sparse' | 'chmod000' | 'tree'
  readonly path: string
  readonly target?: string
  readonly size?: number
  readonly head_base64?: string
  readonly tail_base64?: string
  readonly base64?: string
  readonly items?: readonly Item[]
}

interface Item {
  readonly path: string
  readonly base64?: string
  readonly symlink?: string
  readonly fifo?: boolean
  readonly dir?: boolean
  readonly sparse?: number
  readonly tail_base64?: string
}

/** The corpus's cases of one format; none on a user's clone. */
export function badCases(format: string): BadCase[] {
  if (!hasShared) return []
  return sharedJson<BadCase[]>('badfiles', 'manifest.json').filter((one) => one.format === format)
}

/** Larger tensors are measured in the long sweeps only. */
const largeBytes = 64 * 2 ** 20

/** One test for each case of `format`. */
export function describeBadFiles(format: string): void {
  describe.skipIf(!hasShared)(`bad files: ${format}`, () => {
    let folder = ''
    let kernels: Kernels
    beforeAll(async () => {
      folder = mkdtempSync(join(tmpdir(), 'normball-bad-'))
      kernels = createKernels()
    })
    afterAll(() => rmSync(folder, { recursive: true, force: true }))
    const asRoot = process.getuid?.() === 0
    for (const [index, one] of badCases(format).entries()) {
      const isSkipped = one.make?.kind === 'chmod000' && asRoot
      const name = `${one.id} (${one.expect}): ${one.why}${isSkipped ? ' [chmod000]' : ''}`
      it.skipIf(isSkipped)(name, async () => {
        const path = one.make ? makeCase(join(folder, String(index)), one.make) : sharedPath('badfiles', one.file!)
        await runCase(one, path, kernels)
      })
    }
  })
}

/** Opens and measures one file and compares with its case. */
export async function runCase(one: BadCase, path: string, kernels: Kernels): Promise<void> {
  const prototype = Object.getOwnPropertyNames(Object.prototype).join()
  const started = process.cpuUsage()
  const outcome = await openAndMeasure(path, kernels)
  const { user, system } = process.cpuUsage(started)
  const allowed: readonly Outcome[] = [one.expect, ...(one.also_ok ?? [])]
  if (outcome.error) {
    checkError(outcome.error, path)
    expect(allowed, `refused: ${outcome.error.message}`).toContain('reject')
    lintMentions(one, [outcome.error.message])
  } else {
    const verdict = outcome.warned ? 'accept-with-warning' : 'accept'
    const accepted = allowed.some((outcome) => outcome.startsWith('accept'))
    expect(accepted, `${verdict}, but expected ${allowed.join(' or ')}: ${one.why}`).toBe(true)
    // A case that has to be warned of is; a warning on a sound file would be noise.
    if (!allowed.includes('accept')) expect(verdict, one.why).toBe('accept-with-warning')
    if (!allowed.includes('accept-with-warning')) expect(outcome.notes, one.why).toEqual([])
    if (outcome.warned) lintMentions(one, outcome.notes)
    compareTensors(one, outcome.measured)
  }
  expect(Object.getOwnPropertyNames(Object.prototype).join()).toBe(prototype)
  expect(existsSync('PWNED-CANARY')).toBe(false)
  // Processor time: the machine may be busy with other things.
  const limit = isLong ? (one.time_limit_s ?? 2) * 5 : (one.time_limit_s ?? 2)
  expect((user + system) / 1e6, 'processor seconds').toBeLessThan(limit)
}

interface Measured {
  readonly entry: Pick<TensorEntry, 'name' | 'shape'> & { readonly type: string }
  /** Null for what was skipped with a reason, or is too large for a quick run. */
  readonly figures: Statistics | null
}

interface Result {
  readonly error: Error | null
  readonly measured: readonly Measured[]
  readonly notes: readonly string[]
  readonly warned: boolean
}

/** ONNX's packed integers are spread to one a byte where they do not fill the last; the file's word tells what they are. */
const spreadTypes: Readonly<Record<string, string>> = { INT4: 'i4', UINT4: 'u4' }

async function openAndMeasure(path: string, kernels: Kernels): Promise<Result> {
  let checkpoint: Checkpoint | null = null
  try {
    checkpoint = await open(path)
    const measured: Measured[] = []
    for (const entry of checkpoint.tensors) {
      const { name, shape, data } = entry
      measured.push({
        entry: { name, shape, type: spreadTypes[entry.dtype] ?? data.type },
        figures: await measure(entry, checkpoint, kernels),
      })
    }
    for (const { name, dtype, shape, what } of checkpoint.skipped) {
      if (what === 'tensor') measured.push({ entry: { name, shape: shape ?? [], type: dtype ?? '' }, figures: null })
    }
    const notes = [...checkpoint.warnings, ...checkpoint.skipped.map(({ name, why }) => `${name}: ${why}`)]
    return { error: null, measured, notes, warned: notes.length > 0 }
  } catch (error) {
    return { error: error as Error, measured: [], notes: [], warned: false }
  } finally {
    await checkpoint?.close()
  }
}

/** One tensor's figures, streamed as the product does it. */
async function measure(
  { data, count }: TensorEntry,
  { sources }: Checkpoint,
  kernels: Kernels,
): Promise<Statistics | null> {
  const { unit, unitBytes } = storageInfo(data.type)
  const reader = readTensor(data, sources)
  const chunk = Math.max(1, Math.min(Math.floor(262_144 / unitBytes), Math.ceil(count / unit))) * unitBytes
  const pointer = kernels.alloc(chunk)
  const pass = measures(kernels).statistics(data.type)
  try {
    if (reader.byteLength > largeBytes && !isLong) {
      await reader.next(kernels.u8(pointer, chunk))
      return null
    }
    let done = 0
    while (done < count) {
      const got = await reader.next(kernels.u8(pointer, chunk))
      if (got === 0) break
      const elements = Math.min(count - done, (got / unitBytes) * unit)
      pass.update(pointer, elements)
      done += elements
    }
    expect(done).toBe(count)
    return pass.finish()
  } finally {
    reader.close()
    pass.dispose()
    kernels.free(pointer)
  }
}

/** One clean error: ours, a few lines, naming the file, without a stack or raw escapes. */
function checkError(error: Error, path: string): void {
  if (!(error instanceof NormballError)) throw error
  expect([3, 4]).toContain(error.exitCode)
  expect(error.code).toMatch(/^[a-z0-9]+(-[a-z0-9]+)*$/)
  expect(error.file, `no file in: ${error.message}`).toBeTruthy()
  expect(dirname(error.file!).startsWith(dirname(path)) || dirname(path).startsWith(dirname(error.file!))).toBe(true)
  expect(error.message.length, error.message).toBeLessThan(700)
  // biome-ignore lint/suspicious/noControlCharactersInRegex: raw control characters are what must not be there
  expect(error.message).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]|\n\s+at /)
}

/** Messages that hold none of the words a reader would look for: to be looked at, not a failure. */
function lintMentions({ id, error_mentions }: BadCase, messages: readonly string[]): void {
  if (!error_mentions || !process.env['NORMBALL_LINT_MESSAGES']) return
  const text = messages.join(' ').toLowerCase()
  if (!error_mentions.some((word) => text.includes(word.toLowerCase())))
    console.warn(`unclear: ${id}: ${messages.join(' | ')} (wanted one of ${error_mentions.join(', ')})`)
}

function compareTensors(one: BadCase, measured: readonly Measured[]): void {
  const wanted = Object.entries(one.tensors ?? {})
  if (one.tensor_count !== undefined) expect(measured.length).toBe(one.tensor_count)
  const found = new Set<Measured>()
  for (const [name, expected] of wanted) {
    const match = measured.find(({ entry }) => matchesName(entry.name, name, one.name_match))
    if (!match) {
      if (expected.may_skip) continue
      throw new Error(`tensor '${name}' is missing among ${measured.map(({ entry }) => entry.name).join(', ')}`)
    }
    found.add(match)
    compareTensor(name, expected, match)
  }
  if (one.tensors && !one.tensors_partial && one.tensor_count === undefined) {
    const extra = measured.filter((other) => !found.has(other) && other.figures !== null)
    expect(extra.map(({ entry }) => entry.name)).toEqual([])
  }
}

/** Whether a reported name is the one a case means. */
export function matchesName(name: string, wanted: string, rule: BadCase['name_match']): boolean {
  if (rule === 'only' || name === wanted) return true
  return rule === 'suffix' && (name.endsWith(`.${wanted}`) || name.endsWith(`/${wanted}`))
}

function compareTensor(name: string, expected: Expected, { entry, figures }: Measured): void {
  expect(entry.shape.map(String), `shape of '${name}'`).toEqual(expected.shape.map(String))
  if (figures === null) return
  expect(entry.type, `dtype of '${name}'`).toBe(expected.dtype)
  const counts = { zeros: figures.zeros, nan: figures.nan, inf: figures.posInf + figures.negInf }
  for (const key of ['zeros', 'nan', 'inf'] as const) {
    if (expected[key] !== undefined) expect(counts[key], `${key} of '${name}'`).toBe(expected[key])
  }
  for (const key of ['l1', 'l2', 'linf'] as const) {
    if (expected[key] === undefined) continue
    const value = Number(expected[key])
    if (Number.isFinite(value) && value !== 0) expect(figures[key] / value - 1, `${key} of '${name}'`).toBeCloseTo(0, 9)
    else expect(figures[key], `${key} of '${name}'`).toBe(value)
  }
}

/** Creates what a manifest's `make` describes in `folder`; returns the file to open. */
export function makeCase(folder: string, make: Make): string {
  mkdirSync(folder, { recursive: true })
  const path = join(folder, make.path)
  mkdirSync(dirname(path), { recursive: true })
  const bytes = (text: string | undefined) => Buffer.from(text ?? '', 'base64')
  if (make.kind === 'fifo') execFileSync('mkfifo', [path])
  else if (make.kind === 'dir') mkdirSync(path)
  else if (make.kind === 'symlink') symlinkSync(make.target!, path)
  else if (make.kind === 'sparse') makeSparse(path, make.size!, bytes(make.head_base64), bytes(make.tail_base64))
  else if (make.kind === 'chmod000') {
    writeFileSync(path, bytes(make.base64))
    chmodSync(path, 0)
  }
  for (const item of make.items ?? []) {
    const at = join(folder, item.path)
    mkdirSync(dirname(at), { recursive: true })
    if (item.symlink !== undefined) symlinkSync(item.symlink, at)
    else if (item.fifo) execFileSync('mkfifo', [at])
    else if (item.dir) mkdirSync(at, { recursive: true })
    else if (item.sparse !== undefined) makeSparse(at, item.sparse, bytes(item.base64), bytes(item.tail_base64))
    else writeFileSync(at, bytes(item.base64))
  }
  return path
}

function makeSparse(path: string, size: number, head: Buffer, tail: Buffer): void {
  const file = openSync(path, 'w')
  ftruncateSync(file, size)
  writeSync(file, head, 0, head.length, 0)
  if (tail.length > 0) writeSync(file, tail, 0, tail.length, size - tail.length)
  closeSync(file)
}

export interface MutationRules {
  /** Whether a truncated file may be accepted when all tensors are still the same: formats with trailing bytes that nobody needs. */
  readonly trailing?: boolean
  /** Whether a truncated file may be accepted with other tensors: protobuf cut at a field's border. */
  readonly borders?: boolean
  /** Formats with checksums: a mutant that is accepted must give the very same tensors. */
  readonly checksummed?: boolean
  /** Formats whose tensors share no bytes: one flipped byte of data changes one tensor. */
  readonly separate?: boolean
}

/** The README's mutation rules 1 and 2 over every accepted file of at most 4 KiB: a sample in normal runs, all of them in the long ones. */
export function describeMutations(format: string, rules: MutationRules = {}): void {
  const perFile = 40
  describe.skipIf(!hasShared)(`mutations: ${format}`, () => {
    for (const one of badCases(format)) {
      if (one.expect !== 'accept' || !one.file) continue
      const path = sharedPath('badfiles', one.file)
      const original = readFileSync(path)
      if (original.length > 4096 || original.length === 0) continue
      it(`${one.id}: truncated or with a flipped byte, it is refused or reads consistently`, async () => {
        const random = seeded(original.length)
        const base = await readAll(original, path)
        const total = original.length * 4
        const step = isLong ? 1 : Math.max(1, total / perFile)
        for (let at = 0; at < total; at += isLong ? 1 : Math.max(1, Math.floor(step * 2 * random()))) {
          const mutant = mutate(original, at)
          const label =
            mutant.length < original.length ? `cut at ${mutant.length}` : `byte ${at % original.length} flipped (${at})`
          await checkMutant(base, mutant, path, rules, label)
        }
      })
    }
  })
}

/** The first `length` mutants are prefixes, the rest flips by 0x01, 0x80, 0xFF. */
function mutate(original: Uint8Array, index: number): Uint8Array {
  const { length } = original
  if (index < length) return original.slice(0, index)
  const made = original.slice()
  made[index % length]! ^= [0x01, 0x80, 0xff][Math.floor(index / length) - 1]!
  return made
}

async function checkMutant(
  base: string | Error,
  mutant: Uint8Array,
  path: string,
  rules: MutationRules,
  label: string,
) {
  const cut = label.startsWith('cut')
  const result = await readAll(mutant, path)
  if (result instanceof Error) {
    if (!(result instanceof NormballError)) throw new Error(`${label}: ${result.stack}`)
    checkError(result, path)
    return
  }
  if (rules.checksummed || (cut && rules.trailing && !rules.borders)) expect(result, label).toBe(base)
  else if (cut && !rules.borders) throw new Error(`${label}: accepted`)
  else if (rules.separate && typeof base === 'string') expect(changedTensors(base, result), label).toBeLessThan(2)
}

/** How many tensors hold other bytes under the same names, types and shapes; 0 where the tables differ. */
function changedTensors(base: string, mutant: string): number {
  const [before, after] = [base, mutant].map((text) => text.split('\n').map((line) => line.split('|')))
  const tables = [before, after].map((lines) => lines!.map((parts) => parts.slice(0, -1).join('|')).join('\n'))
  if (tables[0] !== tables[1]) return 0
  return before!.filter((parts, index) => parts.at(-1) !== after![index]!.at(-1)).length
}

/** Every tensor with its bytes, as text, or the error. */
async function readAll(bytes: Uint8Array, path: string): Promise<string | Error> {
  try {
    const checkpoint = await openSource(new BytesSource(path, bytes), { folder: nodeFolder(dirname(path), path) })
    try {
      const parts: string[] = []
      for (const { name, dtype, shape, data } of checkpoint.tensors) {
        const reader = readTensor(data, checkpoint.sources)
        const { unitBytes } = storageInfo(data.type)
        const chunk = new Uint8Array(Math.floor(65_536 / unitBytes) * unitBytes)
        let hash = 0
        for (;;) {
          const got = await reader.next(chunk)
          if (got === 0) break
          for (let i = 0; i < got; i++) hash = (Math.imul(hash, 31) + chunk[i]!) | 0
        }
        reader.close()
        parts.push(`${name}|${dtype}|${shape.join()}|${reader.byteLength}|${hash}`)
      }
      return parts.join('\n')
    } finally {
      await checkpoint.close()
    }
  } catch (error) {
    return error as Error
  }
}

/** Random numbers in [0, 1): Mulberry32. */
export function seeded(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
}
