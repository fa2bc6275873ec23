import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Ajv } from 'ajv'
import { describe, expect, it } from 'vitest'
import { example, run, safetensors, temporaryFolder } from './run.js'

const folder = temporaryFolder()
const file = (name: string, bytes: Uint8Array | string): string => {
  const path = join(folder, name)
  writeFileSync(path, bytes)
  return path
}
const good = file(
  'good.safetensors',
  safetensors({
    'fc.weight': { shape: [2, 3], values: [1, -2, 0, 4, 5, -6] },
    'fc.bias': { shape: [2], values: [1, 2] },
  }),
)
const broken = file('broken.safetensors', 'not a checkpoint at all')
const withNan = file('nan.safetensors', safetensors({ 'fc.weight': { shape: [2, 2], values: [1, Number.NaN, 3, 4] } }))
const validate = new Ajv({ strict: false }).compile(
  JSON.parse(readFileSync(fileURLToPath(new URL('../../docs/inspect.schema.json', import.meta.url)), 'utf8')),
)
const json = (text: string) => {
  const value = JSON.parse(text)
  expect(validate(value), JSON.stringify(validate.errors?.slice(0, 3))).toBe(true)
  return value
}

/** Mounts a disk of 16 KB at `path` where the system lets us. */
function canMount(path: string): boolean {
  if (process.platform !== 'linux') return false
  mkdirSync(path)
  return spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=16k', 'tmpfs', path]).status === 0
}

describe('normball inspect', () => {
  it('measures a file by hand-worked numbers', async () => {
    const { code, stdout, stderr } = await run(['inspect', good, '--json'])
    expect([code, stderr]).toEqual([0, ''])
    const [tensor] = json(stdout).files[0].tensors
    expect(tensor).toMatchObject({
      name: 'fc.weight',
      dtype: 'F32',
      shape: [2, 3],
      count: 6,
      zeros: 1,
      l0: 5,
      l1: 18,
      linf: 6,
      min: -6,
      max: 5,
      mean: 1 / 3,
      kind: 'linear',
      outAxis: 0,
    })
    expect(tensor.l2).toBeCloseTo(Math.sqrt(82), 13)
    // W Wᵀ = [[5, -6], [-6, 77]]: eigenvalues 41 ± sqrt(36² + 36).
    expect(tensor.matrix.spectral).toBeCloseTo(Math.sqrt(41 + Math.sqrt(36 ** 2 + 36)), 12)
    expect(tensor.matrix.nuclear).toBeCloseTo(Math.sqrt(41 + Math.sqrt(1332)) + Math.sqrt(41 - Math.sqrt(1332)), 12)
    expect(tensor.matrix.rank).toBe(2)
  })

  it.each(['auto', 'exact', 'estimate', 'none'])(
    'writes JSON that keeps the contract with --spectra %s',
    async (mode) => {
      const { code, stdout } = await run(['inspect', example, '--json', '--spectra', mode, '--conv-norms'])
      expect(code).toBe(0)
      expect(json(stdout).files[0].tensors).toHaveLength(15)
    },
  )

  it('gives the same figures with worker threads and without', async () => {
    const [none, two] = await Promise.all(['0', '2'].map((n) => run(['inspect', example, '--json', '--workers', n])))
    expect(JSON.parse(none!.stdout).files).toEqual(JSON.parse(two!.stdout).files)
  })

  it('names the linear algebra that was used', async () => {
    for (const workers of ['0', '2']) {
      const { stdout } = await run(['inspect', good, '--json', '--workers', workers, '--backend', 'portable'])
      expect(JSON.parse(stdout).backend).toMatchObject({ kind: 'portable', name: 'portable', threads: 1 })
    }
    expect(JSON.parse((await run(['inspect', good, '--json', '--spectra', 'none'])).stdout).backend.name).toBe(
      'none needed',
    )
  })

  it('says null and why for what was not computed', async () => {
    const { stdout } = await run(['inspect', good, '--json', '--spectra', 'none'])
    const report = json(stdout).files[0]
    expect(report.tensors[0].matrix).toBeNull()
    expect(
      report.skipped.find((one: { name: string; what: string }) => one.name === 'fc.weight' && one.what === 'matrix')
        .why,
    ).toMatch(/none/)
  })

  it('fits the terminal tables to COLUMNS', async () => {
    for (const columns of ['80', '200']) {
      const { stdout } = await run(['inspect', example], { env: { COLUMNS: columns } })
      expect(Math.max(...stdout.split('\n').map((line) => [...line].length))).toBeLessThanOrEqual(Number(columns))
    }
  })

  it('colours a pipe only when asked', async () => {
    const escapeStart = '\u001b['
    expect((await run(['inspect', example], { env: { NO_COLOR: '' } })).stdout).not.toContain(escapeStart)
    expect((await run(['inspect', example, '--color', 'always'])).stdout).toContain(escapeStart)
  })

  it('reports what it can read of several, and ends with the highest exit code', async () => {
    const missing = join(folder, 'missing.pt')
    const { code, stdout, stderr } = await run(['inspect', good, broken, missing, '--json'])
    const report = json(stdout)
    expect(code).toBe(4)
    expect(report.files).toHaveLength(1)
    expect(report.errors.map((error: { file: string }) => error.file)).toEqual([broken, missing])
    expect(stderr.trim().split('\n')).toHaveLength(2)
    for (const line of stderr.trim().split('\n')) expect(line).toMatch(/^normball: .*\.(safetensors|pt)/)
  })

  it.each([
    ['a damaged file', broken, 3],
    ['no such file', join(folder, 'missing.safetensors'), 4],
    ['an empty file', file('empty.pt', ''), 3],
  ])('%s: one sentence with the name, no stack, the error as JSON too', async (_what, path, wanted) => {
    const { code, stdout, stderr } = await run(['inspect', path, '--json'])
    expect(code).toBe(wanted)
    expect(stderr.trim().split('\n').length).toBeLessThanOrEqual(2)
    expect(stderr).toContain(path.split('/').at(-1))
    expect(stderr).not.toMatch(/\n\s+at /)
    expect(JSON.parse(stdout).error).toMatchObject({
      code: expect.any(String),
      message: expect.any(String),
      file: expect.stringContaining('/'),
    })
  })

  it.each([
    [['inspect'], /missing required argument/],
    [['inspect', 'x', '--jsn'], /Did you mean --json/],
    [['inspct', 'x'], /Did you mean inspect/],
    [['inspect', 'x', '--spectra', 'all'], /auto, exact, estimate, none/],
    [['inspect', 'x', '--workers', '-1'], /whole number/],
    [['inspect', 'x', '--top', '1.5'], /whole number/],
    [['inspect', example, '--sort', 'stablerank'], /Did you mean 'stableRank'/],
    [['inspect', example, '--tensors', 'conv9.weight'], /matches none of the 15 tensors\. Did you mean 'conv/],
  ])('wrong usage %j ends with 2 and a hint', async (args, hint) => {
    const { code, stderr, stdout } = await run(args)
    expect([code, stdout]).toEqual([2, ''])
    expect(stderr).toMatch(/^normball: /)
    expect(stderr).toMatch(hint)
    expect(stderr.trim().split('\n').length).toBeLessThanOrEqual(2)
  })

  it('selects tensors by glob, by module and by exact name', async () => {
    const names = async (...globs: string[]) => {
      const { stdout } = await run(['inspect', good, '--json', ...globs.flatMap((glob) => ['--tensors', glob])])
      return json(stdout).files[0].tensors.map((tensor: { name: string }) => tensor.name)
    }
    expect(await names('*.weight')).toEqual(['fc.weight'])
    expect(await names('fc')).toEqual(['fc.weight', 'fc.bias'])
    expect(await names('fc.bias', '*weight')).toEqual(['fc.weight', 'fc.bias'])
  })

  it('fails on flags when asked, and only then', async () => {
    expect((await run(['inspect', withNan])).code).toBe(0)
    expect((await run(['inspect', withNan, '--fail-on', 'error'])).code).toBe(1)
    expect((await run(['inspect', example, '--fail-on', 'error'])).code).toBe(0)
  })

  it('takes thresholds from --flags and refuses unknown ones', async () => {
    const unknown = file('thresholds.json', '{"nosuch": 1}')
    expect(await run(['inspect', good, '--flags', unknown])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('nosuch'),
    })
    const bad = file('bad.json', '{')
    expect(await run(['inspect', good, '--flags', bad])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('is not JSON'),
    })
  })
})

describe('outputs', () => {
  it('writes all of them, whole, and leaves no temporary file', async () => {
    const place = join(folder, 'outputs')
    mkdirSync(place)
    const at = (name: string): string => join(place, name)
    const { code, stdout } = await run([
      'inspect',
      good,
      '--json',
      '-o',
      at('r.json'),
      '--csv',
      at('r.csv'),
      '--html',
      at('r.html'),
    ])
    expect([code, stdout]).toEqual([0, ''])
    expect(readdirSync(place).sort()).toEqual(['r.csv', 'r.html', 'r.json'])
    json(readFileSync(at('r.json'), 'utf8'))
    expect(readFileSync(at('r.csv'), 'utf8').split('\r\n')).toHaveLength(4)
    expect(readFileSync(at('r.html'), 'utf8')).toContain('</html>')
  })

  it('refuses an output that is an input, also through a link', async () => {
    const link = join(folder, 'link.safetensors')
    if (!existsSync(link)) symlinkSync(good, link)
    const before = readFileSync(good)
    for (const output of [good, link]) {
      const { code, stderr } = await run(['inspect', good, '--json', '-o', output])
      expect(code).toBe(2)
      expect(stderr).toMatch(/is also the input/)
    }
    expect(readFileSync(good)).toEqual(before)
  })

  it('says so when the disk is full or the folder is not there', async () => {
    expect(await run(['inspect', good, '-o', join(folder, 'no', 'such', 'r.txt')])).toMatchObject({
      code: 4,
      stderr: expect.stringMatching(/folder does not exist/),
    })
    if (!existsSync('/dev/full')) return
    expect(await run(['inspect', good, '--json', '-o', '/dev/full'])).toMatchObject({
      code: 4,
      stderr: expect.stringMatching(/disk is full/),
    })
    expect(await run(['inspect', good, '--html', '/dev/full'])).toMatchObject({
      code: 4,
      stderr: expect.stringMatching(/disk is full/),
    })
  })

  it.skipIf(process.getuid?.() === 0)('says that a read-only folder is one, and leaves nothing in it', async () => {
    const place = join(folder, 'read-only')
    mkdirSync(place, { mode: 0o555 })
    const { code, stderr } = await run(['inspect', good, '-o', join(place, 'r.txt')])
    expect([code, stderr]).toEqual([4, expect.stringMatching(/permission denied/)])
    expect(readdirSync(place)).toEqual([])
  })

  const small = join(folder, 'small-disk')
  it('leaves no partial file on a disk that fills up (needs mounting)', async ({ skip }) => {
    if (!canMount(small)) skip('this system does not let us mount')
    try {
      writeFileSync(join(small, 'old.html'), 'the old report')
      const { code, stderr } = await run(['inspect', example, '--html', join(small, 'old.html')])
      expect([code, stderr]).toEqual([4, expect.stringMatching(/disk is full/)])
      expect(readdirSync(small)).toEqual(['old.html'])
      expect(readFileSync(join(small, 'old.html'), 'utf8')).toBe('the old report')
    } finally {
      spawnSync('umount', [small])
    }
  })

  it('keeps the old file when the new one cannot be written', async () => {
    const { code, stderr } = await run(['inspect', good, '-o', folder])
    expect(code).toBe(4)
    expect(stderr).toMatch(/it is a folder/)
    expect(readdirSync(folder).filter((name) => name.endsWith('.part'))).toEqual([])
  })
})

describe('other commands', () => {
  it('--help shows examples, --version the version', async () => {
    const help = await run(['inspect', '--help'])
    expect(help.code).toBe(0)
    expect(help.stdout).toMatch(/Examples:\n {2}normball inspect model\.safetensors/)
    expect((await run(['--version'])).stdout).toMatch(/^\d+\.\d+\.\d+\n$/)
  })

  it('demo writes the report page and says what next', async () => {
    const cwd = join(folder, 'demo')
    mkdirSync(cwd)
    const { code, stdout } = await run(['demo'], { cwd })
    expect(code).toBe(0)
    expect(stdout).toMatch(/normball inspect YOUR-FILE/)
    expect(readFileSync(join(cwd, 'normball-report.html'), 'utf8')).toContain('silero')
  })

  it.each(['bash', 'zsh', 'fish'])('completion %s names every command and option', async (shell) => {
    const { code, stdout } = await run(['completion', shell])
    expect(code).toBe(0)
    for (const word of ['inspect', 'demo', 'doctor', 'spectra', 'fail-on', 'estimate']) expect(stdout).toContain(word)
  })

  it('doctor finds its own answers right, quickly, on the backend that was asked for', async () => {
    const { code, stdout } = await run(['doctor', '--json', '--backend', 'portable'])
    const report = JSON.parse(stdout)
    expect(code).toBe(0)
    expect(report).toMatchObject({ command: 'doctor', backend: { kind: 'portable' }, selfTest: { failed: [] } })
    expect(report.selfTest.passed).toBeGreaterThan(5)
    for (const rate of Object.values(report.speed)) expect(rate).toBeGreaterThan(0)
    const text = (await run(['doctor'])).stdout
    for (const word of ['linear algebra', 'GFLOP/s', 'GB/s', 'self-test']) expect(text).toContain(word)
  })

  it('says what is wrong with NORMBALL_BLAS', async () => {
    const outcome = await run(['doctor', '--backend', 'system'], { env: { NORMBALL_BLAS: '/no/such/library.so' } })
    expect(outcome).toMatchObject({ code: 4, stderr: expect.stringMatching(/^normball: .*NORMBALL_BLAS.*library\.so/) })
  })

  it('refuses a shell it does not know', async () => {
    expect(await run(['completion', 'tcsh'])).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/bash, zsh, fish/),
    })
  })
})
