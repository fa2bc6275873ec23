/**
 * The shared corpus through the command itself (`badfiles/README.md`), each case in a process of its own and in an empty folder: what it prints, how
 * it ends, and that it leaves nothing behind. A sample in normal runs, all cases in the long ones.
 */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type BadCase, badCases, type Expected, makeCase, matchesName } from '../badfiles.js'
import { hasShared, isLong, sharedPath } from '../shared.js'
import { bin, run } from './run.js'

const formats = ['safetensors', 'sharded', 'gguf', 'npy', 'npz', 'torch', 'onnx', 'csv', 'parquet']
const sampleSize = 75
/** As the command prints numbers. */
type Printed = number | string

interface PrintedTensor {
  name: string
  shape: number[]
  l1: Printed
  l2: Printed
  linf: Printed
  zeros: number
  nan: number
  posInf: number
  negInf: number
}

interface PrintedReport {
  errors: { message: string }[]
  error?: { message: string }
  files: {
    tensors: PrintedTensor[]
    skipped: { name: string; what: string; why: string }[]
    warnings: string[]
  }[]
}

/** Every so many of the cases, from a fixed start: all formats in proportion, the same ones each time. */
function chosen(): BadCase[] {
  const all = formats.flatMap(badCases).filter(({ make }) => make?.kind !== 'chmod000')
  if (isLong) return all
  const step = all.length / sampleSize
  return Array.from({ length: Math.min(sampleSize, all.length) }, (_, index) => all[Math.floor((index + 0.5) * step)]!)
}

describe.skipIf(!hasShared)('the corpus as a process', () => {
  let root = ''
  beforeAll(() => {
    expect(existsSync(bin), 'dist is built before the tests').toBe(true)
    root = mkdtempSync(join(tmpdir(), 'normball-corpus-'))
  })
  afterAll(() => rmSync(root, { recursive: true, force: true }))

  it.each(chosen().map((one, index) => [one.id, one, index] as const))(
    '%s',
    { timeout: 60_000 },
    async (_, one, index) => {
      const path = one.make ? makeCase(join(root, `case-${index}`), one.make) : sharedPath('badfiles', one.file!)
      const cwd = join(root, `cwd-${index}`)
      mkdirSync(cwd)
      const { code, signal, stdout, stderr } = await run(['inspect', path, '--json'], { cwd })
      expect(signal).toBeNull()
      expect(readdirSync(cwd)).toEqual([])
      expect(existsSync(sharedPath('badfiles', 'PWNED-CANARY'))).toBe(false)
      // biome-ignore lint/suspicious/noControlCharactersInRegex: raw control characters are what must not be there
      expect(stdout + stderr).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/)
      expect(stderr).not.toMatch(/[\u202a-\u202e\u2066-\u2069]/)
      const report = JSON.parse(stdout) as PrintedReport
      const allowed = [one.expect, ...(one.also_ok ?? [])]
      if (code === 0) {
        expect(
          allowed.some((outcome) => outcome.startsWith('accept')),
          `accepted: ${one.why}`,
        ).toBe(true)
        const [file] = report.files
        if (!allowed.includes('accept'))
          expect(file!.warnings.length + file!.skipped.length, one.why).toBeGreaterThan(0)
        checkTensors(one, report)
      } else {
        expect([3, 4], stderr).toContain(code)
        expect(allowed, `refused: ${stderr}`).toContain('reject')
        checkRefusal(report, stderr)
      }
    },
  )
})

function checkRefusal(report: PrintedReport, stderr: string): void {
  const lines = stderr.trimEnd().split('\n')
  expect(lines.length, stderr).toBeLessThanOrEqual(2)
  expect(lines[0]).toMatch(/^normball: ./)
  expect(stderr).not.toMatch(/^\s+at /m)
  expect(report.error?.message).toBeTruthy()
}

function checkTensors(one: BadCase, report: PrintedReport): void {
  const { tensors, skipped } = report.files[0]!
  const left = skipped.filter(({ what }) => what === 'tensor')
  if (one.tensor_count !== undefined) expect(tensors.length + left.length).toBe(one.tensor_count)
  const found = new Set<PrintedTensor>()
  for (const [name, expected] of Object.entries(one.tensors ?? {})) {
    const tensor = tensors.find((other) => matchesName(other.name, name, one.name_match))
    if (tensor) {
      found.add(tensor)
      checkTensor(name, expected, tensor)
    } else {
      const isLeft = left.some((other) => matchesName(other.name, name, one.name_match))
      expect(isLeft || expected.may_skip === true, `'${name}' among ${tensors.map((other) => other.name)}`).toBe(true)
    }
  }
  if (one.tensors && !one.tensors_partial && one.tensor_count === undefined) {
    expect(tensors.filter((other) => !found.has(other)).map((other) => other.name)).toEqual([])
  }
}

function checkTensor(name: string, expected: Expected, tensor: PrintedTensor): void {
  expect(tensor.shape.map(String), `shape of '${name}'`).toEqual(expected.shape.map(String))
  const counts = { zeros: tensor.zeros, nan: tensor.nan, inf: tensor.posInf + tensor.negInf }
  for (const key of ['zeros', 'nan', 'inf'] as const) {
    if (expected[key] !== undefined) expect(counts[key], `${key} of '${name}'`).toBe(expected[key])
  }
  for (const key of ['l1', 'l2', 'linf'] as const) {
    if (expected[key] === undefined) continue
    const [got, wanted] = [Number(tensor[key]), Number(expected[key])]
    const isClose = got === wanted || Math.abs(got - wanted) <= 1e-11 * Math.abs(wanted)
    expect(isClose, `${key} of '${name}' is ${got}, expected ${wanted}`).toBe(true)
  }
}
