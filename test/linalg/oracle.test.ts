/** SciPy's results for a few matrices: `scripts/oracle/linalg.py`. */
import { readFileSync } from 'node:fs'
import { describe, it } from 'vitest'
import * as linalg from '../../src/linalg/index.js'
import { abs, exp, mul, slice, type Tensor, tensor } from '../../src/tensor/index.js'
import { backends, expectNear, flat, setBackend } from './support.js'

type Nested = number | readonly Nested[]
type Case = Record<string, Nested> & { name: string; convolution: Record<'full' | 'same' | 'valid', Nested> }
const cases = JSON.parse(readFileSync(new URL('../oracle/linalg.json', import.meta.url), 'utf8')) as Case[]

for (const backend of backends)
  describe(`SciPy's results, ${backend}`, () => {
    for (const one of cases)
      it(one.name, () => {
        setBackend(backend)
        const read = (name: string): Tensor => tensor(one[name]!, { dtype: 'f64' })
        const [A, b, S] = [read('A'), read('b'), read('S')]
        const n = b.size
        const cut = slice(A, null, { stop: n - 1 })
        /** Hilbert's condition is 1e4. */
        const near = (name: string, got: Tensor, expected: Nested = one[name]!): void =>
          expectNear(flat(got), [expected].flat(9) as number[], 1e-9, `${name} of ${one.name}`)
        near('solve', linalg.solve(A, b))
        near('inv', linalg.inv(A))
        near('det', linalg.det(A))
        const { sign, logabsdet } = linalg.slogdet(A)
        near('slogdet', sign, (one['slogdet'] as number[])[0]!)
        // Of a determinant of 1 it is 0 up to rounding.
        near('slogdet', exp(logabsdet), Math.exp((one['slogdet'] as number[])[1]!))
        near('cholesky', linalg.cholesky(S))
        near('absR', abs(linalg.qr(A).R))
        const { P, L, U } = linalg.lu(A)
        near('P', P)
        near('L', L)
        near('U', U)
        near('svdvals', linalg.svdvals(A))
        near('eigvalsh', linalg.eigvalsh(S))
        const { re, im } = linalg.eigvals(A)
        const values = flat(re).map((x, i) => [x, flat(im)[i]!] as const)
        values.sort((x, y) => Math.round((x[0] - y[0]) * 1e9) || x[1] - y[1])
        for (const part of [0, 1] as const)
          near(
            'eigvals',
            tensor(
              values.map((value) => value[part]),
              { dtype: 'f64' },
            ),
            (one['eigvals'] as Nested[])[part]!,
          )
        near('expm', linalg.expm(mul(A, 0.25)))
        near('sqrtm', linalg.sqrtm(S))
        const { U: Q, P: H } = linalg.polar(A)
        near('polar', Q, (one['polar'] as Nested[])[0]!)
        near('polar', H, (one['polar'] as Nested[])[1]!)
        near('pinv', linalg.pinv(cut))
        const { solution, residuals } = linalg.lstsq(cut, b)
        near('lstsq', solution)
        near('residual', residuals)
        for (const [i, p] of ([1, 2, Infinity] as const).entries())
          near('norms', linalg.opNorm(A, p), (one['norms'] as number[])[i]!)
        for (const [i, p] of ([1, 2, Infinity, 'fro'] as const).entries())
          near('cond', linalg.cond(A, p), (one['cond'] as number[])[i]!)
        near('subspaceAngles', linalg.subspaceAngles(slice(A, null, { stop: 1 }), slice(A, null, { start: 1 })))
        near('kron', linalg.kron(slice(A, { stop: 2 }, { stop: 2 }), slice(S, { stop: 1 }, { stop: 2 })))
        near('toeplitz', linalg.toeplitz(b, mul(b, 2)))
        near('vander', linalg.vander(b, 3))
        for (const mode of ['full', 'same', 'valid'] as const)
          near('convolution', linalg.convolutionMatrix(b, 4, mode), one.convolution[mode])
      })
  })
