/** The examples in the docstrings of src/norms give what stands behind them. */
import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import * as norms from '../../src/norms/index.js'
import * as tensors from '../../src/tensor/index.js'
import { expectNear } from '../linalg/support.js'

const folder = new URL('../../src/norms/', import.meta.url)
const known = { ...tensors, ...norms }

/** What an expression is, with the names of both packages. */
const evaluate = (text: string): unknown =>
  new Function(...Object.keys(known), `return (${text})`)(...Object.values(known))

/** Lines `expression // value, and perhaps words` of every `@example`. */
const examples = readdirSync(folder)
  .filter((name) => name.endsWith('.ts'))
  .flatMap((name) => {
    const text = readFileSync(new URL(name, folder), 'utf8')
    return [...text.matchAll(/^ \* @example\n((?: \*(?!\/).*\n)+)/gm)].flatMap((match) =>
      match[1]!
        .split('\n')
        .map((line) => /^ \* (.*?) \/\/ (\[.*\]|'[^']*'|-?[\d.]+)/.exec(line))
        .filter((line) => line !== null)
        .map(([, expression, value]) => ({ name, expression: expression!, value: value! })),
    )
  })

describe('examples', () => {
  it('are found', () => expect(examples.length).toBeGreaterThan(12))

  it.each(examples)('$name: $expression', ({ expression, value }) => {
    const [got, expected] = [evaluate(expression), evaluate(value)]
    if (!(got instanceof tensors.Tensor)) expect(got).toEqual(expected)
    else if (typeof expected === 'number') expect(got.item()).toBeCloseTo(expected, 5)
    else {
      const wanted = tensors.tensor(expected as tensors.Nested)
      expect(got.shape).toEqual(wanted.shape)
      expectNear([...got.toArray()], [...wanted.toArray()], 1e-6, expression)
    }
  })
})
