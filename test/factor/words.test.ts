/** Words: tokens, co-occurrences, PPMI by hand, vectors of a language whose classes of words are known, documents against scikit-learn. */
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import {
  cooccurrences,
  documentTerms,
  encodeWords,
  GloVe,
  PPMI,
  ppmi,
  SkipGram,
  Topics,
  type TopicsJson,
  tokenize,
  vocabularyOf,
  type WordVectors,
  type WordVectorsJson,
} from '../../src/factor/index.node.js'
import { uniforms } from '../../src/factor/random.js'
import { restorers } from '../../src/factor/registry.js'
import { sparse, svd } from '../../src/linalg/index.js'
import { matmul, memory, tensor } from '../../src/tensor/index.js'
import { hasShared, sharedPath } from '../shared.js'

describe('tokens', () => {
  it.each([
    ['Don’t panic: ÉTÉ 42', ['don’t', 'panic', 'été', '42']],
    ["'Tis rock-'n'-roll -- o'er", ['tis', 'rock', 'n', 'roll', "o'er"]],
    ['日本語 привет नमस्ते', ['日本語', 'привет', 'नमस्ते']],
    ['e\u0301t\u00e9', ['\u00e9t\u00e9']],
    ['', []],
    [' \n!?', []],
    ['soft\u00adhyphen zero\u200bwidth می\u200cخواهم', ['softhyphen', 'zero', 'width', 'می\u200cخواهم']],
  ])('%j', (text, words) => {
    expect(tokenize(text)).toEqual(words)
  })

  it('options: case and pattern', () => {
    expect(tokenize('Ab cD', { lowercase: false })).toEqual(['Ab', 'cD'])
    expect(tokenize('a-b', { pattern: /[a-z]/ })).toEqual(['a', 'b'])
  })
})

describe('co-occurrences', () => {
  const counted = (texts: string[], window: number, weighting: 'flat' | 'harmonic') => {
    const documents = texts.map((text) => text.split(' ').filter(Boolean))
    const vocabulary = vocabularyOf(documents, { minCount: 1 })
    const matrix = cooccurrences(encodeWords(documents, vocabulary), vocabulary.words.length, { window, weighting })
    return (a: string, b: string) => matrix.get(vocabulary.places.get(a)!, vocabulary.places.get(b)!)
  }

  it('within the window, by distance, symmetric, not over the end of a text', () => {
    const flat = counted(['a b c a', 'd a'], 2, 'flat')
    expect([flat('a', 'b'), flat('b', 'a'), flat('a', 'c'), flat('a', 'a'), flat('a', 'd'), flat('c', 'd')]).toEqual([
      2, 2, 2, 0, 1, 0,
    ])
    const harmonic = counted(['a b c a'], 3, 'harmonic')
    expect([harmonic('a', 'b'), harmonic('b', 'c'), harmonic('a', 'a')]).toEqual([1.5, 1, 2 / 3])
  })

  it('words that are too rare are left out before windows are laid', () => {
    const documents = [[...'axbxaxb'].map((letter, i) => (letter === 'x' ? `x${i}` : letter))]
    const vocabulary = vocabularyOf(documents, { minCount: 2 })
    expect(vocabulary.words).toEqual(['a', 'b'])
    expect(cooccurrences(encodeWords(documents, vocabulary), 2, { window: 1, weighting: 'flat' }).get(0, 1)).toBe(3)
  })
})

describe('pmi', () => {
  // Rows sum to 3, 1; columns to 2, 2; all to 4.
  const counts = sparse.coo([2, 2], [0, 0, 1], [0, 1, 1], [2, 1, 1])

  it('by hand', () => {
    const plain = ppmi(counts, { smoothing: 1 })
    expect(plain.get(0, 0)).toBeCloseTo(Math.log((2 * 4) / (3 * 2)), 14)
    expect(plain.get(0, 1)).toBe(0)
    expect(plain.get(1, 1)).toBeCloseTo(Math.log(2), 14)
    expect(plain.nonzeros).toBe(2)
  })

  it('vectors are those of the exact decomposition, not of a few random products', () => {
    // Words at random: the spectrum falls slowly, which is where random products fail.
    const next = uniforms(2)
    const words = Array.from({ length: 4000 }, () => `w${Math.floor(300 * next() ** 2)}`)
    const model = new PPMI({ k: 20, window: 2, minCount: 1 }).fit([words])
    const vocabulary = vocabularyOf([words], { minCount: 1 })
    const matrix = ppmi(
      cooccurrences(encodeWords([words], vocabulary), vocabulary.words.length, { window: 2 }),
    ).toDense()
    const { U, S } = svd(matrix)
    const exact = U.slice(null, { stop: 20 }).mul(S.slice({ stop: 20 }).sqrt())
    expect(model.toJSON().singularValues).toEqual((S.toNested() as number[]).slice(0, 20).map((value) => expect.closeTo(value, 5))) // biome-ignore format: one line
    const grams = [model.vectors, exact].map((rows) => matmul(rows, rows.transpose()).toNested() as number[][])
    grams[0]!.forEach((row, i) => {
      for (const [j, value] of row.entries()) expect(Math.abs(value - grams[1]![i]![j]!)).toBeLessThan(1e-4)
    })
  })

  it('shift and smoothing of contexts', () => {
    const uneven = sparse.coo([2, 2], [0, 0, 1], [0, 1, 1], [9, 1, 6])
    const [a, b] = [9 ** 0.75, 7 ** 0.75]
    expect(ppmi(uneven).get(1, 1)).toBeCloseTo(Math.log((6 * (a + b)) / (6 * b)), 14)
    expect(ppmi(uneven, { shift: 1.2 }).get(1, 1)).toBeCloseTo(Math.log((a + b) / b / 1.2), 14)
    expect(ppmi(counts, { shift: 100 }).nonzeros).toBe(0)
    expect(() => ppmi(sparse.coo([1, 1], [0], [0], [-1]))).toThrow('ppmi: -1 at (0, 0); expected counts from 0 on.')
  })
})

/** Sentences of a language: class by class after a pattern, each word of a class as likely as the others. Words are class and number. */
function language(seed: number, sentences: number, size = 6): string[] {
  const next = uniforms(seed)
  const word = (kind: string): string => `${kind}${Math.floor(next() * size)}`
  const patterns = [
    ['det', 'animal', 'eats', 'food'],
    ['det', 'person', 'drives', 'car'],
    ['person', 'eats', 'food'],
    ['det', 'animal', 'likes', 'animal'],
  ]
  return Array.from({ length: sentences }, () => patterns[Math.floor(next() * patterns.length)]!.map(word).join(' '))
}

const kindOf = (word: string): string => word.replace(/\d+$/, '')

/** Share of words whose 3 nearest are of their class. */
function purity(vectors: WordVectors): number {
  const near = vectors.words.flatMap((word) =>
    vectors.nearest(word, 3).map((other) => kindOf(other.word) === kindOf(word)),
  )
  return near.filter(Boolean).length / near.length
}

const learners: readonly [string, () => WordVectors][] = [
  ['PPMI', () => new PPMI({ k: 8, window: 2, seed: 1 })],
  [
    'PPMI, no eigenvalues, shifted',
    () => new PPMI({ k: 5, window: 2, eigenvalueWeighting: 0, shift: 1.1, weighting: 'flat' }),
  ],
  ['SkipGram', () => new SkipGram({ k: 12, window: 2, subsampling: 0, epochs: 20, learningRate: 0.05 })],
  ['GloVe', () => new GloVe({ k: 12, window: 2, xMax: 10, epochs: 30 })],
]

describe('a language with known classes of words', () => {
  const texts = language(7, 3000)

  it.each(learners)('%s: words of a class are nearest to each other', (_, make) => {
    const vectors = make().fit(texts)
    // GloVe sees no pair that never comes, which tells classes here; drawn at random 0.11 would be of the class.
    expect(purity(vectors)).toBeGreaterThan(vectors.kind === 'glove' ? 0.7 : 0.95)
  })

  it('without the structure there is no class: the words of every sentence shuffled over all', () => {
    const next = uniforms(3)
    const words = texts.join(' ').split(' ')
    const shuffled = words
      .map((word) => [next(), word] as const)
      .sort((a, b) => a[0] - b[0])
      .map(([, word]) => word)
    expect(purity(new PPMI({ k: 8, window: 2 }).fit([shuffled]))).toBeLessThan(0.5)
  })

  it.each(learners)('%s: same seed, same bits; nothing is left behind', (_, make) => {
    const before = memory().tensors
    const run = (): unknown => {
      const vectors = make().fit(texts.slice(0, 300))
      const out = vectors.vectors.toArray()
      vectors.dispose()
      return out
    }
    expect(run()).toEqual(run())
    expect(memory().tensors).toBe(before)
  })

  it.each(learners)('%s: is the same after it was saved', async (_, make) => {
    const vectors = make().fit(texts.slice(0, 300))
    const json = JSON.parse(JSON.stringify(vectors.toJSON())) as WordVectorsJson
    const again = (await restorers.embeddings!())(json, vectors.stateDict()) as WordVectors
    expect(again.nearest('food1', 3)).toEqual(vectors.nearest('food1', 3))
    expect(again.counts).toEqual(vectors.counts)
    expect(again.toJSON()).toEqual(vectors.toJSON())
  })

  it('the score tells what stands together from what does not', () => {
    const vectors = new PPMI({ k: 5, window: 2 }).fit(texts)
    const together = Array.from({ length: 12 }, (_, i) =>
      i < 6 ? `animal${i} animal${(i + 1) % 6}` : `car${i - 6} car${(i + 1) % 6}`,
    )
    const apart = Array.from({ length: 6 }, (_, i) => `animal${i} car${i}`)
    expect(vectors.score(together)).toBeGreaterThan(0)
    expect(vectors.score(apart)).toBeLessThan(0)
    expect(vectors.score(['det0', 'food1'])).toBe(0)
  })

  it('skip-gram learns: its loss falls from that of a coin', () => {
    const model = new SkipGram({ k: 12, window: 2, subsampling: 0, epochs: 10, learningRate: 0.05 })
    model.fit(texts)
    // At the start every score is 0: 6 targets of log 2 each.
    expect(model.losses[0]!).toBeLessThan(6 * Math.log(2))
    expect(model.losses.at(-1)!).toBeLessThan(0.9 * model.losses[0]!)
  })
})

describe('questions', () => {
  const model = new PPMI({ k: 2, minCount: 1 })
  model.fit('king queen man woman king')
  // Vectors by hand: royalty and sex.
  const state = model.stateDict()
  const rows: Record<string, [number, number]> = { king: [1, 1], queen: [1, -1], man: [0.1, 1], woman: [0.1, -1] }
  state.set(
    'vectors',
    tensor(
      model.words.map((word) => rows[word]!),
      { dtype: 'f64' },
    ),
  )
  model.restore({ ...model.toJSON(), k: 2 }, state)

  it('nearest by cosine, by word and by vector', () => {
    expect(model.nearest('king', 1)[0]).toEqual({
      word: 'man',
      similarity: expect.closeTo(1.1 / (Math.SQRT2 * Math.hypot(0.1, 1)), 12),
    })
    expect(model.nearest([1, -0.9], 1)[0]!.word).toBe('queen')
    expect(model.similarity('king', 'queen')).toBeCloseTo(0, 12)
    expect(Array.from(model.vector('WOMAN'))).toEqual([0.1, -1])
  })

  it.each(['3CosAdd', '3CosMul'] as const)('man is to king as woman is to queen, %s', (method) => {
    expect(model.analogy('man', 'king', 'woman', { method })[0]!.word).toBe('queen')
  })

  it('3CosMul by hand', () => {
    const cos = (a: string, b: string): number => (model.similarity(a, b) + 1) / 2
    const score = (cos('queen', 'king') * cos('queen', 'woman')) / (cos('queen', 'man') + 0.001)
    expect(model.analogy('man', 'king', 'woman', { method: '3CosMul' })[0]!.similarity).toBeCloseTo(score, 12)
  })

  it('unknown words are told with near spellings', () => {
    expect(() => model.nearest('womann')).toThrow(
      "nearest: 'womann' is not among the 4 words of the text. Try 'woman'.",
    )
    expect(() => model.analogy('man', 'king', 'zebra')).toThrow(
      "analogy: 'zebra' is not among the 4 words of the text.",
    )
    expect(model.has('__proto__')).toBe(false)
  })

  it('documents are the mean vectors of their words', () => {
    expect(model.documents(['King king queen, king!', 'nobody']).toNested()).toEqual([[1, 0.5], [0, 0]]) // biome-ignore format: one line
    expect(() => model.documents([])).toThrow('PPMI.documents: no texts; expected at least one.')
  })

  it('as an estimator: rows of counts become mean vectors', () => {
    const counts = tensor([model.words.map((word) => (word === 'king' ? 3 : word === 'queen' ? 1 : 0)), [0, 0, 0, 0]])
    const z = model.transform(counts).toNested() as number[][]
    expect(z[0]![0]).toBeCloseTo(1, 6)
    expect(z[0]![1]).toBeCloseTo(0.5, 6)
    expect(z[1]).toEqual([0, 0])
    expect(() => model.fit(counts)).toThrow(
      'PPMI.fit: got a tensor; expected a text, a list of texts, or a list of lists of words.',
    )
  })
})

describe('edges', () => {
  it.each([
    ['PPMI', () => new PPMI({ minCount: 1, k: 3 })],
    ['SkipGram', () => new SkipGram({ minCount: 1, k: 3, epochs: 2 })],
    ['GloVe', () => new GloVe({ minCount: 1, k: 3, epochs: 2 })],
  ] as const)('%s: empty text, one word, one word often', (name, make) => {
    expect(() => make().fit('')).toThrow(`${name}.fit: the text has no words; expected at least one.`)
    expect(() => make().fit([])).toThrow('the text has no words')
    const one = make().fit('word')
    expect(one.words).toEqual(['word'])
    expect(one.nearest('word')).toEqual([])
    for (const value of make().fit('word word word').vector('word')) expect(Number.isFinite(value)).toBe(true)
  })

  it('too rare words, and names of objects', () => {
    expect(() => new PPMI().fit('a few words')).toThrow(
      "PPMI.fit: none of 3 words, such as 'a', comes 5 times. Try a longer text, or a lower minCount.",
    )
    const vectors = new PPMI({ minCount: 1, k: 2 }).fit('constructor __proto__ toString constructor')
    expect(vectors.words[0]).toBe('constructor')
    expect(vectors.vector('tostring')).toHaveLength(2)
  })
})

describe('documents', () => {
  interface Case {
    name: string
    options: object
    terms: string[]
    x: number[][]
    more: number[][]
  }
  const oracle = JSON.parse(readFileSync(new URL('../oracle/factor/documents.json', import.meta.url), 'utf8')) as {
    texts: string[]
    others: string[]
    cases: Case[]
  }

  it.each(oracle.cases)("are as scikit-learn's: $name", ({ options, terms, x, more }) => {
    const found = documentTerms(oracle.texts, options)
    expect(found.terms).toEqual(terms)
    const near = (rows: number[][]): unknown => rows.map((row) => row.map((value) => expect.closeTo(value, 12)))
    expect(found.x.toDense().toNested()).toEqual(near(x))
    expect(documentTerms(oracle.others, options, found).x.toDense().toNested()).toEqual(near(more))
  })

  it('without terms: a sentence', () => {
    expect(() => documentTerms(['a', ''])).toThrow(
      'documentTerms: 2 documents without terms; expected at least one word of two letters.',
    )
    expect(() => documentTerms(['cat'], { stopWords: ['cat'] })).toThrow('documentTerms: 1 documents without terms')
    expect(() => documentTerms([3 as unknown as string])).toThrow(
      'documentTerms: document 0 is number; expected a string.',
    )
  })

  const next = uniforms(4)
  const fields = [
    ['cat', 'dog', 'fish', 'bird'],
    ['bank', 'loan', 'bond', 'fund'],
    ['rain', 'snow', 'wind', 'storm'],
  ]
  const texts = Array.from({ length: 60 }, (_, i) =>
    Array.from({ length: 12 }, () => fields[i % 3]![Math.floor(next() * 4)]!).join(' '),
  )

  it.each(['svd', 'nmf'] as const)('%s: documents about three fields give three topics', (method) => {
    const before = memory().tensors
    const model = new Topics({ method, k: 3 }).fit(texts)
    const z = model.transform(texts).toNested() as number[][]
    if (method === 'nmf') {
      expect(
        model
          .topWords(4)
          .map((words) =>
            words
              .map(({ word }) => word)
              .sort()
              .join(' '),
          )
          .sort(),
      ).toEqual(fields.map((field) => [...field].sort().join(' ')).sort())
    } else expect(model.components.shape).toEqual([3, 12])
    const places = z.map((row) => row.map(Math.abs).indexOf(Math.max(...row.map(Math.abs))))
    expect(new Set(places.map((place, i) => `${place} ${i % 3}`)).size).toBe(3)
    expect(model.score(texts)).toBeGreaterThan(0.5)
    model.dispose()
    expect(memory().tensors - before).toBeLessThanOrEqual(1)
  })

  it.each(['svd', 'nmf'] as const)('%s: is the same after it was saved', async (method) => {
    const model = new Topics({ method, k: 2 }).fit(texts)
    const again = (await restorers.topics!())(
      JSON.parse(JSON.stringify(model.toJSON())) as TopicsJson,
      model.stateDict(),
    ) as Topics
    expect(again.topWords(3)).toEqual(model.topWords(3))
    expect(again.transform(['cat loan', 'unknown']).toNested()).toEqual(
      model.transform(['cat loan', 'unknown']).toNested(),
    )
  })

  it('takes matrices too, whose columns are called as told', () => {
    const x = tensor([
      [2, 0, 1],
      [0, 3, 0],
      [1, 0, 2],
    ])
    expect(new Topics({ k: 2 }).fit(x, ['a', 'b', 'c']).terms).toEqual(['a', 'b', 'c'])
    expect(new Topics({ k: 9, method: 'svd' }).fit(sparse.fromDense(x)).components.shape).toEqual([3, 3])
    expect(() => new Topics().fit(x, ['a'])).toThrow(
      'Topics.fit: terms do not fit; expected 3 words, one for each column.',
    )
  })
})

describe.skipIf(!hasShared)('Shakespeare', () => {
  it('thou goes with its verbs, Romeo with those of his play', () => {
    const text = readFileSync(sharedPath('data', 'text', 'tinyshakespeare.txt'), 'utf8')
    const vectors = new PPMI({ k: 50 }).fit(text)
    expect(vectors.nearest('thou', 10).map(({ word }) => word)).toEqual(expect.arrayContaining(['art', 'wilt']))
    expect(vectors.nearest('romeo', 5).map(({ word }) => word)).toEqual(expect.arrayContaining(['juliet', 'mercutio']))
    expect(vectors.score(text)).toBeGreaterThan(0.03)
  })
})
