/** Which tensors `diff` compares: names, maps, renamings, shape and content. */
import { describe, expect, it } from 'vitest'
import { canonical } from '../../src/weights/diff/names.js'
import { type DiffOptions, type DiffReport, diff } from '../../src/weights/index.node.js'
import { ggufBytes as gguf, string, u32 } from '../checkpoint/ggufBytes.js'
import { hasShared, sharedJson, sharedPath } from '../shared.js'
import { noise, type Stored, safetensors } from './diff-files.js'

const here: DiffOptions = { workers: 0, spectra: 'none' }

/** A file whose tensors have the named shapes, and contents by place and seed. */
function file(names: Readonly<Record<string, readonly number[]>>, seed = 1): Uint8Array {
  const entries = Object.entries(names).map(([name, shape], at): [string, Stored] => [
    name,
    {
      shape,
      values: noise(
        seed + at,
        shape.reduce((a, b) => a * b, 1),
      ),
    },
  ])
  return safetensors(Object.fromEntries(entries))
}

const pairsOf = ({ pairing }: DiffReport): [string, string, string][] =>
  pairing.map(({ name, nameB, by }): [string, string, string] => [name, nameB, by])

describe('canonical names', () => {
  it.each([
    ['module.conv1.weight', 'conv1.weight'],
    ['model.module._orig_mod.conv1.weight', 'conv1.weight'],
    ['_orig_mod.layers._orig_mod.0.weight', 'layers.0.weight'],
    ['transformer.h.0.ln_1.gamma', 'h.0.ln_1.weight'],
    ['bn/beta:0', 'bn.bias'],
    ['/model/encoder/0/weight', 'encoder.0.weight'],
    ['params/Dense_0/kernel', 'Dense_0.weight'],
    ['layers.0.weight_orig', 'layers.0.weight'],
    ['conv.parametrizations.weight.original', 'conv.weight'],
    ['base_model.model.score.modules_to_save.default.weight', 'score.weight'],
    ['blk.3.attn_q.weight', 'layers.3.self_attn.q_proj.weight'],
    ['model.layers.3.self_attn.q_proj.weight', 'layers.3.self_attn.q_proj.weight'],
    ['token_embd.weight', 'embed_tokens.weight'],
    ['bn.moving_variance', 'bn.running_var'],
    ['model.', 'model.'],
    ['', ''],
  ])('%s is %s', (name, key) => expect(canonical(name).key).toBe(key))

  it('ends with hostile names', () => {
    const long = `${'module.'.repeat(50_000)}w`
    expect(canonical(long).key.endsWith('w')).toBe(true)
    expect(canonical('/'.repeat(50_000)).key.length).toBeGreaterThan(0)
  })
})

describe('by names', () => {
  it('the same name comes first, whatever else would fit', async () => {
    const report = await diff(file({ 'module.w': [2], w: [2] }), file({ w: [2], 'module.w': [2] }), here)
    expect(pairsOf(report)).toEqual([
      ['module.w', 'module.w', 'name'],
      ['w', 'w', 'name'],
    ])
  })

  it('wrappers and the words of frameworks, saying which', async () => {
    const a = file({ 'module.bn.weight': [3], 'module.fc.weight': [2, 3] })
    const report = await diff(a, file({ 'bn.gamma': [3], 'model.fc.weight': [2, 3] }), here)
    expect(report.pairing).toMatchObject([
      { name: 'module.bn.weight', nameB: 'bn.gamma', by: 'renaming', how: "a: without 'module.', b: gamma is weight" },
      { nameB: 'model.fc.weight', how: "a: without 'module.', b: without 'model.'" },
    ])
    expect(report).toMatchObject({ onlyA: [], onlyB: [], totals: { deltaL2: 0 } })
  })

  it('a name that two tensors share once renamed pairs neither', async () => {
    const report = await diff(file({ 'module.w': [2], 'model.w': [2] }), file({ w: [2] }), here)
    expect(report).toMatchObject({ pairing: [], onlyA: ['module.w', 'model.w'], onlyB: ['w'] })
  })

  it('a prefix that one side has, where it pairs most', async () => {
    const plain = { 'conv1.weight': [4, 3], 'conv2.weight': [5, 4], 'fc.bias': [7] }
    const prefixed = Object.fromEntries(Object.entries(plain).map(([name, shape]) => [`backbone.body.${name}`, shape]))
    const report = await diff(file(prefixed), file(plain), here)
    expect(report.pairing.map(({ by, how }) => [by, how])).toEqual(
      new Array(3).fill(['renaming', "a: without 'backbone.body.'"]),
    )
    expect(report.totals.deltaL2).toBe(0)
    const back = await diff(file(plain), file(prefixed), here)
    expect(back.pairing[0]!.how).toBe("b: without 'backbone.body.'")
  })

  it('separators that became underscores', async () => {
    const report = await diff(file({ 'layer.0.weight': [3] }), file({ layer_0_weight: [3] }), here)
    expect(report.pairing).toMatchObject([{ by: 'renaming', how: 'the same letters and digits' }])
  })

  it("GGUF's words and their originals'", async () => {
    const report = await diff(
      file({
        'model.embed_tokens.weight': [4, 2],
        'model.layers.0.mlp.down_proj.weight': [2, 3],
        'lm_head.weight': [4, 2],
      }),
      file({ 'token_embd.weight': [4, 2], 'blk.0.ffn_down.weight': [2, 3], 'output.weight': [4, 2] }),
      here,
    )
    expect(pairsOf(report).map(([, name]) => name)).toEqual([
      'token_embd.weight',
      'blk.0.ffn_down.weight',
      'output.weight',
    ])
  })

  it('one name with two shapes is told, with what they have in common', async () => {
    const a = file({ t: [2, 3], s: [4, 1, 1], r: [2, 6], n: [2] })
    const report = await diff(a, file({ t: [3, 2], s: [4], r: [3, 4], n: [3] }), here)
    expect(report.pairing).toEqual([])
    expect(report.shapeChanged.map(({ name, hint }) => [name, hint])).toEqual([
      ['t', 'b may be the transpose; --match shape tries it'],
      ['s', 'the same but for axes of length 1'],
      ['r', 'as many elements in another shape, [2, 6] and [3, 4]'],
      ['n', null],
    ])
  })
})

describe('by a map', () => {
  const a = file({ one: [2], two: [3] })
  const b = file({ eins: [2], zwei: [3] })

  it('from a to b, or from b to a', async () => {
    const pairs = [
      ['one', 'eins', 'map'],
      ['two', 'zwei', 'map'],
    ]
    expect(pairsOf(await diff(a, b, { ...here, map: { one: 'eins', two: 'zwei' } }))).toEqual(pairs)
    const turned = await diff(a, b, { ...here, map: { eins: 'one', zwei: 'two' } })
    expect(pairsOf(turned)).toEqual(pairs)
    expect(turned.pairing[0]!.how).toBe('the map, from b to a')
  })

  it('comes before equal names', async () => {
    const report = await diff(file({ x: [2], y: [2] }), file({ x: [2], y: [2] }, 1), {
      ...here,
      map: { x: 'y', y: 'x' },
    })
    expect(pairsOf(report)).toEqual([
      ['x', 'y', 'map'],
      ['y', 'x', 'map'],
    ])
    expect(report.totals.changed).toBe(4)
  })

  it('tells entries that name nothing, and refuses a map that is all of them', async () => {
    const report = await diff(a, b, { ...here, map: { one: 'eins', three: 'drei' } })
    expect(report.warnings).toEqual(["1 entry of the map name no tensor on one side: 'three' to 'drei'"])
    await expect(diff(a, b, { ...here, map: { x: 'y' } })).rejects.toThrow(
      "--map: none of its 1 entry names a tensor of a and one of b; the first is 'x' to 'y', a begins with 'one' and b with 'eins'.",
    )
  })

  it.skipIf(!hasShared)('silero: ONNX and safetensors', async () => {
    const path = (name: string): string => sharedPath('data', 'checkpoints', name)
    const map = sharedJson<Record<string, string>>('data', 'reference', 'silero-namemap.json')
    const report = await diff(path('silero_vad_v6.2.1_16k_op15.onnx'), path('silero_vad_v6.2.1_16k.safetensors'), {
      ...here,
      map,
    })
    expect(report.pairing).toHaveLength(15)
    expect(report.onlyB).toEqual([])
  })
})

describe('by shape and content', () => {
  const match = { ...here, match: 'shape' } as const
  const shapes = { a: [6, 4], b: [6, 4], c: [4, 6], d: [5] }
  const names = ['a', 'b', 'c', 'd'] as const

  /** The tensors of `file(shapes)`, a little moved, under other names. */
  const moved = (order: readonly (typeof names)[number][], by = 0.01): Uint8Array =>
    safetensors(
      Object.fromEntries(
        order.map((name) => {
          const at = names.indexOf(name)
          const shape = shapes[name]
          const values = noise(
            1 + at,
            shape.reduce((x, y) => x * y, 1),
          ).map((x, i) => x * (1 + by * (i % 3)))
          return [`other.${at}`, { shape, values }]
        }),
      ),
    )

  it('finds what belongs together', async () => {
    const report = await diff(file(shapes), moved(['c', 'd', 'b', 'a']), match)
    expect(pairsOf(report).toSorted()).toEqual([
      ['a', 'other.0', 'content'],
      ['b', 'other.1', 'content'],
      ['c', 'other.2', 'content'],
      ['d', 'other.3', 'content'],
    ])
    expect(report.pairing.every(({ ambiguous, transposed }) => !ambiguous && !transposed)).toBe(true)
    const first = report.pairing.find(({ name }) => name === 'a')!
    expect(first.how).toBe('the closest contents of this shape')
    expect(first.distance).toBeLessThan(0.03)
    expect(first.runnerUp).toBeGreaterThan(0.5)
    expect(report.pairing.find(({ name }) => name === 'd')!.how).toBe('the only tensors of this shape')
  })

  it('is not asked for by default', async () => {
    const report = await diff(file(shapes), moved(['a', 'b', 'c', 'd']), here)
    expect(report).toMatchObject({ pairing: [], onlyA: ['a', 'b', 'c', 'd'] })
  })

  it('sees transposes, under the same name and under others', async () => {
    const [m, n] = [6, 4]
    const values = noise(9, m * n)
    const turned = Float32Array.from({ length: m * n }, (_, at) => values[(at % m) * n + Math.floor(at / m)]!)
    const one = safetensors({ w: { shape: [m, n], values } })
    for (const name of ['w', 'kernel_of_w']) {
      const report = await diff(one, safetensors({ [name]: { shape: [n, m], values: turned } }), match)
      expect(report.pairing).toMatchObject([{ name: 'w', nameB: name, by: 'content', transposed: true, distance: 0 }])
      expect(report.tensors).toMatchObject([{ shape: [m, n], changed: 0, deltaL2: 0 }])
    }
    const other = await diff(one, safetensors({ w: { shape: [n, m], values: noise(77, m * n) } }), match)
    expect(other).toMatchObject({ pairing: [], shapeChanged: [{ name: 'w' }] })
  })

  it('tells a guess: equal contents, and contents that have nothing in common', async () => {
    const zeros = { shape: [4], values: [0, 0, 0, 0] }
    const report = await diff(safetensors({ p: zeros, q: zeros }), safetensors({ r: zeros, s: zeros }), match)
    expect(pairsOf(report)).toEqual([
      ['p', 'r', 'content'],
      ['q', 's', 'content'],
    ])
    expect(report.pairing.every(({ ambiguous }) => ambiguous)).toBe(true)
    expect(report.warnings).toEqual([
      '2 pairs found by content are guesses: another tensor of the shape is nearly as close (pairing has ambiguous: true).',
    ])
    const strangers = await diff(file({ p: [50], q: [50] }, 1), file({ r: [50], s: [50] }, 100), match)
    expect(strangers.pairing.map(({ ambiguous }) => ambiguous)).toEqual([true, true])
  })

  it('leaves what has no partner', async () => {
    const report = await diff(file({ a: [4], b: [4], lone: [3] }), file({ x: [4] }), match)
    expect(report.pairing).toHaveLength(1)
    expect(report).toMatchObject({ onlyA: ['b', 'lone'], onlyB: [] })
  })
})

describe("LLaMA's heads in a GGUF", () => {
  const [heads, keys, size, columns] = [4, 2, 6, 5]
  const q = noise(1, heads * size * columns)
  const k = noise(2, keys * size * columns)
  /** As llama.cpp's converter does: halves of each head row by row in turn. */
  const permuted = (x: Float32Array, count: number): Float32Array => {
    const rows = Array.from({ length: count * size }, (_, at) => {
      const [head, i, j] = [Math.floor(at / size), Math.floor((at % size) / 2), at % 2]
      return head * size + j * (size / 2) + i
    })
    return Float32Array.from(rows.flatMap((row) => [...x.subarray(row * columns, (row + 1) * columns)]))
  }
  const original = safetensors({
    'model.layers.0.self_attn.q_proj.weight': { shape: [heads * size, columns], values: q },
    'model.layers.0.self_attn.k_proj.weight': { shape: [keys * size, columns], values: k },
  })
  const file = (architecture: string, change: boolean): Uint8Array => {
    const [one, other] = change ? [permuted(q, heads), permuted(k, keys)] : [q, k]
    const first = one.byteLength + ((32 - (one.byteLength % 32)) % 32)
    const data = new Uint8Array(first + other.byteLength)
    data.set(new Uint8Array(one.buffer))
    data.set(new Uint8Array(other.buffer), first)
    return gguf({
      metadata: [
        ['general.architecture', string(architecture)],
        [`${architecture}.attention.head_count`, u32(heads)],
        [`${architecture}.attention.head_count_kv`, u32(keys)],
      ],
      tensors: [
        { name: 'blk.0.attn_q.weight', dims: [columns, heads * size], type: 0, offset: 0 },
        { name: 'blk.0.attn_k.weight', dims: [columns, keys * size], type: 0, offset: first },
      ],
      data,
    })
  }

  it('are compared in one order of rows, in both directions, and it is told', async () => {
    for (const [a, b, side] of [
      [original, file('llama', true), 'a'],
      [file('llama', true), original, 'b'],
    ] as const) {
      const report = await diff(a, b, { ...here, spectra: 'exact' })
      expect(report.totals).toMatchObject({ tensors: 2, changed: 0, deltaL2: 0 })
      expect(report.tensors[0]!.delta!.shape[1]).toBe(columns)
      expect(report.pairing[0]!.how).toMatch(/rows in GGUF's order$/)
      expect(report.warnings).toEqual([
        `The rows of 2 query and key weights of ${side} were compared in GGUF's order, in which llama.cpp stores LLaMA's heads.`,
      ])
    }
  })

  it('stay as they are where the order is the same, or the architecture another', async () => {
    expect((await diff(original, file('llama', false), here)).totals.deltaL2).toBe(0)
    expect((await diff(original, file('qwen2', true), here)).totals.deltaL2).toBeGreaterThan(1)
  })
})
