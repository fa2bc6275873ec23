/** `normball factor` as a process of its own: every method on small tables, models saved and applied, pictures, mistakes. */
import type { ChildProcess } from 'node:child_process'
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { decode as decodePng, encode as encodePng } from 'fast-png'
import jpeg from 'jpeg-js'
import { describe, expect, it } from 'vitest'
import { run, temporaryFolder } from './run.js'

const folder = temporaryFolder()
const at = (name: string): string => join(folder, name)
const write = (name: string, text: string): string => {
  writeFileSync(at(name), text)
  return at(name)
}

/** Numbers from -0.5 to 0.5 that every machine has alike. */
function numbers(seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return state / 2 ** 32 - 0.5
  }
}

/** 60 rows in two classes, 4 columns of rank 2 and a little noise; the second table shares the first direction. */
function tables(): { first: string; second: string } {
  const next = numbers(1)
  const [first, second] = [['a,b,c,d,kind'], ['u,v,w']]
  for (let i = 0; i < 60; i++) {
    const [z, w] = [next() * 4 + (i % 2) * 8, next() * 4]
    const cells = [z + w, z - w, 2 * z + 0.5 * w, w].map((one) => (one + 20 + 0.1 * next()).toFixed(6))
    first.push([...cells, i % 2 === 0 ? 'low' : 'high'].join(','))
    second.push([100 * z + next(), next(), next()].map((one) => one.toFixed(6)).join(','))
  }
  return { first: write('first.csv', `${first.join('\n')}\n`), second: write('second.csv', `${second.join('\n')}\n`) }
}

const { first, second } = tables()
const ratings = (() => {
  const next = numbers(5)
  const lines = ['user,item,rating']
  for (let user = 0; user < 25; user++)
    for (let item = 0; item < 20; item++)
      if (next() > -0.2) lines.push(`u${user},i${item},${Math.round(3 + 2 * Math.sin(user + item) + next())}`)
  return write('ratings.csv', `${lines.join('\n')}\n`)
})()
const book = write('book.txt', Array.from({ length: 40 }, (_, i) => `The ${['king', 'queen'][i % 2]} rules the ${['land', 'castle', 'garden'][i % 3]} and the ${['people', 'horses'][i % 2]} follow.`).join('\n\n')) // biome-ignore format: one line

/** Of the contract; what a method does not have is null. */
const keys = ['method', 'k', 'rows', 'columns', 'explainedVarianceRatio', 'singularValues', 'reconstructionError', 'inertia', 'logLikelihood', 'iterations'] as const // biome-ignore format: one line
const methods: readonly (readonly [string, readonly string[], readonly (typeof keys)[number][]])[] = [
  ['pca', [first, '--target', 'kind'], ['explainedVarianceRatio', 'singularValues', 'reconstructionError']], // biome-ignore format: one line
  ['svd', [first, '--except', 'kind'], ['explainedVarianceRatio', 'singularValues', 'reconstructionError']],
  ['factor-analysis', [first, '--target', 'kind', '--k', '1'], ['logLikelihood', 'iterations']],
  ['nmf', [first, '--target', 'kind'], ['reconstructionError', 'iterations']],
  ['lda', [first, '--target', 'kind'], ['explainedVarianceRatio']],
  ['dictionary', [first, '--target', 'kind', '--k', '3'], ['reconstructionError', 'iterations']],
  ['cca', [first, '--target', 'kind', '--with', second], []],
  ['joint', [first, '--target', 'kind', '--with', second], ['explainedVarianceRatio', 'singularValues']],
  ['kmeans', [first, '--target', 'kind'], ['inertia', 'iterations']],
  ['minibatch-kmeans', [first, '--target', 'kind'], ['inertia', 'iterations']],
  ['kmedians', [first, '--target', 'kind', '--k', '2'], ['inertia', 'iterations']],
  ['spherical-kmeans', [first, '--target', 'kind', '--k', '2'], ['inertia', 'iterations']],
  ['als', [ratings, '--k', '2'], ['reconstructionError', 'iterations']],
  ['implicit-als', [ratings, '--k', '2', '--where', 'rating > 2'], ['iterations']],
  ['embeddings', [book, '--k', '3'], []],
  ['topics', [book, '--k', '2'], []],
]

describe('every method', () => {
  it.each(methods)('%s reports as the contract has it, and saves a model', async (method, args, has) => {
    const model = at(`${method}.safetensors`)
    const { code, stdout, stderr } = await run(['factor', ...args, '--method', method, '--json', '--save', model])
    expect([code, stderr.includes('normball: error')], stderr).toEqual([0, false])
    const report = JSON.parse(stdout)
    for (const key of keys) expect(report, key).toHaveProperty(key)
    for (const key of has) expect(report[key], key).not.toBeNull()
    expect([report.method, report.command, report.saved]).toEqual([method, 'factor', model])
    expect(report.k).toBeGreaterThanOrEqual(1)
    if (report.reconstructionError !== null)
      for (const key of ['frobenius', 'relative']) expect(report.reconstructionError[key]).toBeGreaterThanOrEqual(0)
    expect(statSync(model).size).toBeGreaterThan(8)
  })

  it('the direction that two tables share is found, and clusters are counted', async () => {
    const [cca, kmeans] = await Promise.all([
      run(['factor', first, '--target', 'kind', '--method', 'cca', '--with', second, '--json']),
      run(['factor', first, '--target', 'kind', '--method', 'kmeans', '--json']),
    ])
    const pairs = JSON.parse(cca.stdout)
    expect(pairs.second.correlations[0]).toBeGreaterThan(0.99)
    expect(pairs.second.columnNames).toEqual(['u', 'v', 'w'])
    expect(pairs.stop[0].rule).toBe("Bartlett's test")
    const clusters = JSON.parse(kmeans.stdout)
    expect([clusters.k, clusters.clusters.map((one: { size: number }) => one.size)]).toEqual([2, [30, 30]])
  })
})

describe('a saved model', () => {
  it.each(['pca', 'nmf', 'dictionary', 'kmeans', 'lda', 'cca', 'joint'])(
    '%s gives the same scores when it is applied',
    async (method) => {
      const pair = method === 'cca' || method === 'joint' ? ['--with', second] : []
      const model = at(`again-${method}.safetensors`)
      const [a, b] = [at(`${method}-a.csv`), at(`${method}-b.csv`)]
      const k = ['--k', method === 'lda' || method === 'cca' ? '1' : '2']
      const made = await run(['factor', first, '--target', 'kind', '--method', method, ...k, ...pair, '--save', model, '--scores', a]) // biome-ignore format: one line
      expect(made.code, made.stderr).toBe(0)
      const applied = await run(['factor', first, '--apply', model, ...pair, '--scores', b, '--json'])
      expect(applied.code, applied.stderr).toBe(0)
      expect(readFileSync(b, 'utf8')).toBe(readFileSync(a, 'utf8'))
      expect(readFileSync(a, 'utf8').split('\r\n')).toHaveLength(62)
      expect(JSON.parse(applied.stdout)).toMatchObject({ method, rows: 60, model, saved: null })
    },
  )

  it('names columns that a table lacks, takes them in any order, and refuses what it says itself', async () => {
    const model = at('named.safetensors')
    await run(['factor', first, '--target', 'kind', '--method', 'pca', '--k', '2', '--save', model])
    const lines = readFileSync(first, 'utf8').trim().split('\n').map((line) => line.split(',')) // biome-ignore format: one line
    const turned = write('turned.csv', `${lines.map((cells) => cells.toReversed().join(',')).join('\n')}\n`)
    const short = write('short.csv', `${lines.map(([a, , c, d]) => [a, c, d].join(',')).join('\n')}\n`)
    const [s, t] = [at('s.csv'), at('t.csv')]
    await run(['factor', first, '--apply', model, '--scores', s])
    expect((await run(['factor', turned, '--apply', model, '--scores', t])).code).toBe(0)
    expect(readFileSync(t, 'utf8')).toBe(readFileSync(s, 'utf8'))
    const missing = await run(['factor', short, '--apply', model])
    expect([missing.code === 0, missing.stderr]).toEqual([false, expect.stringContaining("'b'")])
    const own = await run(['factor', first, '--apply', model, '--k', '3'])
    expect([own.code, own.stderr]).toEqual([2, expect.stringContaining('--k: is what the model of --apply says itself')]) // biome-ignore format: one line
    const pair = await run(['factor', first, '--apply', model, '--with', second])
    expect([pair.code, pair.stderr]).toEqual([2, expect.stringContaining('takes one table')])
  })

  it('that is damaged ends with 3', async () => {
    const model = at('whole.safetensors')
    await run(['factor', first, '--target', 'kind', '--k', '2', '--save', model])
    const bytes = readFileSync(model)
    const bad = (name: string, content: Buffer): string => {
      writeFileSync(at(name), content)
      return at(name)
    }
    const text = bytes.toString('latin1')
    const other = Buffer.from(text.replace('normball.factor', 'normball.xxxxxx'), 'latin1')
    for (const path of [
      bad('cut.safetensors', bytes.subarray(0, bytes.length - 9)),
      bad('other.safetensors', other),
      bad('noise.safetensors', Buffer.from('no model')),
    ]) {
      // biome-ignore format: one line
      const { code, stderr } = await run(['factor', first, '--apply', path])
      expect([code, stderr.split('\n').length <= 3], stderr).toEqual([3, true])
      expect(stderr).toMatch(/^normball: /)
    }
  })
})

describe('how many', () => {
  it('a share of the variance keeps the fewest that hold it; auto is what the rules say', async () => {
    const of = async (...k: string[]): Promise<{ k: number; why: string[]; explainedVarianceRatio: number[] }> =>
      JSON.parse((await run(['factor', first, '--target', 'kind', ...k, '--json'])).stdout)
    const whole = await of('--k', '4')
    for (const share of [0.5, 0.9, 0.9999]) {
      const { k, why, explainedVarianceRatio: kept } = await of('--k', String(share))
      const sum = (n: number): number => whole.explainedVarianceRatio.slice(0, n).reduce((a, b) => a + b, 0)
      expect([kept.length, sum(k) >= share, sum(k - 1) < share]).toEqual([k, true, true])
      expect(why.join()).toContain(`${100 * share} % were asked for`)
    }
    expect((await of('--k', 'auto')).why).toEqual((await of()).why)
    const clusters = await run(['factor', first, '--method', 'kmeans', '--k', '0.9'])
    expect([clusters.code, clusters.stderr]).toEqual([2, expect.stringContaining('k-means does not go by it; expected a whole number')]) // biome-ignore format: one claim
  })
})

describe('ratings', () => {
  it('are measured with intervals, and told to whom asks; an unknown user is a cold start', async () => {
    const marked = write('ratings.dat', readFileSync(ratings, 'utf8').split('\n').slice(1).map((line) => line.replaceAll(',', '::')).join('\n')) // biome-ignore format: one line
    const { code, stdout, stderr } = await run(['factor', marked, '--method', 'als', '--delimiter', '::', '--k', '2', '--for', 'u3', '--for', 'nobody', '--json']) // biome-ignore format: one line
    expect(code, stderr).toBe(0)
    const { ratings: figures, warnings } = JSON.parse(stdout)
    const { rmse, mae, ndcg } = figures.heldOut
    for (const { value, interval } of [rmse, mae]) {
      expect(value).toBeGreaterThanOrEqual(interval[0])
      expect(value).toBeLessThanOrEqual(interval[1])
    }
    expect(ndcg.value).toBeGreaterThan(0)
    const told = figures.recommendations.map((one: { user: string; cold: boolean }) => [one.user, one.cold])
    expect(told).toEqual([['u3', false], ['nobody', true]]) // biome-ignore format: one line
    expect(warnings.join()).toContain("'nobody': no ratings")
  })

  it('ids are words as the file has them, pairs that come twice are in one part, and the latest are held out where a column tells when', async () => {
    const lines = Array.from(
      { length: 60 },
      (_, i) => `${String(i % 6).padStart(3, '0')},0${(i * 7) % 10},${1 + (i % 5)},${60 - i}`,
    )
    const codes = write('codes.csv', `user,item,rating,when\n${lines.join('\n')}\n0,00,3,0\n`)
    const { stdout, stderr } = await run([
      'factor',
      codes,
      '--method',
      'als',
      '--k',
      '1',
      '--time',
      'when',
      '--json',
      '--for',
      '001',
    ])
    const { ratings: figures } = JSON.parse(stdout)
    // 0 and 000 are two.
    expect([figures.users, figures.columns.time, figures.split], stderr).toEqual([7, 'when', 'latest'])
    expect(figures.recommendations[0].user).toBe('001')
    for (const { item } of figures.recommendations[0].items) expect(item).toMatch(/^0\d$/)
  })

  it('a saved model is measured on another table, tells known users and places new ones', async () => {
    const [model, scores] = [at('rated.safetensors'), at('expected.csv')]
    await run(['factor', ratings, '--method', 'als', '--k', '2', '--save', model, '--quiet'])
    const other = write('other.csv', 'user,item,rating\nu3,i1,4\nnewcomer,i2,5\nnewcomer,i5,1\nghost,unheard,3\n')
    const { code, stdout, stderr } = await run(['factor', other, '--apply', model, '--scores', scores, '--json'])
    expect(code, stderr).toBe(0)
    const { ratings: figures, method, model: from, warnings } = JSON.parse(stdout)
    expect([method, from, figures.split, figures.heldOut.ratings, figures.heldOut.cold.count]).toEqual([
      'als',
      model,
      'table',
      4,
      3,
    ])
    const told = Object.fromEntries(figures.recommendations.map((one: { user: string }) => [one.user, one]))
    expect([told['newcomer'].cold, told['u3'].cold, told['ghost'].cold]).toEqual([false, false, true])
    expect(told['newcomer'].items.map(({ item }: { item: string }) => item)).not.toContain('i2')
    const rows = readFileSync(scores, 'utf8')
      .trim()
      .split('\r\n')
      .map((line) => line.split(','))
    expect(rows[0]).toEqual(['line', 'user', 'item', 'expected', 'unknown'])
    expect(rows.slice(1).map(([line, , , , unknown]) => [line, unknown])).toEqual([
      ['2', ''],
      ['3', 'user'],
      ['4', 'user'],
      ['5', 'both'],
    ])
    expect(warnings).toEqual([
      "'ghost': no ratings, so nothing is known of this user (cold start); shown is what all like, by the items' biases.",
      '1 user whom the model does not know: placed by the rows of this table.',
      '1 item that the model does not know: left out.',
      '1 of 4 ratings are of pairs that the model was fitted on: its errors on them flatter it.',
    ])
    const wrong = await run(['factor', other, '--apply', model, '--words', 'king'])
    expect([wrong.code, wrong.stderr]).toEqual([2, expect.stringContaining('--words: is for models of embeddings; this one is of als')]) // biome-ignore format: one claim
  })

  it('interactions are ranked beside popularity, and a saved model of them tells its users', async () => {
    const model = at('plays.safetensors')
    const next = numbers(9)
    const lines = Array.from({ length: 400 }, (_, i) => [i % 20, Math.floor((15 * (next() + 1)) / 2), i % 2])
      .filter(([u, item]) => (u! + item!) % 2 === 0)
      .map(([u, item, plays]) => `u${u},i${item},${1 + plays!}`)
    const plays = write('plays.csv', `user,item,plays\n${lines.join('\n')}\n`)
    const { code, stdout, stderr } = await run([
      'factor',
      plays,
      '--method',
      'implicit-als',
      '--k',
      '2',
      '--save',
      model,
      '--json',
    ])
    expect(code, stderr).toBe(0)
    const { interactions: figures, ratings: none } = JSON.parse(stdout)
    expect([none, figures.columns]).toEqual([null, { user: 'user', item: 'item', rating: 'plays' }])
    expect(figures.heldOut.percentileRank.value).toBeLessThan(figures.heldOut.popularity.percentileRank.value)
    const fresh = write('fresh.csv', 'user,item\nstranger,i2\nstranger,i4\n')
    const applied = JSON.parse((await run(['factor', fresh, '--apply', model, '--json'])).stdout)
    const [{ user, cold, items }] = applied.interactions.recommendations
    expect([user, cold, items[0].item.length > 1]).toEqual(['stranger', false, true])
    for (const { item } of items.slice(0, 3)) expect(Number(item.slice(1)) % 2).toBe(0)
  })
})

describe('texts', () => {
  it('saved vectors tell neighbours and documents, saved topics their parts; a line is a document where no line is empty', async () => {
    const [vectors, topics, scores] = [at('vectors.safetensors'), at('topics2.safetensors'), at('documents.csv')]
    await Promise.all([
      run(['factor', book, '--method', 'embeddings', '--k', '3', '--set', 'kind=glove', '--save', vectors, '--quiet']),
      run(['factor', book, '--method', 'topics', '--k', '2', '--save', topics, '--quiet']),
    ])
    const text = write('lines.txt', 'The king and the queen.\nA dragon sleeps.\nHorses follow the king.\n')
    const near = await run(['factor', text, '--apply', vectors, '--words', 'king', '--scores', scores, '--json'])
    expect(near.code, near.stderr).toBe(0)
    const { words } = JSON.parse(near.stdout)
    expect([words.nearest[0].word, words.nearest[0].neighbours.length > 3, words.known]).toEqual(['king', true, 9 / 12])
    expect(readFileSync(scores, 'utf8').split('\r\n')).toHaveLength(1 + 3 + 1)
    const wrong = await run(['factor', text, '--apply', vectors, '--words', 'kings'])
    expect([wrong.code, wrong.stderr]).toEqual([2, expect.stringContaining("Did you mean 'king'?")])
    const strange = await run(['factor', text, '--apply', topics, '--for', 'x'])
    expect([strange.code, strange.stderr]).toEqual([2, expect.stringContaining('--for: is for models of als and implicit-als; this one is of topics')]) // biome-ignore format: one claim
    const parts = JSON.parse((await run(['factor', text, '--apply', topics, '--json'])).stdout)
    expect([parts.rows, parts.topics.documents]).toEqual([3, 3])
    expect(parts.topics.topics.reduce((sum: number, { leads }: { leads: number }) => sum + leads, 0)).toBe(2)
    expect(parts.warnings).toEqual(['1 of 3 documents have no term that the model knows.'])
    const unknown = await run(['factor', book, '--method', 'embeddings', '--set', 'kind=elmo'])
    expect(unknown.stderr).toContain('expected ppmi, skip-gram, glove.')
  })
})

describe('pictures', () => {
  const [width, height] = [24, 16]
  const smooth = (channels: number): Uint8Array =>
    Uint8Array.from({ length: width * height * channels }, (_, i) => {
      const [p, c] = [Math.floor(i / channels), i % channels]
      return c === 3
        ? 255
        : Math.round(120 + 60 * Math.sin((p % width) / 5) * Math.cos(Math.floor(p / width) / 4) + 20 * c)
    })
  const files = [
    ['grey.png', encodePng({ width, height, channels: 1, data: smooth(1) }), 1],
    ['colour.png', encodePng({ width, height, channels: 3, data: smooth(3) }), 3],
    ['colour.jpg', jpeg.encode({ width, height, data: Buffer.from(smooth(4)) }, 95).data, 3],
  ] as const
  it.each(files)('%s is written again from k triples', async (name, bytes, channels) => {
    writeFileSync(at(name), bytes)
    const { code, stdout, stderr } = await run(['factor', at(name), '--method', 'svd', '--k', '3', '--json'])
    expect(code, stderr).toBe(0)
    const report = JSON.parse(stdout)
    expect(report).toMatchObject({ command: 'factor', k: 3, rows: height, columns: width })
    expect(report.reconstructionError.relative).toBeLessThan(0.1)
    const made = decodePng(readFileSync(report.output))
    expect([made.width, made.height, made.channels]).toEqual([width, height, channels])
  })

  it('a share of the sum of squares keeps the fewest triples that hold it', async () => {
    writeFileSync(at('share.png'), files[1][1])
    const { stdout } = await run(['factor', at('share.png'), '--k', '0.999', '--json'])
    const { k, energy, why } = JSON.parse(stdout)
    expect([energy >= 0.999, why]).toEqual([true, 'the fewest that hold 99.9 % of the sum of squares'])
    if (k > 1) expect(JSON.parse((await run(['factor', at('share.png'), '--k', String(k - 1), '--json'])).stdout).energy).toBeLessThan(0.999) // biome-ignore format: one claim
  })

  it('that are damaged end with 3, and other methods with 2', async () => {
    writeFileSync(at('cut.png'), files[0][1].subarray(0, 40))
    expect((await run(['factor', at('cut.png'), '--k', '2'])).code).toBe(3)
    writeFileSync(at('whole.png'), files[0][1])
    expect((await run(['factor', at('whole.png'), '--method', 'pca'])).code).toBe(2)
  })
})

describe('mistakes', () => {
  it.each([
    [['--method', 'pcb'], 2, 'pcb'],
    [['--k', '0'], 2, '--k'],
    [['--k', '99', '--except', 'kind'], 2, 'expected a whole number from 1 to 4'],
    [['--columns', 'zz*'], 2, 'zz*'],
    [['--method', 'lda'], 2, 'lda needs a column of classes'],
    [['--method', 'cca'], 2, 'cca needs a second table'],
    [['--with', 'x.csv'], 2, 'a second table is for --method cca and joint'],
    [['--for', 'x'], 2, '--for: is for --method als'],
    [['--set', 'whitten=true'], 2, 'whitten'],
    [['--where', 'a >'], 2, 'normball: '],
    [['--save', first], 2, 'normball: '],
  ])('%j', async (args, exit, message) => {
    const { code, stderr, stdout } = await run(['factor', first, ...args])
    expect([code, stdout], stderr).toEqual([exit, ''])
    expect(stderr).toContain(message)
  })

  it('no such file is 4', async () => {
    const { code, stdout } = await run(['factor', at('absent.csv'), '--json'])
    expect([code, JSON.parse(stdout).error.message]).toEqual([4, expect.stringContaining('absent.csv')])
  })
})

describe('Ctrl-C', () => {
  it('ends with 130 and leaves nothing half-written', async () => {
    const next = numbers(9)
    const lines = ['a,b,c,d,e,f,g,h']
    for (let i = 0; i < 60000; i++) lines.push(Array.from({ length: 8 }, () => next().toFixed(4)).join(','))
    const big = write('big.csv', lines.join('\n'))
    const before = readdirSync(folder).sort()
    let child: ChildProcess | null = null
    const outcome = run(
      [
        'factor',
        big,
        '--method',
        'dictionary',
        '--k',
        '200',
        '--save',
        at('never.safetensors'),
        '--scores',
        at('never.csv'),
      ],
      {
        // biome-ignore format: one line
        onStart: (started) => {
        child = started
      },
      },
    )
    await sleep(2500)
    child!.kill('SIGINT')
    expect((await outcome).code).toBe(130)
    expect(readdirSync(folder).sort()).toEqual(before)
  })
})
