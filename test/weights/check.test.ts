import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { toJunit } from '../../src/report/index.js'
import { StateDict, type Tensor, tensor } from '../../src/tensor/index.node.js'
import {
  type CheckOptions,
  type CheckReport,
  type CheckRule,
  check,
  defaultRules,
  parseRules,
  rulesSchema,
} from '../../src/weights/index.node.js'
import { f32, safetensors } from '../checkpoint/build.js'
import { parseXml } from './check-xml.js'
import { randomOf } from './track-random.js'

const normal = (seed: number, count: number, scale: number): number[] => {
  const random = randomOf(seed)
  return Array.from(
    { length: count },
    () => scale * Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random()),
  )
}

/** A healthy little network; `change` plants a fault. */
function network(
  change: (tensors: Record<string, { shape: number[]; values: number[] }>) => unknown = () => {},
): Uint8Array {
  const tensors: Record<string, { shape: number[]; values: number[] }> = {
    'fc1.weight': { shape: [32, 24], values: normal(1, 32 * 24, 1 / Math.sqrt(24)) },
    'fc1.bias': { shape: [32], values: normal(2, 32, 0.1) },
    'bn.weight': { shape: [32], values: normal(3, 32, 0.1).map((x) => 1 + x) },
    'bn.running_var': { shape: [32], values: normal(4, 32, 0.1).map((x) => 1 + Math.abs(x)) },
    'fc2.weight': { shape: [24, 32], values: normal(5, 24 * 32, 1 / Math.sqrt(32)) },
  }
  change(tensors)
  return safetensors(
    Object.entries(tensors).map(([name, { shape, values }]) => ({ name, shape, bytes: f32(...values) })),
  )
}

const held = (
  input: Uint8Array,
  rules?: readonly CheckRule[],
  options: CheckOptions<never> = {},
): Promise<CheckReport> => check(input, { workers: 0, ...options, ...(rules && { rules: { rules } }) })

const messages = ({ rules }: CheckReport): string[] =>
  rules.flatMap(({ failures }) => failures.map(({ tensor, message }) => `${tensor}: ${message}`))

describe('the default rules', () => {
  it('pass a clean network', async () => {
    const report = await held(network())
    expect(messages(report)).toEqual([])
    expect(report.passed).toBe(true)
    expect(report.counts).toEqual({ rules: defaultRules.length, failedErrors: 0, failedWarnings: 0, failures: 0 })
    expect(report.rules.every(({ checked }) => checked.length === 5)).toBe(true)
  })

  type Plant = Parameters<typeof network>[0]
  /** Replaces a tensor's values. */
  const values =
    (name: string, change: (values: number[]) => number[]): Plant =>
    (all) => {
      all[name]!.values = change(all[name]!.values)
    }
  const one = (name: string, index: number, value: number): Plant =>
    values(name, (before) => before.map((x, i) => (i === index ? value : x)))
  const planted: readonly (readonly [string, string, Plant])[] = [
    ['every weight is finite', 'NaN', one('fc1.weight', 7, Number.NaN)],
    ['every weight is finite', 'infinity', one('fc1.bias', 7, Number.POSITIVE_INFINITY)],
    ['no variance is negative', 'a variance', one('bn.running_var', 3, -1)],
    ['no layer is dead', 'zeros', values('fc2.weight', (before) => before.map(() => 0))],
    ['no layer is dead', 'one value', values('fc2.weight', (before) => before.map(() => 0.25))],
    ['no layer explodes', 'scale', values('fc1.weight', (before) => before.map((x) => 3000 * x))],
    ['scales are usual', 'an outlier', one('fc1.weight', 0, 50)],
    ['scales are usual', 'vanishing', values('fc1.weight', (before) => before.map((x) => 1e-3 * x))],
    ['no units are dead', 'a row', values('fc1.weight', (before) => before.fill(0, 0, 24))],
    // Eight different rows, four times each.
    ['no directions are lost', 'rank', values('fc1.weight', (before) => before.map((_, i) => before[i % (8 * 24)]!))],
    [
      'nothing is stored twice',
      'a copy',
      (all) => {
        all['fc3.weight'] = all['fc2.weight']!
      },
    ],
  ]
  for (const [rule, what, plant] of planted)
    it(`${rule}: finds ${what}`, async () => {
      const report = await held(network(plant))
      const found = report.rules.find(({ name }) => name === rule)!
      expect(found.failures.length).toBeGreaterThan(0)
      expect(report.passed).toBe(found.severity === 'warning')
    })

  it('each has a fault here', () => {
    expect(new Set(planted.map(([rule]) => rule))).toEqual(new Set(defaultRules.map(({ name }) => name)))
  })
})

describe('limits', () => {
  const limits = (tensors: string, of: CheckRule['limits']) => held(network(), [{ name: 'rule', tensors, limits: of! }])

  it('include their bounds', async () => {
    expect((await limits('fc1.weight', { count: { min: 768, max: 768, equals: 768 } })).passed).toBe(true)
    expect(messages(await limits('fc1.weight', { count: { min: 769 } }))).toEqual([
      'fc1.weight: count is 768; expected at least 769.',
    ])
    expect(messages(await limits('fc1.weight', { count: { max: 767 } }))).toEqual([
      'fc1.weight: count is 768; expected at most 767.',
    ])
    expect(messages(await limits('fc1.weight', { count: { equals: 1 } }))).toEqual([
      'fc1.weight: count is 768; expected 1.',
    ])
  })

  it('name figures of the matrix with and without its name', async () => {
    for (const name of ['spectral', 'matrix.spectral'])
      expect(messages(await limits('fc1.weight', { [name]: { max: 0 } }))[0]).toMatch(
        /^fc1\.weight: (matrix\.)?spectral is \d\.\d+; expected at most 0\.$/,
      )
  })

  it('leave out tensors that have no such figure, and fail where none has', async () => {
    expect((await limits('*', { spectral: { max: 100 } })).rules[0]!.checked).toEqual(['fc1.weight', 'fc2.weight'])
    expect(messages(await limits('*bias', { spectral: { max: 100 } }))).toEqual([
      'null: none of the 1 tensors has the figure spectral.',
    ])
  })

  it('fail where the figure could not be computed', async () => {
    const file = network((all) => all['fc1.weight']!.values.fill(Number.NaN, 0, 1))
    expect(
      messages(await held(file, [{ name: 'rule', tensors: 'fc1.weight', limits: { spectral: { max: 100 } } }])),
    ).toEqual(['fc1.weight: spectral is not known: holds 1 NaN; a spectrum needs finite elements.'])
  })

  it('go by kinds, and a message comes first', async () => {
    const report = await held(network(), [
      { name: 'rule', kinds: ['norm'], message: 'gamma drifted', limits: { max: { max: 0 } } },
    ])
    expect(messages(report)).toHaveLength(1)
    expect(messages(report)[0]).toMatch(/^bn\.weight: gamma drifted \(max is 1\.\d+; expected at most 0\.\)$/)
  })

  it('leave counters out unless their kind is named', async () => {
    const counter = safetensors([
      {
        name: 'bn.num_batches_tracked',
        dtype: 'I64',
        shape: [],
        bytes: new Uint8Array(new BigInt64Array([900n]).buffer),
      },
    ])
    const rule: CheckRule = { name: 'rule', limits: { linf: { max: 1 } } }
    expect(messages(await held(counter, [{ ...rule, optional: true }]))).toEqual([])
    expect(messages(await held(counter, [{ ...rule, kinds: ['state', 'constant', 'scalar'] }]))).toEqual([
      'bn.num_batches_tracked: linf is 900; expected at most 1.',
    ])
  })
})

describe('other checks', () => {
  it('a rule that matches nothing fails unless it is optional', async () => {
    const rule: CheckRule = { name: 'rule', tensors: 'fc9.weight', limits: { l2: { max: 1 } } }
    expect(messages(await held(network(), [rule]))).toEqual([
      "null: the rule matches none of the 5 tensors ('fc9.weight'). Did you mean 'fc1.weight' or 'fc2.weight'?",
    ])
    expect((await held(network(), [{ ...rule, optional: true }])).passed).toBe(true)
  })

  it('totals, required and forbidden names', async () => {
    const rules: CheckRule[] = [
      { name: 'size', totals: { parameters: { max: 10 }, sparsity: { max: 0 } } },
      { name: 'names', required: ['fc1.*', 'head.weight'], forbidden: 'bn.*' },
    ]
    expect(messages(await held(network(), rules))).toEqual([
      'null: parameters is 1632; expected at most 10.',
      "null: no tensor matches 'head.weight'.",
      "bn.weight: 'bn.weight' must not be there (it matches 'bn.*').",
      "bn.running_var: 'bn.running_var' must not be there (it matches 'bn.*').",
    ])
  })

  it('flags by code and severity', async () => {
    const file = network((all) => all['fc1.weight']!.values.fill(0, 0, 24))
    const codes = async (flags: CheckRule['flags']) =>
      (await held(file, [{ name: 'rule', flags: flags! }])).rules[0]!.failures.map(({ figure }) => figure)
    expect(await codes({ severity: 'warning' })).toEqual(['dead-rows'])
    expect(await codes({ severity: 'error' })).toEqual([])
    expect(await codes({ severity: 'warning', except: ['dead-rows'] })).toEqual([])
    expect(await codes({ codes: ['nan'] })).toEqual([])
  })

  it('the change against a baseline', async () => {
    const baseline = network()
    const file = network((all) => {
      all['fc1.weight']!.values = all['fc1.weight']!.values.map((x) => 1.5 * x)
      all['fc2.weight']!.shape = [32, 24]
      delete all['fc1.bias']
      all['new.bias'] = { shape: [1], values: [1] }
    })
    const rules: CheckRule[] = [{ name: 'rule', change: { relative: { max: 0.25 } } }]
    const report = await check(file, { workers: 0, rules: { rules }, baseline })
    expect(messages(report)).toEqual([
      'fc1.weight: relative is 0.5; expected at most 0.25.',
      'fc2.weight: its shape is [32, 24], and [24, 32] in the baseline.',
      'new.bias: it is not in the baseline.',
      'fc1.bias: it is in the baseline only.',
    ])
    await expect(held(file, rules)).rejects.toThrow(
      "check: the rule 'rule' is about a change, and there is no baseline. Give one with --baseline.",
    )
  })

  it('a Lipschitz bound, also an unknown one', async () => {
    const dict = (values: Record<string, Tensor>) => new StateDict(Object.entries(values))
    const chain = [{ tensor: 'fc1.weight' }, { activation: 'relu' }]
    const run = (extra: object[]) =>
      check(
        dict({
          'fc1.weight': tensor([
            [3, 0],
            [0, 5],
          ]),
        }),
        {
          workers: 0,
          rules: {
            rules: [{ name: 'smooth', lipschitz: { chain: [...chain, ...extra] as never, norm: 'linf', max: 5 } }],
          },
        },
      )
    expect(messages(await run([]))).toEqual([])
    expect(messages(await run([{ constant: 2 }]))).toEqual(['null: lipschitz is 10; expected at most 5.'])
    expect(messages(await run([{ activation: 'glu' }]))[0]).toBe(
      'null: the Lipschitz bound is unknown (glu: the activation is not known; did you mean elu?).',
    )
  })

  it('an input that cannot be read is an error of the report', async () => {
    const report = await held(new Uint8Array([1, 2, 3]))
    expect(report.passed).toBe(false)
    expect(report.errors.map(({ exitCode }) => exitCode)).toEqual([3])
    expect(report.rules).toEqual([])
  })
})

describe('rules files', () => {
  const problems = async (text: string) =>
    (await parseRules(text)).problems.map(({ line, column, message }) => `${line}:${column}: ${message}`)
  const good = 'rules:\n  - name: a\n    limits: { l2: { max: 1 } }\n'

  it('YAML and JSON are the same', async () => {
    const rules = { rules: [{ name: 'a', limits: { l2: { max: 1 } } }] }
    expect(await parseRules(good)).toEqual({ rules, problems: [] })
    expect(await parseRules(JSON.stringify(rules))).toEqual({ rules, problems: [] })
  })

  const cases: readonly (readonly [string, string, string[]])[] = [
    [
      'an unknown word',
      'rules:\n  - name: small\n    tensor: "*"\n    limits: { l2: { max: 1 } }\n',
      ["3:5: rule 'small': unknown word 'tensor'. Did you mean 'tensors'?"],
    ],
    [
      'an unknown figure',
      'rules:\n  - name: a\n    limits: { spectrl: { max: 1 } }\n',
      ["3:15: rule 'a', limits: unknown word 'spectrl'. Did you mean 'spectral'?"],
    ],
    [
      'an unknown bound',
      'rules:\n  - name: a\n    limits:\n      l2:\n        most: 1\n',
      ["5:9: rule 'a', limits.l2: unknown word 'most'. Expected one of min, max, equals."],
    ],
    [
      'a wrong type',
      'rules:\n  - name: a\n    limits:\n      l2: { max: large }\n',
      ["4:18: rule 'a', limits.l2.max: expected a number, got 'large'."],
    ],
    [
      'NaN as a limit',
      'rules:\n  - name: a\n    limits:\n      l2: { max: .nan }\n',
      ["4:18: rule 'a', limits.l2.max: expected a number, got NaN."],
    ],
    [
      'a wrong choice',
      'rules:\n  - name: a\n    severity: warn\n    flags: { codes: [nann] }\n',
      [
        "3:15: rule 'a', severity: 'warn' is not known. Did you mean 'warning'?",
        "4:22: rule 'a', flags.codes[0]: 'nann' is not known. Did you mean 'nan'?",
      ],
    ],
    ['a missing name', 'rules:\n  - required: x\n', ["2:5: rule 1: 'name' is missing."]],
    [
      'a rule without a check',
      'rules:\n  - name: idle\n',
      [
        "2:5: rule 'idle': nothing is checked. Expected at least one of limits, flags, change, totals, required, forbidden, lipschitz.",
      ],
    ],
    ['no rules', 'defaults: true\n', ["1:1: 'rules' is missing."]],
    ['an empty list', 'rules: []\n', ['1:8: rules: is empty.']],
    ['an empty file', '# nothing\n', ['1:1: the file is empty. Expected rules: and a list of them.']],
    ['a list instead of a map', '- a\n', ['1:1: expected a map, got a list.']],
    [
      'a threshold',
      `${good}thresholds: { deadShar: 1 }\n`,
      ["4:15: thresholds: unknown word 'deadShar'. Did you mean 'deadShare'?"],
    ],
    [
      'a chain',
      'rules:\n  - name: a\n    lipschitz:\n      max: 1\n      chain:\n        - { tensor: x, activation: relu }\n',
      [
        "6:11: rule 'a', lipschitz.chain[0]: a link is one of tensor, activation, normalization, pooling, residual, constant; this has tensor and activation.",
      ],
    ],
    [
      'a key that stands twice',
      'rules:\n  - name: a\n    name: b\n    required: x\n',
      ['3:5: the same key stands twice in one map.'],
    ],
    ['a key that is no text', '? [a]\n: 1\n', ['1:3: a key is not text. Put it in quotes.']],
    ['two documents', `${good}---\n${good}`, ['4:1: the file holds several documents; expected one.']],
    ['a tag', 'rules: !own aGk=\n', ['1:8: tags such as !!binary are not used in rules.']],
    ['an alias of nothing', 'rules: *x\n', ['1:8: an alias stands for nothing: its anchor is missing or comes later.']],
  ]
  for (const [what, text, expected] of cases)
    it(`${what} is told with line and column`, async () => {
      expect(await problems(text)).toEqual(expected)
    })

  it('a broken line is told where it breaks', async () => {
    const [first] = await problems('rules:\n  - name: "a\n')
    expect(first).toMatch(/^\d+:\d+: not YAML or JSON: .+\.$/)
    expect((await problems('{"rules": [}'))[0]).toMatch(/^1:1[12]: not YAML or JSON: .+\.$/)
  })

  it('aliases may repeat a little and not without end', async () => {
    expect(
      (await parseRules('rules:\n  - &a { name: a, required: &n [x] }\n  - { name: b, required: *n }\n')).problems,
    ).toEqual([])
    const bomb = [
      'a: &a [x,x,x,x,x,x,x,x,x]',
      ...'bcdefghi'.split('').map((c, i) => `${c}: &${c} [${Array(9).fill(`*${'abcdefgh'[i]}`).join(',')}]`),
    ].join('\n')
    expect(await problems(bomb)).toEqual([
      '1:1: its aliases multiply what they stand for too often, or stand for themselves. Write it out.',
    ])
    expect((await problems('rules: &a [*a]\n')).length).toBeGreaterThan(0)
  })

  it('depth and size are bounded, at once', async () => {
    const start = performance.now()
    expect(await problems('['.repeat(1e5))).toEqual(['1:65: lists and maps are nested more than 64 deep.'])
    expect(await problems('- '.repeat(1e5))).toEqual(['1:257: lists and maps are nested more than 64 deep.'])
    expect(await problems('{a: '.repeat(1e5))).toEqual(['1:257: lists and maps are nested more than 64 deep.'])
    expect((await problems(Array.from({ length: 1200 }, (_, i) => `${' '.repeat(i)}a:`).join('\n')))[0]).toMatch(
      /nested/,
    )
    expect(await problems('x'.repeat(2 ** 20 + 1))).toEqual([
      '1:1: the file has 1048577 characters; rules may have 1048576.',
    ])
    expect(performance.now() - start).toBeLessThan(3000)
  })

  it('__proto__ is a word like any other', async () => {
    expect(await problems(`${good}__proto__: { polluted: true }\n`)).toEqual([
      expect.stringMatching(/^4:1: unknown word '__proto__'\./),
    ])
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined()
  })

  it('the first problem is thrown, and where the others are', async () => {
    await expect(
      check(network(), { rules: { text: 'rules:\n  - name: a\n    limts: 1\n  - nme: b\n', name: 'ci.yaml' } }),
    ).rejects.toThrow(
      "ci.yaml:2:5: rule 'a': nothing is checked. Expected at least one of limits, flags, change, totals, required, forbidden, lipschitz. And 4 more: lines 3, 4, 4, 4.",
    )
    await expect(check(network(), { rules: { rules: [{ name: 'a' }] } })).rejects.toThrow(
      "rules: rule 'a': nothing is checked.",
    )
  })

  it('the schema for editors is the one in the code', () => {
    const file = readFileSync(fileURLToPath(new URL('../../docs/rules.schema.json', import.meta.url)), 'utf8')
    expect(JSON.parse(file)).toEqual(JSON.parse(JSON.stringify(rulesSchema)))
  })

  it('the example of docs/check.md is right', async () => {
    const text = readFileSync(fileURLToPath(new URL('../../docs/check.md', import.meta.url)), 'utf8')
    const example = /```yaml\n(# yaml-language-server[\s\S]*?)```/.exec(text)![1]!
    expect((await parseRules(example)).problems).toEqual([])
  })
})

describe('JUnit', () => {
  it('has a suite for each rule, a case for each tensor', async () => {
    const rules: CheckRule[] = [
      { name: 'small', tensors: 'fc*', limits: { linf: { max: 0.5 }, count: { min: 1 } } },
      { name: 'soft', severity: 'warning', tensors: 'fc*', limits: { count: { max: 0 } } },
      { name: 'size', totals: { parameters: { max: 1 } } },
    ]
    const xml = parseXml(await toJunit(await held(network(), rules)))
    expect(xml.name).toBe('testsuites')
    expect(xml.attributes).toMatchObject({ tests: '7', failures: '3', errors: '0' })
    expect(
      xml.children.map(({ attributes }) => [attributes['name'], attributes['tests'], attributes['failures']]),
    ).toEqual([
      ['small', '3', '2'],
      ['soft', '3', '0'],
      ['size', '1', '1'],
    ])
    const [first] = xml.children[0]!.children
    expect(first!.attributes).toEqual({ name: 'fc1.weight', classname: 'small' })
    expect(first!.children[0]!.attributes['message']).toMatch(/^linf is \d\.\d+; expected at most 0\.5\.$/)
    expect(xml.children[1]!.children[0]!.children[0]!.text).toMatch(/^warning: count is 768/)
  })

  it('escapes names and shows control characters', async () => {
    const evil = 'a<b>&"\'\u0000\u001b[31m\u202e]]>.weight'
    const file = safetensors([{ name: evil, shape: [1], bytes: f32(2) }])
    const text = await toJunit(await held(file, [{ name: '<r&"\u0007>', limits: { linf: { max: 1 } } }]))
    // biome-ignore lint/suspicious/noControlCharactersInRegex: there must be none
    expect(text).not.toMatch(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/)
    const xml = parseXml(text)
    expect(xml.children[0]!.attributes['name']).toBe('<r&"\\u{7}>')
    expect(xml.children[0]!.children[0]!.attributes['name']).toContain('a<b>&"\'\\u{0}\\u{1b}[31m\\u{202e}]]>')
  })

  it('an unreadable input is an error', async () => {
    const xml = parseXml(await toJunit(await held(new Uint8Array([1, 2, 3]))))
    expect(xml.attributes).toMatchObject({ tests: '1', failures: '0', errors: '1' })
    expect(xml.children[0]!.children[0]!.children[0]!.name).toBe('error')
  })
})
