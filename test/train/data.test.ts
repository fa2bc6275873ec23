import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { Generator, memory, randn, scope, type Tensor, tensor } from '../../src/tensor/index.node.js'
import {
  BytesDataset,
  classWeights,
  DataLoader,
  type Dataset,
  fitNormalization,
  gaussianNoise,
  idxDataset,
  kFold,
  Normalization,
  randomCrop,
  randomHorizontalFlip,
  readCsv,
  readIdx,
  split,
  subset,
  TensorDataset,
  TextDataset,
  tableDataset,
  vocabulary,
} from '../../src/train/index.node.js'

/** n examples whose input is their number, in classes of the counts given. */
function numbered(counts: readonly number[]): TensorDataset {
  const labels = counts.flatMap((count, c) => new Array<number>(count).fill(c))
  return new TensorDataset(tensor(Float32Array.from(labels, (_, i) => i), { shape: [labels.length, 1] }), tensor(Int32Array.from(labels)), { classes: counts.map((_, c) => `c${c}`) }) // biome-ignore format: one line
}
const all = async (data: Dataset): Promise<number[]> => {
  const { input, target } = await data.batch(Int32Array.from({ length: data.length }, (_, i) => i))
  const values = Array.from(input.toArray())
  input.dispose()
  target.dispose()
  return values
}
const idx = (magic: number[], sizes: number[], bytes: ArrayLike<number>): Uint8Array =>
  Uint8Array.from([...magic, ...sizes.flatMap((n) => [n >>> 24, (n >>> 16) & 255, (n >>> 8) & 255, n & 255]), ...Array.from(bytes)]) // biome-ignore format: one line

describe('IDX', () => {
  const images = idx([0, 0, 8, 3], [2, 1, 2], [0, 51, 102, 255])
  const labels = idx([0, 0, 8, 1], [2], [1, 0])

  it('images and labels, plain and packed', async () => {
    for (const pack of [
      (x: Uint8Array) => x,
      (x: Uint8Array) => new Uint8Array(gzipSync(x)),
      (x: Uint8Array) => new Blob([x as BlobPart]),
    ]) {
      // biome-ignore format: one line
      const data = await idxDataset(pack(images), pack(labels))
      expect([data.length, data.inputShape, data.classes]).toEqual([2, [1, 1, 2], ['0', '1']])
      const { input, target } = data.batch(Int32Array.of(1, 0))
      expect(Array.from(input.toArray())).toEqual([0.4, 1, 0, 0.2].map(Math.fround))
      expect(Array.from(target.toArray())).toEqual([0, 1])
    }
    expect(await readIdx(idx([0, 0, 11, 1], [2], [255, 254, 1, 0]))).toEqual({ shape: [2], data: Int16Array.of(-2, 256) }) // biome-ignore format: one line
  })

  const packed = new Uint8Array(gzipSync(images))
  it.each<[string, Uint8Array, RegExp]>([
    ['nothing', new Uint8Array(0), /^'x' is no IDX file: it starts with nothing; expected 00 00/],
    ['another magic number', idx([1, 2, 3, 4], [], []), /^'x' is no IDX file: it starts with 01 02 03 04; expected 00 00, a type, and the number of axes\.$/], // biome-ignore format: one line
    ['a header cut off', images.slice(0, 9), /^'x' ends after 9 bytes, within its header of 16\.$/],
    ['a plain file cut off', images.slice(0, -1), /^'x' has 3 bytes after its header; \[2, 1, 2\] of u8 takes 4\.$/],
    ['more than it announces', idx([0, 0, 8, 1], [1], [1, 2]), /^'x' has 2 bytes after its header; \[1\] of u8 takes 1\.$/], // biome-ignore format: one line
    ['sizes beyond memory', idx([0, 0, 8, 3], [2 ** 31, 2 ** 31, 2 ** 31], []), /^'x' announces \[.*\], which is more than 4 GiB\.$/], // biome-ignore format: one line
    ['a packed file cut off', packed.slice(0, -9), /^'x' cannot be unpacked: the gzip file is damaged or truncated\.$/],
    ['a packed file that announces more', new Uint8Array(gzipSync(idx([0, 0, 8, 1], [100], [1]))), /^'x' unpacks to 9 bytes; it announces 108\.$/], // biome-ignore format: one line
    ['a packed file that cannot hold what it announces', new Uint8Array(gzipSync(idx([0, 0, 8, 1], [2 ** 31], [1]))), /^'x' announces 2147483656 bytes, which its \d+ packed bytes cannot hold\.$/], // biome-ignore format: one line
    ['a packed file with more behind', new Uint8Array(gzipSync(idx([0, 0, 8, 1], [1], new Uint8Array(99)))), /^'x' unpacks to more than the 9 bytes that it announces\.$/], // biome-ignore format: one line
  ])('%s is one clear sentence', async (_, bytes, message) => {
    await expect(readIdx(bytes, 'x')).rejects.toThrow(message)
  })

  it('counts, labels and shapes that do not fit', async () => {
    const names = ['a', 'b'] as const
    await expect(idxDataset(images, idx([0, 0, 8, 1], [3], [1, 0, 0]), { names })).rejects.toThrow("'b' has 3 labels for 2 images in 'a'.") // biome-ignore format: one line
    await expect(idxDataset(images, idx([0, 0, 8, 1], [2], [1, 7]), { names, classes: ['x', 'y'] })).rejects.toThrow("'b' has label 7 at index 1; expected 0 to 1.") // biome-ignore format: one line
    await expect(idxDataset(labels, labels, { names })).rejects.toThrow("'a' holds [2]; expected images: bytes [count, height, width].") // biome-ignore format: one line
    await expect(idxDataset(images, images, { names })).rejects.toThrow("'b' holds [2, 1, 2]; expected labels: bytes [count].") // biome-ignore format: one line
  })
})

describe('parts', () => {
  it('split covers all once, in the shares asked for, and stratified each class', async () => {
    const data = numbered([50, 30, 7])
    for (const options of [{}, { seed: 3 }, { stratified: true }, { stratified: true, seed: 3 }, { shuffle: false }]) {
      const parts = split(data, [0.6, 0.3, 0.1], options)
      expect(parts.map(({ length }) => length)).toEqual([52, 26, 9])
      expect((await Promise.all(parts.map(all))).flat().sort((a, b) => a - b)).toEqual(Array.from({ length: 87 }, (_, i) => i)) // biome-ignore format: one line
      expect(await all(split(data, [0.6, 0.3, 0.1], options)[1]!)).toEqual(await all(parts[1]!))
      if (!options.stratified) continue
      for (const [i, share] of [0.6, 0.3, 0.1].entries())
        for (const [c, count] of [50, 30, 7].entries()) {
          const found = parts[i]!.labels()!.filter((label) => label === c).length
          expect(Math.abs(found - share * count)).toBeLessThanOrEqual(1.5)
        }
    }
    expect(await all(split(data, [80, 7], { shuffle: false })[1]!)).toEqual([80, 81, 82, 83, 84, 85, 86])
  })

  it('folds: each example is once in validation; stratified folds differ by one of a class at most', () => {
    const data = numbered([10, 7, 6])
    for (const options of [{}, { stratified: true }, { shuffle: false }]) {
      const folds = kFold(data, 5, options)
      const seen = folds.flatMap(({ validation }) => Array.from(validation.indices)).sort((a, b) => a - b)
      expect(seen).toEqual(Array.from({ length: 23 }, (_, i) => i))
      for (const { train, validation } of folds) {
        expect(train.length + validation.length).toBe(23)
        expect([4, 5]).toContain(validation.length)
        if ('stratified' in options)
          for (const [c, count] of [10, 7, 6].entries()) {
            const found = validation.labels()!.filter((label) => label === c).length
            expect([Math.floor(count / 5), Math.ceil(count / 5)]).toContain(found)
          }
      }
    }
  })

  it('what cannot be says so', () => {
    const data = numbered([4, 0, 3])
    expect(() => split(data, [0.5, 0.4])).toThrow('split: shares 0.5, 0.4; expected positive ones that add up to 1, or counts that add up to 7.') // biome-ignore format: one line
    expect(() => split(data, [0.99, 0.01])).toThrow('split: share 0.01 of 7 examples is none. Try a larger share.')
    expect(() => kFold(data, 8)).toThrow('kFold: k = 8; expected a whole number from 2 to 7, the number of examples.')
    expect(() => kFold(data, 4, { stratified: true })).toThrow("kFold: class 'c2' has 3 examples, fewer than 4 folds. Try a smaller k, or stratified: false.") // biome-ignore format: one line
    expect(() => subset(data, [0, 7])).toThrow('Subset: there is no example 7; expected 0 to 6.')
    expect(() => classWeights(data)).toThrow("classWeights: class 1 ('c1') has no examples, so its balanced weight is infinite.") // biome-ignore format: one line
    expect(() => new TensorDataset(tensor([[1]]), tensor(Int32Array.of(-1)))).toThrow('TensorDataset: the label of example 0 is -1; expected 0 to the number of classes - 1.') // biome-ignore format: one line
    expect(() => new TensorDataset(tensor([[1]]), tensor([1, 2]))).toThrow('TensorDataset: inputs f32[1, 1] and targets f32[2]') // biome-ignore format: one line
    expect(() => new BytesDataset(new Uint8Array(5), [2], Int32Array.of(0, 1))).toThrow('BytesDataset: 5 bytes for 2 labels and inputs of 2; expected 4.') // biome-ignore format: one line
  })

  it('balanced weights are n / (k n_c)', () => {
    expect(Array.from(classWeights(numbered([1, 3, 4])).toArray())).toEqual([8 / 3, 8 / 9, 8 / 12].map(Math.fround))
  })
})

describe('DataLoader', () => {
  const inputs = async (loader: DataLoader, count: number): Promise<number[][]> => {
    const seen: number[][] = []
    for (let i = 0; i < count; i++) {
      const { input, target } = await loader.next()
      seen.push(Array.from(input.toArray()))
      input.dispose()
      target.dispose()
    }
    return seen
  }
  /** The same examples, after a while. */
  const slow = (data: TensorDataset): Dataset => ({
    length: data.length,
    inputShape: data.inputShape,
    targetShape: data.targetShape,
    classes: data.classes,
    labels: () => data.labels(),
    batch: async (indices) => {
      await new Promise((resolve) => setTimeout(resolve, (indices[0]! * 7) % 5))
      return data.batch(indices)
    },
  })
  const noisy = { batchSize: 4, shuffle: true, seed: 5, augment: gaussianNoise(0.5) }

  it('covers each epoch once, in another order each time, and the last batch is smaller or left out', async () => {
    const data = numbered([6, 4])
    const loader = new DataLoader(data, { batchSize: 4, shuffle: true })
    const [first, second] = [await inputs(loader, 3), await inputs(loader, 3)]
    for (const epoch of [first, second]) expect(epoch.flat().sort((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]) // biome-ignore format: one line
    expect(first.map(({ length }) => length)).toEqual([4, 4, 2])
    expect(second).not.toEqual(first)
    const dropping = new DataLoader(data, { batchSize: 4, dropLast: true })
    expect([dropping.batchesPerEpoch, dropping.examplesPerEpoch]).toEqual([2, 8])
    expect(await inputs(dropping, 3)).toEqual([[0, 1, 2, 3], [4, 5, 6, 7], [0, 1, 2, 3]]) // biome-ignore format: batches
  })

  it('gives the same with and without prefetching, and from any place', async () => {
    const data = numbered([6, 4])
    const expected = await inputs(new DataLoader(data, noisy), 9)
    for (const prefetch of [0, 1, 2, 7]) expect(await inputs(new DataLoader(slow(data), { ...noisy, prefetch }), 9)).toEqual(expected) // biome-ignore format: one line
    for (let at = 0; at < 9; at++) {
      const loader = new DataLoader(slow(data), noisy)
      await inputs(loader, at)
      const state = JSON.parse(JSON.stringify(loader.state()))
      loader.close()
      const next = new DataLoader(data, noisy)
      await inputs(next, 2)
      next.restore(state)
      expect(await inputs(next, 9 - at), `from batch ${at}`).toEqual(expected.slice(at))
    }
  })

  it('leaves no tensor behind', async () => {
    const data = numbered([6, 4])
    const loader = new DataLoader(data, noisy)
    await inputs(loader, 1)
    const before = memory().tensors
    await inputs(loader, 20)
    expect(memory().tensors).toBe(before)
  })

  it('says what it cannot do', async () => {
    const data = numbered([2])
    expect(() => new DataLoader(data, { batchSize: 0 })).toThrow('DataLoader: batchSize = 0; expected a whole number of at least 1.') // biome-ignore format: one line
    expect(() => new DataLoader(data, { batchSize: 3, dropLast: true })).toThrow('DataLoader: 2 examples make no batch of 3, and dropLast leaves out smaller ones. Try a batchSize of at most 2.') // biome-ignore format: one line
    expect(() => new DataLoader(subset(data, []))).toThrow('DataLoader: the data set has no examples.')
    expect(() => new DataLoader(data, { order: () => Int32Array.of(0, 9) })).toThrow('DataLoader: the order names example 9; expected 0 to 1.') // biome-ignore format: one line
    expect(() => new DataLoader(data).restore({ epoch: 0, batch: 4, generator: [0, 0, 0] })).toThrow(/^DataLoader: cannot go on at batch 4 of epoch 0; an epoch has 1 batches\./) // biome-ignore format: one line
  })
})

describe('augmentation', () => {
  const images = (): Tensor =>
    tensor(
      Float32Array.from({ length: 2 * 9 }, (_, i) => i + 1),
      { shape: [2, 1, 3, 3] },
    )

  it('mirrors all, or none', () => {
    expect(Array.from(randomHorizontalFlip(1)(images(), new Generator(0)).toArray()).slice(0, 9)).toEqual([3, 2, 1, 6, 5, 4, 9, 8, 7]) // biome-ignore format: one line
    expect(Array.from(randomHorizontalFlip(0)(images(), new Generator(0)).toArray())).toEqual(Array.from(images().toArray())) // biome-ignore format: one line
  })

  it('crops are moved images with zeros, and all moves occur', () => {
    const seen = new Set<string>()
    const [, ...rest] = Array.from({ length: 200 }, (_, seed) => Array.from(randomCrop(1)(images(), new Generator(seed)).toArray()).slice(0, 9)) // biome-ignore format: one line
    const moved = (down: number, right: number): number[] =>
      Array.from({ length: 9 }, (_, i) => {
        const [row, column] = [Math.floor(i / 3) + down, (i % 3) + right]
        return row < 0 || row > 2 || column < 0 || column > 2 ? 0 : 3 * row + column + 1
      })
    const possible = [-1, 0, 1].flatMap((down) => [-1, 0, 1].map((right) => moved(down, right).join()))
    for (const one of rest) {
      expect(possible).toContain(one.join())
      seen.add(one.join())
    }
    expect(seen.size).toBe(9)
  })

  it('noise has the deviation asked for', () => {
    scope(() => {
      const noise = gaussianNoise(0.25)(randn([100, 100]).mul(0), new Generator(1))
      expect(noise.square().mean().sqrt().item()).toBeCloseTo(0.25, 2)
    })
  })
})

describe('normalization', () => {
  const rows = [[1, 10, 5], [3, 30, 5], [5, 20, 5], [7, 80, 5]] // biome-ignore format: a matrix
  const train = (): TensorDataset => new TensorDataset(tensor(rows), tensor(Int32Array.of(0, 1, 0, 1)))

  it('standard: mean 0 and deviation 1, by the training part; constant columns are told and become 0', async () => {
    const normalization = await fitNormalization(train())
    expect(normalization.constant).toEqual([2])
    const out = await all(normalization.of(train()))
    for (const column of [0, 1]) {
      const values = out.filter((_, i) => i % 3 === column)
      expect(values.reduce((a, b) => a + b)).toBeCloseTo(0, 5)
      expect(Math.hypot(...values) / 2).toBeCloseTo(1, 5)
    }
    expect(out.filter((_, i) => i % 3 === 2)).toEqual([0, 0, 0, 0])
    // Another part is moved by the training part's figures: 4 -> 0, 10 -> 6 / sqrt(5).
    const other = new TensorDataset(tensor([[4, 35, 6], [10, 35, 5]]), tensor(Int32Array.of(0, 1))) // biome-ignore format: one line
    expect((await all(normalization.of(other)))[0]).toBeCloseTo(0, 6)
    expect((await all(normalization.of(other)))[3]).toBeCloseTo(6 / Math.sqrt(5), 5)
    expect(await all(Normalization.fromJSON(JSON.parse(JSON.stringify(normalization))).of(train()))).toEqual(out)
  })

  it('tells its effect', async () => {
    const normalization = await fitNormalization(subset(train(), [0, 1, 2, 3]), { kind: 'minmax' })
    const out = await all(normalization.of(train()))
    expect(Math.min(...out)).toBe(0)
    expect(Math.max(...out)).toBe(1)
    const effect = await normalization.effect(train())
    const difference = Math.hypot(...out.map((value, i) => value - rows.flat()[i]!))
    expect(effect.difference).toBeCloseTo(difference, 4)
    expect(effect.relative).toBeCloseTo(difference / Math.hypot(...rows.flat()), 5)
    expect(effect).toMatchObject({ examples: 4, constant: [2], conditionAfter: Infinity })
    expect(effect.conditionBefore).toBeGreaterThan(1)
    const plain = new TensorDataset(tensor(rows.map((row) => row.slice(0, 2))), tensor(Int32Array.of(0, 1, 0, 1)))
    const better = await (await fitNormalization(plain)).effect(plain)
    expect(better.conditionAfter).toBeLessThan(better.conditionBefore)
  })

  it('whitening leaves the identity as covariance', async () => {
    const x = scope(() => randn([500, 3], { generator: new Generator(2) }).matmul(tensor([[2, 1, 0], [0, 1, 0.5], [0, 0, 0.1]]))) // biome-ignore format: one line
    const data = new TensorDataset(x, tensor(new Int32Array(500)))
    const normalization = await fitNormalization(data, { kind: 'whiten' })
    const { input } = await normalization.of(data).batch(Int32Array.from({ length: 500 }, (_, i) => i))
    const covariance = input.transpose().matmul(input).div(500).toArray()
    for (let i = 0; i < 9; i++) expect(covariance[i]).toBeCloseTo(i % 4 === 0 ? 1 : 0, 3)
    expect((await normalization.effect(data)).conditionAfter).toBeLessThan(1.01)
  })

  it('by channel, and what cannot be', async () => {
    const images = new TensorDataset(tensor([[[1, 3], [10, 10]], [[5, 7], [20, 20]]]), tensor(Int32Array.of(0, 1))) // biome-ignore format: one line
    const byChannel = await fitNormalization(images, { per: 'channel' })
    expect(Array.from(byChannel.shift.toArray())).toEqual([4, 15])
    expect(byChannel.scale.toArray()[0]).toBeCloseTo(Math.sqrt(5), 6)
    await expect(fitNormalization(train(), { per: 'channel' })).rejects.toThrow("fitNormalization: inputs [3] have no channels. Try per: 'feature'.") // biome-ignore format: one line
    await expect(fitNormalization(new TensorDataset(tensor([[1], [Number.NaN]]), tensor(Int32Array.of(0, 1))))).rejects.toThrow('fitNormalization: input 0 of example 1 is NaN; expected finite numbers.') // biome-ignore format: one line
  })
})

describe('tables as examples', () => {
  const csv = (text: string) => readCsv({ text }, { name: 't.csv' })

  it('truth values are 0 and 1, and classes as a target; times and text are refused; NaN is as missing', async () => {
    const data = tableDataset(await csv('size,ok,good\n1,true,False\n2,false,True\n'))
    expect(data.encoding.featureNames).toEqual(['size', 'ok'])
    expect(await all(data)).toEqual([1, 1, 2, 0])
    expect([data.classes, Array.from(data.labels()!)]).toEqual([
      ['false', 'true'],
      [0, 1],
    ])
    const dated = await csv('when,y\n2026-01-01,1.5\n2026-01-02,2\n')
    expect(() => tableDataset(dated)).toThrow("tableDataset: 'when' of 't.csv' holds times (dates), which say little as numbers; expected numbers, categories or truth values. Leave it out of the features, or read it as words with types: categorical.") // biome-ignore format: one line
    const many = await csv(`name,y\n${Array.from({ length: 60 }, (_, i) => `n${i},${i}.5`).join('\n')}\n`)
    expect(() => tableDataset(many)).toThrow(/^tableDataset: 'name' of 't.csv' holds text, words that hardly repeat;/)
    const holes = await csv('x,y\n1,1.5\nnan,2.5\n,3.5\n4,4.5\n')
    expect(() => tableDataset(holes)).toThrow("'t.csv' line 3: column 'x' has the value NaN. Try missing: 'drop'")
    expect(await all(tableDataset(holes, { missing: 'drop' }))).toEqual([1, 4])
  })

  it('numbers as they are, words as a one among zeros; classes in order', async () => {
    const data = tableDataset(await csv('size,colour,kind\n1.5,red,b\n2,blue,a\n-3,red,a\n'))
    expect(data.encoding.featureNames).toEqual(['size', 'colour=blue', 'colour=red'])
    expect(data.classes).toEqual(['a', 'b'])
    expect(await all(data)).toEqual([1.5, 0, 1, 2, 1, 0, -3, 0, 1])
    expect(Array.from(data.labels()!)).toEqual([1, 0, 0])
    const other = tableDataset(await csv('kind,colour,size\nb,blue,9\n'), { encoding: data.encoding })
    expect(await all(other)).toEqual([9, 1, 0])
    expect(() => tableDataset({ ...{ name: 't', rows: 0, columns: [], lineOf: () => 0 } }, { encoding: data.encoding })).toThrow("tableDataset: 't' has no column 'kind'") // biome-ignore format: one line
    await expect(csv('kind,colour,size\nb,green,9\n').then((t) => tableDataset(t, { encoding: data.encoding }))).rejects.toThrow("'t.csv' line 2, column 'colour': 'green' is not among the 2 values of the training part.") // biome-ignore format: one line
  })

  it('what the target is follows from its values', async () => {
    const numbers = Array.from({ length: 40 }, (_, i) => i)
    const table = (value: (i: number) => unknown) => csv(`x,y\n${numbers.map((i) => `${i},${value(i)}`).join('\n')}\n`)
    expect(tableDataset(await table((i) => i % 3)).classes).toEqual(['0', '1', '2'])
    expect(tableDataset(await table((i) => i / 3)).classes).toBeNull()
    expect(tableDataset(await table((i) => i / 3)).targetShape).toEqual([1])
    expect(tableDataset(await table((i) => i)).classes).toBeNull()
    expect(tableDataset(await table((i) => i % 3), { task: 'numbers' }).classes).toBeNull()
  })

  it('missing values are an error with their line, or left out', async () => {
    const table = await csv('x,y\n1,a\n\n,b\n3,a\n')
    expect(() => tableDataset(table)).toThrow("'t.csv' line 4: column 'x' has no value. Try missing: 'drop' to leave such rows out.") // biome-ignore format: one line
    expect(await all(tableDataset(table, { missing: 'drop' }))).toEqual([1, 3])
    expect(() => tableDataset(table, { target: 'z' })).toThrow("tableDataset: 't.csv' has no column 'z'; it has 2 columns: 'x', 'y'.") // biome-ignore format: one line
    await expect(csv('x,y\n1e60,a\n1,b\n').then((t) => tableDataset(t))).rejects.toThrow("'t.csv' line 2, column 'x': 1e+60 is too large for f32; expected finite numbers.") // biome-ignore format: one line
  })
})

describe('text', () => {
  it('windows and what follows them', () => {
    const words = vocabulary('hello')
    expect(words.tokens).toEqual(['e', 'h', 'l', 'o'])
    const data = new TextDataset(words.encode('hellohello'), words, { window: 3 })
    expect(data.length).toBe(3)
    const { input, target } = data.batch(Int32Array.of(0, 2))
    expect(words.decode(input.toArray())).toBe('helell')
    expect(words.decode(target.toArray())).toBe('ellllo')
    expect(new TextDataset(words.encode('hello'), words, { window: 3, stride: 1 }).length).toBe(2)
    expect(() => words.encode('help')).toThrow("vocabulary: character 'p' (number 3 of the text) is not among its 4. Try a vocabulary of bytes, which has all.") // biome-ignore format: one line
    expect(() => new TextDataset(words.encode('hel'), words, { window: 3 })).toThrow('TextDataset: the text has 3 tokens; a window of 3 takes 4.') // biome-ignore format: one line
    const bytes = vocabulary('', 'bytes')
    expect(bytes.decode(bytes.encode('né😀'))).toBe('né😀')
  })
})
