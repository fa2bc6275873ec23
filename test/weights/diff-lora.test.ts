/** LoRA adapters against their base and one another, beside the same changes formed densely by NumPy. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { type DiffOptions, type DiffReport, type DiffTensor, diff } from '../../src/weights/index.node.js'
import { noise, type Stored, safetensors } from './diff-files.js'

interface Figures {
  m: number
  n: number
  l2A: number
  l2B: number
  deltaL2: number
  relative: number
  cosine: number
  values: number[]
}
const oracle = JSON.parse(readFileSync(new URL('../oracle/diff.json', import.meta.url), 'utf8')) as {
  lora: (Figures & { r: number; scale: number; nuclear: number })[]
  two: (Figures & { ranks: [number, number]; scales: [number, number] })[]
}
const here: DiffOptions = { workers: 0 }
const folder = mkdtempSync(join(tmpdir(), 'normball-lora-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const base = (m: number, n: number, name = 'model.layers.0.q_proj.weight'): Uint8Array =>
  safetensors({
    [name]: { shape: [m, n], values: noise(11, m * n) },
    'model.norm.weight': { shape: [2], values: [1, 1] },
  })

function adapter(
  m: number,
  n: number,
  r: number,
  seed = 12,
  stem = 'base_model.model.model.layers.0.q_proj',
): Record<string, Stored> {
  return {
    [`${stem}.lora_A.weight`]: { shape: [r, n], values: noise(seed, r * n) },
    [`${stem}.lora_B.weight`]: { shape: [m, r], values: noise(seed + 1, m * r) },
  }
}

function close(tensor: DiffTensor, expected: Figures): void {
  for (const key of ['l2A', 'l2B', 'deltaL2', 'relative'] as const)
    expect(tensor[key] / expected[key], key).toBeCloseTo(1, 11)
  expect(tensor.cosine).toBeCloseTo(expected.cosine, 11)
  const found = tensor.delta!.singularValues
  for (const [i, value] of expected.values.entries()) {
    if (i >= found.length) break
    expect(Math.abs(found[i]! - value), `value ${i}`).toBeLessThan(1e-11 * expected.values[0]!)
  }
}

describe('an adapter against its base, by its factors', () => {
  for (const backend of ['portable', 'auto'] as const)
    it.each(oracle.lora)(`${backend}: $m x $n of rank $r, scale $scale`, async ({ m, n, r, scale, ...expected }) => {
      const report = await diff(base(m, n), safetensors(adapter(m, n, r)), { ...here, backend, loraAlpha: scale * r })
      const [tensor] = report.tensors
      expect(tensor).toMatchObject({
        name: 'model.layers.0.q_proj.weight',
        shape: [m, n],
        changed: null,
        deltaL1: null,
      })
      close(tensor!, { m, n, ...expected })
      expect(tensor!.deltaNuclear! / expected.nuclear).toBeCloseTo(1, 11)
      expect(tensor!.delta!.rank).toBeLessThanOrEqual(r)
      expect(report.adapter).toMatchObject({ against: 'base', layers: 1, ranks: [r] })
      expect(report.totals.relative / expected.relative).toBeCloseTo(1, 11)
      expect(report.totals).toMatchObject({ changed: null, deltaL1: null, deltaLinf: null })
      expect(report.skipped.filter(({ what }) => what === 'deltaLinf').map(({ why }) => why)).toEqual([
        'the difference is known by its factors and was not formed',
      ])
    })

  it('without spectra too', async () => {
    const { m, n, r, scale, ...expected } = oracle.lora[0]!
    const options = { ...here, spectra: 'none', loraAlpha: scale * r } as const
    const report = await diff(base(m, n), safetensors(adapter(m, n, r)), options)
    expect(report.tensors[0]!.relative / expected.relative).toBeCloseTo(1, 11)
  })

  it('a base that stores [in, out] takes the transpose', async () => {
    const { m, n, r, scale, ...expected } = oracle.lora[0]!
    const w = noise(11, m * n)
    const turned = Float32Array.from({ length: m * n }, (_, at) => w[(at % m) * n + Math.floor(at / m)]!)
    const file = safetensors({ 'model.layers.0.q_proj.weight': { shape: [n, m], values: turned } })
    const report = await diff(file, safetensors(adapter(m, n, r)), { ...here, loraAlpha: scale * r })
    close(report.tensors[0]!, { m, n, ...expected })
    expect(report.tensors[0]!.shape).toEqual([n, m])
  })

  it('convolutions are flattened, embeddings transposed', async () => {
    const stem = 'base_model.model.conv'
    const conv = await diff(
      safetensors({ 'conv.weight': { shape: [4, 2, 3, 3], values: noise(1, 72) } }),
      safetensors({
        [`${stem}.lora_A.weight`]: { shape: [2, 2, 3, 3], values: noise(2, 36) },
        [`${stem}.lora_B.weight`]: { shape: [4, 2, 1, 1], values: noise(3, 8) },
      }),
      here,
    )
    expect(conv.tensors[0]).toMatchObject({ shape: [4, 2, 3, 3], delta: { shape: [4, 18] } })
    const embedding = await diff(
      safetensors({ 'embed.weight': { shape: [10, 3], values: noise(1, 30) } }),
      safetensors({
        'base_model.model.embed.lora_embedding_A': { shape: [2, 10], values: noise(2, 20) },
        'base_model.model.embed.lora_embedding_B': { shape: [3, 2], values: noise(3, 6) },
      }),
      here,
    )
    expect(embedding.tensors[0]).toMatchObject({ name: 'embed.weight', delta: { shape: [10, 3], rank: 2 } })
  })
})

describe('the scale', () => {
  const [m, n, r] = [12, 8, 2]
  const write = (name: string, content: Uint8Array | string): string => {
    const path = join(folder, name)
    writeFileSync(path, content)
    return path
  }
  const norm = async (b: Uint8Array | string, options: DiffOptions = {}): Promise<[number, DiffReport]> => {
    const report = await diff(base(m, n), b, { ...here, ...options })
    return [report.tensors[0]!.deltaL2, report]
  }
  const bytes = safetensors(adapter(m, n, r))
  const dense = oracle.lora[0]!.deltaL2

  it('is 1 and told where nothing says otherwise', async () => {
    const [plain, report] = await norm(bytes)
    expect(plain / dense).toBeCloseTo(1, 11)
    expect(report.warnings[0]).toBe(
      'No alpha was found beside the adapter, so B A is taken as it is (scale 1). Try --lora-alpha.',
    )
  })

  it('is alpha / r of adapter_config.json, over the root for rsLoRA, layer by layer; the option replaces it', async () => {
    const path = write('adapter_model.safetensors', bytes)
    const config = (fields: object): string => write('adapter_config.json', JSON.stringify(fields))
    config({ lora_alpha: 6, r: 2 })
    const [plain, report] = await norm(path)
    expect(plain / dense).toBeCloseTo(3, 11)
    expect(report.adapter!.scale).toBe('alpha 6 of adapter_config.json')
    expect((await norm(folder))[0] / dense).toBeCloseTo(3, 11)
    expect((await norm(path, { loraAlpha: 1 }))[0] / dense).toBeCloseTo(0.5, 11)
    config({ lora_alpha: 6, use_rslora: true })
    expect((await norm(path))[0] / dense).toBeCloseTo(6 / Math.sqrt(2), 11)
    config({ lora_alpha: 6, alpha_pattern: { q_proj: 10 } })
    expect((await norm(path))[0] / dense).toBeCloseTo(5, 11)
    config({ lora_alpha: 'six' })
    await expect(norm(path)).rejects.toThrow('adapter_config.json: lora_alpha is not a number.')
    write('adapter_config.json', '{')
    await expect(norm(path)).rejects.toThrow('adapter_config.json is not JSON.')
  })

  it('is the alpha in the file, as kohya writes it', async () => {
    const stem = 'lora_unet_model_layers_0_q_proj'
    const file = safetensors({
      [`${stem}.lora_down.weight`]: { shape: [r, n], values: noise(12, r * n) },
      [`${stem}.lora_up.weight`]: { shape: [m, r], values: noise(13, m * r) },
      [`${stem}.alpha`]: { shape: [], values: [4] },
    })
    const [plain, report] = await norm(file)
    expect(plain / dense).toBeCloseTo(2, 11)
    expect(report).toMatchObject({ onlyB: [], adapter: { scale: 'alpha of the file, layer by layer' } })
  })
})

describe('what else is in an adapter', () => {
  it('names of adapters, whole modules, layers without a weight, other shapes', async () => {
    const [m, n, r] = [4, 3, 2]
    const a = safetensors({
      'fc.weight': { shape: [m, n], values: noise(1, m * n) },
      'wide.weight': { shape: [9, n], values: noise(1, 9 * n) },
      'score.weight': { shape: [2], values: [1, 2] },
      'norm.weight': { shape: [2], values: [1, 1] },
    })
    const named = Object.entries(adapter(m, n, r, 12, 'base_model.model.fc')).map(([name, stored]) => [
      name.replace(/(lora_[AB])/, '$1.default'),
      stored,
    ])
    const b = safetensors({
      ...Object.fromEntries(named),
      ...adapter(m, n, r, 14, 'base_model.model.wide'),
      ...adapter(m, n, r, 16, 'base_model.model.nowhere'),
      'base_model.model.score.modules_to_save.weight': { shape: [2], values: [1, 5] },
    })
    const report = await diff(a, b, { ...here, loraAlpha: r })
    expect(report.pairing.map(({ name, by }) => [name, by])).toEqual([
      ['fc.weight', 'adapter'],
      ['score.weight', 'renaming'],
    ])
    expect(report).toMatchObject({
      onlyA: [],
      onlyB: ['base_model.model.nowhere'],
      shapeChanged: [{ name: 'wide.weight', hint: 'the adapter was made for another base' }],
    })
    expect(report.tensors.find(({ name }) => name === 'score.weight')).toMatchObject({ deltaL2: 3, changed: 1 })
    expect(report.warnings).toContain('1 layer of the adapter belong to no weight of a.')
  })

  it('factors that do not fit are an error that names them; one alone is left out', async () => {
    const wrong = safetensors({
      'x.lora_A.weight': { shape: [2, 3], values: noise(1, 6) },
      'x.lora_B.weight': { shape: [4, 3], values: noise(1, 12) },
    })
    await expect(diff(base(4, 3), wrong, here)).rejects.toThrow(
      "the factors of 'x' do not fit: x.lora_B.weight is [4, 3] and x.lora_A.weight [2, 3]; expected [out, r] and [r, in].",
    )
    const alone = await diff(
      base(4, 3),
      safetensors({ 'x.lora_A.weight': { shape: [2, 3], values: noise(1, 6) } }),
      here,
    )
    expect(alone.warnings[0]).toBe("The layer 'x' has only one of its two factors and is left out.")
  })

  it('--lora without an adapter is wrong usage', async () => {
    await expect(diff(base(2, 2), base(2, 2), { ...here, lora: true })).rejects.toThrow(
      'diff: --lora, but b holds no adapter; expected pairs of tensors named lora_A and lora_B (or lora_down and lora_up).',
    )
  })

  it('--lora false compares the factors themselves', async () => {
    const file = safetensors(adapter(4, 3, 2))
    const report = await diff(file, file, { ...here, lora: false })
    expect(report).toMatchObject({ adapter: null, totals: { tensors: 2, changed: 0 } })
  })
})

describe('two adapters', () => {
  it.each(oracle.two)('$m x $n of ranks $ranks', async ({ m, n, ranks: [ra, rb], scales: [sa, sb], ...expected }) => {
    // Scales that differ come in by the factors: noise is written as f32, and powers of two scale it exactly.
    const scaled = (stored: Record<string, Stored>, scale: number): Uint8Array =>
      safetensors(
        Object.fromEntries(
          Object.entries(stored).map(([name, { shape, values }]) => [
            name,
            { shape, values: name.includes('lora_B') ? Array.from(values, (x) => x * scale) : values },
          ]),
        ),
      )
    const report = await diff(scaled(adapter(m, n, ra, 21), sa), scaled(adapter(m, n, rb, 23), sb), here)
    close(report.tensors[0]!, { m, n, ...expected })
    expect(report.adapter).toMatchObject({ against: 'adapter', layers: 1 })
    expect(report.tensors[0]!.delta!.rank).toBeLessThanOrEqual(ra + rb)
  })

  it('an adapter and itself differ by nothing at all', async () => {
    const file = safetensors(adapter(12, 8, 3))
    const report = await diff(file, file, here)
    expect(report.tensors[0]).toMatchObject({ deltaL2: 0, relative: 0, deltaSpectral: 0 })
    expect(report.tensors[0]!.cosine).toBeCloseTo(1, 14)
  })
})
