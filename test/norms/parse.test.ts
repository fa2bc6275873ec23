/** Norms by their names. */
import { describe, expect, it } from 'vitest'
import { normNames, nuclear, parseNorm } from '../../src/norms/index.js'

describe('parseNorm', () => {
  it('gives the norm that is named, which names itself so', () => {
    for (const name of [
      'l0',
      'l1',
      'l2',
      'linf',
      'lp(0.5)',
      'lp(3)',
      'spectral',
      'nuclear',
      'frobenius',
      'kyFan(3)',
      'oneNorm',
      'group(l2, l1)',
      'elasticNet(0.5, 2)',
      'schatten(3)',
      'schatten(0.5)',
      'rank',
      'infNorm',
      'dual(kyFan(2))',
      'dual(infNorm)',
      'group(l2, l0, columns)',
      'group(l2, l0, heads(8))',
      'group(spectral, l1, heads(4, 1))',
      'group(linf, l2, axis(0, 2))',
      'squared(l2)',
      'sumOfPowers(0.5)',
    ])
      expect(parseNorm(name).name).toBe(name)
    expect(parseNorm(' group( l2,l0 ) ').name).toBe('group(l2, l0)')
    expect(parseNorm('lp(inf)').name).toBe('linf')
    expect(parseNorm('lp(2)').name).toBe('l2')
    expect(parseNorm('dual(spectral)')).toBe(nuclear)
  })

  it('says what there is', () => {
    expect(() => parseNorm('l3')).toThrow(`norm: "l3" is not known; expected ${normNames.join(', ')}. Try l0.`)
    expect(() => parseNorm('lp')).toThrow('norm: lp with 0 arguments; expected lp(P).')
    expect(() => parseNorm('lp(two)')).toThrow('norm: "two" stands where a number is expected.')
    expect(() => parseNorm('lp(3')).toThrow(
      'norm: "lp(3" cannot be read, it ends too early; expected a name such as l2, or lp(3).',
    )
    expect(() => parseNorm('lp(3))')).toThrow(
      'norm: "lp(3))" cannot be read at ")"; expected a name such as l2, or lp(3).',
    )
    expect(() => parseNorm('')).toThrow(
      'norm: "" cannot be read, it ends too early; expected a name such as l2, or lp(3).',
    )
    expect(() => parseNorm('squared(l0)')).toThrow('norm: l0 is no norm; expected one, such as l2.')
    expect(() => parseNorm('lp(-1)')).toThrow(
      'lp: p -1; expected a number above 0, or Infinity. Try l0 to count what is not 0.',
    )
    expect(() => parseNorm(`${'squared('.repeat(100)}l2${')'.repeat(100)}`)).toThrow('cannot be read')
  })
})
