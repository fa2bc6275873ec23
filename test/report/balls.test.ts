/** Balls in the plane: boundaries on the unit sphere, projections and paths where the norms say. */
import { describe, expect, it } from 'vitest'
import {
  elasticNet,
  group,
  l0,
  l1,
  l2,
  linf,
  lp,
  nuclear,
  type Regularizer,
  schatten,
  spectral,
  squared,
  weighted,
} from '../../src/norms/index.node.js'
import { ballsReport } from '../../src/report/balls/measure.js'
import { ballsView, drawBalls, measureBalls, type PlanePoint, viewToHtml } from '../../src/report/index.js'
import { memory, tensor } from '../../src/tensor/index.node.js'

const ofVector = (norm: Regularizer, [a, b]: PlanePoint): number =>
  norm.value(tensor([a, b], { dtype: 'f64' })).item() as number
const diagonal = ([a, b]: PlanePoint): ReturnType<typeof tensor> =>
  tensor(
    [
      [a, 0],
      [0, b],
    ],
    { dtype: 'f64' },
  )
const symmetric = ([a, b]: PlanePoint): ReturnType<typeof tensor> =>
  tensor(
    [
      [a, b],
      [b, a],
    ],
    { dtype: 'f64' },
  )

const ballOf = (norm: Regularizer, options = {}) => ballsReport([norm], options).balls[0]!
/** Corners with the noise of rounding taken away, from the smallest angle on. */
const cornersOf = (norm: Regularizer, options = {}): number[][] =>
  ballOf(norm, options).outline!.map((point) => point.map((x) => Math.round(x * 1e9) / 1e9 + 0))

const weights = tensor([1, 2], { dtype: 'f64' })

describe('boundaries', () => {
  it('are the corners alone where a ball has only straight edges', () => {
    expect(cornersOf(l1)).toEqual([
      [1, 0],
      [0, 1],
      [-1, 0],
      [0, -1],
    ])
    expect(cornersOf(linf)).toEqual([
      [1, 1],
      [-1, 1],
      [-1, -1],
      [1, -1],
    ])
    expect(cornersOf(weighted(l1, weights), { radius: 2 })).toEqual([
      [2, 0],
      [0, 1],
      [-2, 0],
      [0, -1],
    ])
    expect(cornersOf(weighted(linf, weights))).toEqual([
      [1, 0.5],
      [-1, 0.5],
      [-1, -0.5],
      [1, -0.5],
    ])
    expect(cornersOf(nuclear)).toEqual([
      [1, 0],
      [0, 1],
      [-1, 0],
      [0, -1],
    ])
    // |a + b| + |a - b| = 2 max(|a|, |b|).
    expect(cornersOf(nuclear, { slice: 'symmetric' })).toEqual([
      [0.5, 0.5],
      [-0.5, 0.5],
      [-0.5, -0.5],
      [0.5, -0.5],
    ])
    expect(cornersOf(spectral, { slice: 'symmetric' })).toEqual([
      [1, 0],
      [0, 1],
      [-1, 0],
      [0, -1],
    ])
  })

  const vectors: [string, Regularizer][] = [
    ['l1', l1],
    ['l2', l2],
    ['linf', linf],
    ['lp(1.5)', lp(1.5)],
    ['lp(3)', lp(3)],
    ['lp(0.5)', lp(0.5)],
    ['weighted(l2, [1, 2])', weighted(l2, weights)],
    ['elasticNet', elasticNet({ l1: 1, l2: 1 })],
    ['squared(l1)', squared(l1)],
    ['group(l2, l1)', group(l2, l1)],
  ]
  it.each(vectors)('of %s lie on its sphere, and the lines between them near it', (_name, norm) => {
    for (const radius of [1, 0.01, 30]) {
      const outline = ballOf(norm, { radius }).outline!
      const extent = Math.max(...outline.map(([a, b]) => Math.hypot(a, b)))
      outline.forEach((point, i) => {
        expect(Math.abs(ofVector(norm, point) - radius)).toBeLessThanOrEqual(1e-9 * radius)
        const next = outline[(i + 1) % outline.length]!
        // The boundary crosses the ray through the middle of each line within two thousandths of the ball's size.
        const middle: PlanePoint = [(point[0] + next[0]) / 2, (point[1] + next[1]) / 2]
        const size = Math.hypot(...middle)
        const grown: PlanePoint = [middle[0] * (1 + (0.004 * extent) / size), middle[1] * (1 + (0.004 * extent) / size)]
        const shrunk: PlanePoint = [
          middle[0] * (1 - (0.004 * extent) / size),
          middle[1] * (1 - (0.004 * extent) / size),
        ]
        if (norm.isConvex) {
          expect(ofVector(norm, grown)).toBeGreaterThanOrEqual(radius * (1 - 1e-9))
          expect(ofVector(norm, shrunk)).toBeLessThanOrEqual(radius * (1 + 1e-9))
        }
      })
    }
  })

  it.each([
    ['spectral', spectral],
    ['nuclear', nuclear],
    ['schatten(3)', schatten(3)],
  ] as [string, Regularizer][])('of %s lie on its sphere of matrices, in both planes', (_name, norm) => {
    for (const slice of ['diagonal', 'symmetric'] as const) {
      const ball = ballOf(norm, { slice })
      expect(ball.slice).toBe(slice)
      const matrix = slice === 'diagonal' ? diagonal : symmetric
      for (const point of ball.outline!)
        expect(Math.abs((norm.value(matrix(point)).item() as number) - 1)).toBeLessThan(1e-9)
    }
  })

  it('of lp(0.5) go inward between the axes: (1/4, 1/4) for (1, 0) and (0, 1)', () => {
    const outline = ballOf(lp(0.5)).outline!
    for (const [a, b] of [
      [1, 0],
      [0, 1],
      [0.25, 0.25],
      [-0.25, 0.25],
    ] as const)
      expect(Math.min(...outline.map(([x, y]) => Math.hypot(x - a, y - b)))).toBeLessThan(1e-12)
  })

  it.each([1e-12, 1e12])('scale with the radius %d', (radius) => {
    const small = ballOf(lp(3), { radius }).outline!
    const one = ballOf(lp(3)).outline!
    expect(small).toHaveLength(one.length)
    small.forEach(([a, b], i) => {
      expect(Math.hypot(a / radius - one[i]![0], b / radius - one[i]![1])).toBeLessThan(1e-12)
    })
  })

  it('of l0 are rays: the axes within 1, the origin below, the plane from 2 on', () => {
    expect(ballOf(l0)).toMatchObject({
      outline: null,
      isBounded: false,
      rays: [
        [1, 0],
        [0, 1],
        [-1, 0],
        [0, -1],
      ],
    })
    expect(ballOf(l0, { radius: 0.5 })).toMatchObject({ outline: null, isBounded: true, rays: [] })
    expect(ballOf(l0, { radius: 2 })).toMatchObject({ outline: null, isBounded: false, rays: null })
  })
})

describe('projections and paths', () => {
  it('of (1.2, 0.7) are those of a hand', () => {
    const { balls } = ballsReport([l1, linf])
    // Soft thresholds: (1.2 - 0.45) + (0.7 - 0.45) = 1; the second is 0 from t = 0.7 on, the first from 1.2.
    expect(balls[0]!.projection!.map((x) => x.toFixed(12))).toEqual(['0.750000000000', '0.250000000000'])
    const path = balls[0]!.path!.map(({ t, point }) => [t, ...point].map((x) => Math.round(x * 1e9) / 1e9))
    expect(path).toEqual([
      [0, 1.2, 0.7],
      [0.7, 0.5, 0],
      [1.2, 0, 0],
    ])
    // What is above the level comes down to it: equal after 0.5, then both fall by half.
    const other = balls[1]!.path!.map(({ t, point }) => [t, ...point].map((x) => Math.round(x * 1e9) / 1e9))
    expect(other).toEqual([
      [0, 1.2, 0.7],
      [0.5, 0.7, 0.7],
      [1.9, 0, 0],
    ])
  })

  it('are where the norm puts them', () => {
    for (const norm of [l1, l2, linf, lp(3), weighted(l1, weights)]) {
      for (const point of [
        [1.2, 0.7],
        [-0.3, 2],
        [0.1, 0.1],
        [0, 0],
      ] as PlanePoint[]) {
        const { projection, distance, path } = ballOf(norm, { point })
        const x = tensor([...point], { dtype: 'f64' })
        expect(projection).toEqual(Array.from(norm.project(x, 1).toArray() as Float64Array))
        expect(distance).toBeCloseTo(Math.hypot(point[0] - projection![0], point[1] - projection![1]), 14)
        expect(path![0]).toEqual({ t: 0, point, isJump: false })
        for (const step of path!) {
          const there = norm.prox(x, step.t).toArray()
          expect(Math.hypot(there[0]! - step.point[0], there[1]! - step.point[1])).toBeLessThan(1e-9)
        }
        expect(Math.hypot(...path!.at(-1)!.point)).toBeLessThan(1e-9)
      }
    }
  })

  it('of l0 jump to an axis at t = 0.7² / 2 and to the origin at 1.2² / 2', () => {
    const { projection, path } = ballOf(l0)
    expect(projection).toEqual([1.2, 0])
    const jumps = path!.filter(({ isJump }) => isJump)
    expect(jumps.map(({ t }) => Math.round(t * 1e3) / 1e3)).toEqual([0.245, 0.72])
  })

  it('say why where no method is known', () => {
    const { projection, path, skipped, isConvex } = ballOf(lp(0.5))
    expect([projection, path, isConvex]).toEqual([null, null, false])
    expect(skipped.map(({ what }) => what)).toEqual(['projection', 'path'])
    for (const { why } of skipped) expect(why).toMatch(/^lp\(0\.5\)\.(project|prox): no method is known/)
  })

  it('leave no tensor behind', () => {
    const before = memory().tensors
    ballsReport([l1, lp(0.5), nuclear, l0])
    expect(memory().tensors).toBe(before)
  })
})

describe('what is refused', () => {
  it.each([
    ['no norms', [], {}, 'balls: no norms; expected at least one. Try l1, l2, linf.'],
    [
      'a point of three',
      [l1],
      { point: [1, 2, 3] },
      'balls: point [1,2,3]; expected two finite numbers. Try [1.2, 0.7].',
    ],
    [
      'a point that is not finite',
      [l1],
      { point: [1, Infinity] },
      'balls: point [1,null]; expected two finite numbers. Try [1.2, 0.7].',
    ],
    ['a radius of 0', [l1], { radius: 0 }, 'balls: radius 0; expected a finite number above 0.'],
    [
      'a radius that is not a number',
      [l1],
      { radius: Number.NaN },
      'balls: radius NaN; expected a finite number above 0.',
    ],
  ])('%s', async (_what, norms, options, message) => {
    await expect(measureBalls(norms, options as object)).rejects.toThrow(message)
  })

  it('a norm of three numbers, with its own words', () => {
    const three = weighted(l1, tensor([1, 2, 3], { dtype: 'f64' }))
    expect(() => ballsReport([three])).toThrow(
      /^balls: .* takes neither two numbers nor a 2 x 2 matrix \(.*\)\. Expected a norm of the plane\. Try weights or groups of two elements\.$/,
    )
  })
})

describe('the picture', () => {
  it('has one panel for each norm, titled, in one scale', async () => {
    const svg = await drawBalls([l1, l2, linf, lp(0.5), l0])
    expect([...svg.matchAll(/class="head"[^>]*>([^<]*)</g)].map(([, name]) => name)).toEqual([
      'l1',
      'l2',
      'linf',
      'lp(0.5)',
      'l0',
    ])
    expect(svg).toMatch(/^<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg"/)
    expect(svg).toContain('aria-label="Balls of radius 1: l1, l2, linf, lp(0.5), l0.')
    // 1.2 times the point's 1.2 on each side of 220 pixels: 1 is 76.39 pixels from the middle.
    expect(svg).toContain('d="M186.39,110L110,33.61L33.61,110L110,186.39Z"')
    expect(svg).toContain('no projection: no method is known')
    expect(svg).not.toMatch(/<script|href=|url\((?!#)/)
  })

  it('shows a hostile name as text', async () => {
    const hostile: Regularizer = { ...lp(0.5), name: '<script>alert(1)</script>\u001b' }
    const svg = await drawBalls([hostile])
    expect(svg).not.toContain('<script')
    expect(svg).not.toContain('\u001b')
  })

  it('is a page with the numbers, too', async () => {
    const report = await measureBalls([l1, lp(0.5)])
    const page = await viewToHtml(ballsView(report, await drawBalls([l1, lp(0.5)])))
    expect(page).toContain('<figure class="picture"><svg xmlns=')
    expect(page).toContain('(0.75, 0.25)')
    expect(page).toContain('projection: lp(0.5).project: no method is known')
  })
})
