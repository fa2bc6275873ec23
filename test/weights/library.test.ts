/** `normball/weights` on Node as its users have it: imported from the built package by name. Its types are compiled in test/types. */
import { execFileSync, spawn } from 'node:child_process'
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { build } from 'esbuild'
import * as checkpoint from 'normball/checkpoint'
import { type Input, type InspectOptions, InterruptedError, inspect, type Progress, UsageError } from 'normball/weights'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { safetensors } from '../cli/run.js'

const root = fileURLToPath(new URL('../..', import.meta.url))
const example = join(root, 'examples', 'silero_vad_16k.safetensors')

let folder = ''
let small = ''
/** Some sixty matrices that take milliseconds each. */
let many = ''
/** Five matrices whose spectra take long. */
let large = ''

/** Values in (-1, 1) that look random and are the same everywhere. */
function noise(length: number, seed: number): Float32Array {
  let state = seed >>> 0
  return Float32Array.from({ length }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return state / 2 ** 31 - 1
  })
}

function matrices(count: number, n: number): Uint8Array {
  const names = Array.from({ length: count }, (_, index) => `layers.${index}.weight`)
  return safetensors(
    Object.fromEntries(names.map((name, at) => [name, { shape: [n, n], values: noise(n * n, at + 1) }])),
  )
}

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'normball-library-'))
  const write = (name: string, bytes: Uint8Array): string => {
    writeFileSync(join(folder, name), bytes)
    return join(folder, name)
  }
  small = write(
    'small.safetensors',
    safetensors({
      'a.weight': { shape: [2, 2], values: [3, 0, 0, 4] },
      'a.bias': { shape: [2], values: [6, 8] },
      'b.weight': { shape: [1, 3], values: [1, 2, 2] },
    }),
  )
  many = write('many.safetensors', matrices(60, 300))
  large = write('large.safetensors', matrices(5, 1500))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const names = async (input: Input | Input[], options: InspectOptions = {}): Promise<string[]> =>
  (await inspect(input, options)).files.flatMap((file) => file.tensors.map((tensor) => tensor.name))

/** What `work` throws. */
async function thrown(work: Promise<unknown>): Promise<Error> {
  return work.then(
    () => new Error('nothing was thrown'),
    (error: Error) => error,
  )
}

describe('inspect', () => {
  it('measures by hand what can be measured by hand', async () => {
    const report = await inspect(small)
    const [weight, bias] = report.files[0]!.tensors
    expect(report.backend.name).not.toBe('none needed')
    expect(weight).toMatchObject({ name: 'a.weight', l1: 7, l2: 5, linf: 4, zeros: 2 })
    expect(weight!.matrix!.spectral).toBeCloseTo(4, 12)
    expect(weight!.matrix!.nuclear).toBeCloseTo(7, 12)
    expect(weight!.matrix!.stableRank).toBeCloseTo(25 / 16, 12)
    expect(bias).toMatchObject({ l1: 14, l2: 10, matrix: null })
    expect(report.files[0]!.totals.l2).toBeCloseTo(Math.sqrt(25 + 100 + 9), 12)
    expect(report.files[0]!.skipped).toContainEqual(expect.objectContaining({ name: 'a.bias', what: 'matrix' }))
  })

  it('gives the same figures for a path, an address, bytes, a File, a Source and a server', async () => {
    const bytes = new Uint8Array(readFileSync(example))
    const server = createServer((request, response) => {
      const [, from, to] = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? '') ?? []
      const end = Math.min(Number(to), bytes.length - 1)
      const piece = bytes.subarray(Number(from), end + 1)
      response.writeHead(206, {
        'content-range': `bytes ${from}-${end}/${bytes.length}`,
        'content-length': piece.length,
      })
      response.end(piece)
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}/model`
    const inputs: Record<string, Input> = {
      path: example,
      'file address': pathToFileURL(example),
      bytes,
      buffer: bytes.slice().buffer,
      File: new File([bytes], 'model.safetensors'),
      Source: new checkpoint.BytesSource('memory', bytes),
      server: address,
      'server address': new URL(address),
    }
    try {
      const options = { backend: 'portable', workers: 0, convNorms: true } as const
      const expected = (await inspect(example, options)).files[0]!
      expect(expected.tensors).toHaveLength(15)
      for (const [kind, input] of Object.entries(inputs)) {
        const report = await inspect(input, options)
        expect(report.errors, kind).toEqual([])
        const { path: _, ...figures } = report.files[0]!
        expect({ path: example, ...figures }, kind).toEqual(expected)
      }
    } finally {
      await new Promise((resolve) => server.close(resolve))
    }
  })

  it('gives the same figures in worker threads as in the calling thread', async () => {
    const options = { backend: 'portable', spectra: 'exact' } as const
    const here = await inspect(example, { ...options, workers: 0 })
    const there = await inspect(example, { ...options, workers: 2 })
    expect(there).toEqual(here)
  })

  it('takes a folder as all the checkpoints in it', async () => {
    const home = join(folder, 'several')
    mkdirSync(home)
    copyFileSync(small, join(home, 'b.safetensors'))
    copyFileSync(example, join(home, 'a.safetensors'))
    writeFileSync(join(home, 'README.md'), 'no model')
    const report = await inspect(home, { spectra: 'none' })
    expect(report.files.map((file) => file.path)).toEqual(['a', 'b'].map((name) => join(home, `${name}.safetensors`)))
  })

  it('measures several inputs of different kinds with the same workers', async () => {
    const bytes = new Uint8Array(readFileSync(small))
    const report = await inspect([small, bytes, many, new Blob([bytes])], { workers: 2, spectra: 'none' })
    expect(report.errors).toEqual([])
    expect(report.files.map((file) => [file.path, file.tensors.length])).toEqual([
      [small, 3],
      ['bytes', 3],
      [many, 60],
      ['blob', 3],
    ])
  })

  it('puts what cannot be read in errors and reports the rest', async () => {
    const cut = new Uint8Array(readFileSync(example)).slice(0, 100_000)
    const report = await inspect([join(folder, 'absent.pt'), small, cut, new File(['<html>'], 'x.pt')], { workers: 0 })
    expect(report.files.map((file) => file.path)).toEqual([small])
    expect(report.errors.map(({ code, file, exitCode }) => [code, file, exitCode])).toEqual([
      ['not-found', join(folder, 'absent.pt'), 4],
      ['truncated', 'bytes', 3],
      ['html', 'x.pt', 3],
    ])
  })

  it('selects tensors by globs and by modules', async () => {
    expect(await names(small, { tensors: '*.weight' })).toEqual(['a.weight', 'b.weight'])
    expect(await names(small, { tensors: ['b', 'a.bias'] })).toEqual(['a.bias', 'b.weight'])
    const error = await thrown(inspect(small, { tensors: ['a.wieght'] }))
    expect(error).toBeInstanceOf(UsageError)
    expect(error.message).toContain("Did you mean 'a.weight'")
  })

  it('replaces thresholds by name', async () => {
    const outliers = async (times?: number): Promise<string[]> => {
      const thresholds = times === undefined ? undefined : { outlierFactor: times }
      const report = await inspect(example, { thresholds, spectra: 'none', workers: 0 })
      const found = report.files[0]!.tensors.filter((one) => one.flags.some((flag) => flag.code === 'outliers'))
      return found.map((one) => one.name)
    }
    expect(await outliers()).toEqual(['conv1.weight', 'conv3.weight', 'conv4.weight'])
    // Their largest entries are 14, 54 and 182 times what Gaussian weights would have.
    expect(await outliers(20)).toEqual(['conv3.weight', 'conv4.weight'])
    expect(await outliers(1000)).toEqual([])
    const error = await thrown(inspect(small, { thresholds: { nothingLikeIt: 1 } }))
    expect(error).toBeInstanceOf(UsageError)
    expect(error.message).toContain("unknown threshold 'nothingLikeIt'")
  })

  it.each([
    [{ spectra: 'all' }, 'inspect: spectra is "all"; expected one of auto, exact, estimate, none.'],
    [{ workers: -1 }, 'inspect: workers is -1; expected a whole number of at least 0.'],
    [{ workers: 1.5 }, 'inspect: workers is 1.5; expected a whole number of at least 0.'],
    [{ backend: 'gpu' }, 'inspect: backend is "gpu"; expected one of auto, system, portable.'],
    [{ rankTolerance: Number.NaN }, 'inspect: rankTolerance is NaN; expected a number above 0.'],
    [{ seed: '7' }, 'inspect: seed is "7"; expected a whole number of at least 0.'],
    [{ tensors: 7 }, 'inspect: tensors is 7; expected a glob or an array of globs.'],
    [{ onProgress: {} }, 'inspect: onProgress is object; expected a function.'],
    [{ signal: {} }, 'inspect: signal is object; expected an AbortSignal.'],
  ])('refuses %j', async (options, message) => {
    const error = await thrown(inspect(small, options as InspectOptions))
    expect(error).toBeInstanceOf(UsageError)
    expect(error.message).toBe(message)
  })

  it.each([[undefined], [null], [42], [{}]])('refuses %j as an input', async (input) => {
    const error = await thrown(inspect(input as unknown as Input))
    expect(error).toBeInstanceOf(UsageError)
    expect(error.message).toMatch(/^open: expected a File, bytes, a URL or a Source, got /)
  })

  it('does not write out an array to name it', async () => {
    // String() of these bytes would need more characters than a string can have.
    const bytes = new Uint8Array(300e6)
    const report = await inspect(bytes)
    expect(report.errors).toHaveLength(1)
    expect(report.errors[0]!.file).toBe('bytes')
  })
})

describe.each([0, 2])('with %i workers', (workers) => {
  it('stops before it starts when the signal has been aborted', async () => {
    const said: Progress[] = []
    const options = { workers, signal: AbortSignal.abort(), onProgress: (one: Progress) => void said.push(one) }
    expect(await thrown(inspect(large, options))).toBeInstanceOf(InterruptedError)
    expect(said).toEqual([])
  })

  it('stops between tensors', async () => {
    const stop = new AbortController()
    let last: Progress | undefined
    let asked = 0
    const onProgress = (one: Progress): void => {
      last = one
      if (one.tensorsDone === 3 && asked === 0) {
        asked = performance.now()
        setTimeout(() => stop.abort(), 1)
      }
    }
    const options = { workers, spectra: 'exact', backend: 'portable', signal: stop.signal, onProgress } as const
    expect(await thrown(inspect(many, options))).toBeInstanceOf(InterruptedError)
    expect(last!.tensorsDone).toBeLessThan(60)
    expect(performance.now() - asked).toBeLessThan(1500)
  })

  it('stops at once when onProgress aborts, and throws what onProgress throws', async () => {
    const stop = new AbortController()
    const aborting = inspect(many, { workers, spectra: 'none', signal: stop.signal, onProgress: () => stop.abort() })
    expect(await thrown(aborting)).toBeInstanceOf(InterruptedError)
    for (const phase of ['open', 'measure']) {
      const throwing = (progress: Progress): void => {
        if (progress.phase === phase) throw new RangeError(`in ${phase}`)
      }
      expect(await thrown(inspect(many, { workers, spectra: 'none', onProgress: throwing }))).toEqual(
        new RangeError(`in ${phase}`),
      )
    }
  })

  it.each(['none', 'exact'] as const)('tells progress that only rises, up to everything (%s)', async (spectra) => {
    const said: Progress[] = []
    await inspect([example, many], { workers, spectra, onProgress: (one) => void said.push({ ...one }) })
    for (const file of [example, many]) {
      const [open, ...steps] = said.filter((one) => one.file === file)
      expect(open).toMatchObject({ phase: 'open', bytesDone: 0, tensorsDone: 0, share: 0 })
      const tensors = file === many ? 60 : 15
      expect(steps.filter((one) => one.tensor !== null).length).toBeGreaterThanOrEqual(tensors)
      for (const key of ['bytesDone', 'tensorsDone', 'share'] as const) {
        const values = steps.map((one) => one[key])
        expect(values, key).toEqual([...values].sort((a, b) => a - b))
      }
      const last = steps.at(-1)!
      expect(last).toMatchObject({ phase: 'measure', tensorsDone: tensors, tensorsTotal: tensors, share: 1 })
      expect(last.bytesDone).toBe(last.bytesTotal)
    }
  })

  it('runs beside itself', async () => {
    const options = { workers, spectra: 'exact', backend: 'portable' } as const
    const alone = [await inspect(example, options), await inspect(small, options)]
    const stop = new AbortController()
    const together = [inspect(example, options), inspect(small, options)]
    const stopped = thrown(inspect(many, { ...options, signal: stop.signal }))
    const failed = inspect(new Uint8Array(10), options)
    stop.abort()
    expect(await Promise.all(together)).toEqual(alone)
    expect(await stopped).toBeInstanceOf(InterruptedError)
    expect((await failed).errors).toHaveLength(1)
  })
})

it('an abort does not wait for the matrix that workers are decomposing', async () => {
  const stop = new AbortController()
  let asked = 0
  // By then the threads have started, and each decomposes its first matrix.
  const timer = setTimeout(() => {
    asked = performance.now()
    stop.abort()
  }, 600)
  const error = await thrown(inspect(large, { workers: 2, spectra: 'exact', backend: 'portable', signal: stop.signal }))
  clearTimeout(timer)
  expect(error).toBeInstanceOf(InterruptedError)
  expect(performance.now() - asked).toBeLessThan(400)
})

it('an abort ends a request that hangs, in the head and in the body of its answer', async () => {
  const bytes = readFileSync(example)
  let answers = 0
  const server = createServer((request, response) => {
    const [, from, to] = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range!)!
    const end = Math.min(Number(to), bytes.length - 1)
    if (request.url === '/head') return
    response.writeHead(206, { 'content-range': `bytes ${from}-${end}/${bytes.length}` })
    const piece = bytes.subarray(Number(from), end + 1)
    if (request.url === '/later' && answers++ === 0) response.end(piece)
    else response.write(piece.subarray(0, 1000))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  try {
    for (const path of ['head', 'body', 'later']) {
      answers = 0
      const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}/${path}`
      const from = performance.now()
      expect(await thrown(inspect(address, { signal: AbortSignal.timeout(100) })), path).toBeInstanceOf(
        InterruptedError,
      )
      answers = 0
      const opening = thrown(checkpoint.open(address, { signal: AbortSignal.timeout(100) }))
      if (path !== 'later') expect(await opening, path).toBeInstanceOf(InterruptedError)
      expect(performance.now() - from).toBeLessThan(2000)
    }
  } finally {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }
})

/** Runs `script` in a process of its own, in the package's folder; a process that does not end by itself fails. */
function runScript(script: string, args: string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const flags = ['--expose-gc', '--input-type=module', '--eval', script]
    const child = spawn(process.execPath, [...flags, ...args], { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] })
    let said = ''
    child.stdout.setEncoding('utf8').on('data', (text: string) => (said += text))
    child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text))
    const timer = setTimeout(() => child.kill('SIGKILL'), 50_000)
    child.on('close', (code) => {
      clearTimeout(timer)
      if (code === 0) resolve(said)
      else reject(new Error(`the process ended with ${code}: ${said}`))
    })
  })
}

describe('a process', () => {
  it.each([0, 2])('ends by itself after inspections with %i workers, also aborted and failed ones', async (workers) => {
    const script = `
      const { inspect } = await import('normball/weights')
      const [small, many] = process.argv.slice(1)
      await inspect(small, { workers: ${workers} })
      await inspect([small, '/nowhere', new Uint8Array(3)], { workers: ${workers} })
      const options = { workers: ${workers}, spectra: 'exact', signal: AbortSignal.timeout(300) }
      await inspect([many, many, many, many], options).catch((error) => console.log(error.name))
      const from = performance.now()
      process.on('exit', () => console.log(performance.now() - from < 3000 ? 'soon' : 'late'))`
    expect((await runScript(script, [small, many])).trim().split('\n')).toEqual(['InterruptedError', 'soon'])
  })

  it.each(['esm', 'cjs'] as const)(
    'measures in its own thread where a bundler (%s) left the worker out',
    async (format) => {
      const path = join(folder, `bundled.${format === 'esm' ? 'mjs' : 'cjs'}`)
      const contents = `
      import { inspect } from 'normball/weights'
      inspect(process.argv[2], { spectra: 'exact' }).then((report) => console.log(report.files[0].tensors.length))`
      await build({
        stdin: { contents, resolveDir: root },
        ...{ bundle: true, platform: 'node', format, external: ['koffi'], outfile: path, logLevel: 'silent' },
        // picomatch is CommonJS and asks for Node's modules.
        ...(format === 'esm' && {
          banner: {
            js: "import { createRequire as requireOfBundle } from 'node:module'; const require = requireOfBundle(import.meta.url);",
          },
        }),
      })
      const said = execFileSync(process.execPath, [path, many], { encoding: 'utf8' })
      expect(said.trim()).toBe('60')
    },
  )

  it('keeps neither memory nor open files over 200 inspections', async () => {
    const script = `
      import { existsSync, readdirSync } from 'node:fs'
      const { inspect } = await import('normball/weights')
      const { open } = await import('normball/checkpoint')
      const [small] = process.argv.slice(1)
      const files = () => (existsSync('/proc/self/fd') ? readdirSync('/proc/self/fd').length : 0)
      const cut = new Uint8Array((await (await import('node:fs/promises')).readFile(small)).subarray(0, -1))
      const once = async (workers) => {
        await inspect([small, cut, '/nowhere'], { workers })
        await (await open(small)).close()
      }
      const settle = async () => {
        globalThis.gc()
        await new Promise((resolve) => setTimeout(resolve, 50))
        globalThis.gc()
        return { files: files(), bytes: process.memoryUsage().rss, heap: process.memoryUsage().heapUsed }
      }
      for (let i = 0; i < 50; i++) await once(0)
      for (let i = 0; i < 2; i++) await once(2)
      const before = await settle()
      for (let i = 0; i < 150; i++) await once(0)
      for (let i = 0; i < 5; i++) await once(2)
      const after = await settle()
      console.log(JSON.stringify({ before, after }))`
    const { before, after } = JSON.parse(await runScript(script, [small]))
    expect(after.files).toBe(before.files)
    expect(after.heap - before.heap).toBeLessThan(5e6)
    expect(after.bytes - before.bytes).toBeLessThan(60e6)
  })
})

it('offers the same names on Node and in browsers, but for what needs a disk', async () => {
  const namesOf = async (path: string): Promise<string[]> =>
    Object.keys(await import(pathToFileURL(join(root, 'dist', path)).href)).sort()
  expect(await namesOf('weights/index.js')).toEqual(await namesOf('bin/weights.js'))
  const onlyNode = ['NodeFileSource', 'listCheckpoints', 'nodeFolder', 'reopen', 'save']
  expect((await namesOf('bin/checkpoint.js')).filter((name) => !onlyNode.includes(name))).toEqual(
    await namesOf('checkpoint/index.js'),
  )
})
