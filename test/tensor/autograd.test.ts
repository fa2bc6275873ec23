/** The backward pass, and derivatives of functions. */
import { describe, expect, it } from 'vitest'
import {
  detectAnomaly,
  enableGrad,
  grad,
  gradcheck,
  gradgradcheck,
  hessian,
  hvp,
  jacobian,
  jvp,
  memory,
  noGrad,
  ones,
  scope,
  type Tensor,
  tensor,
  valueAndGrad,
  vjp,
} from '../../src/tensor/index.js'

const f64 = { dtype: 'f64' } as const
const leaf = (values: number | number[] | number[][]): Tensor => tensor(values, { ...f64, requiresGrad: true })

describe('backward', () => {
  it('d/dw sum(w²) = 2 w', () => {
    const w = leaf([1, 2])
    w.mul(w).sum().backward()
    expect(w.grad!.toNested()).toEqual([2, 4])
  })

  it('adds up over calls until zeroGrad', () => {
    const w = leaf([1, 2])
    for (let i = 0; i < 3; i++) w.mul(2).sum().backward()
    expect(w.grad!.toNested()).toEqual([6, 6])
    w.zeroGrad()
    expect(w.grad).toBeNull()
    w.sum().backward()
    expect(w.grad!.toNested()).toEqual([1, 1])
  })

  it('visits each node once where paths meet', () => {
    const x = leaf(1.5)
    let y: Tensor = x
    // 2^40 paths.
    for (let i = 0; i < 40; i++) y = y.add(y)
    y.backward()
    expect(x.grad!.item()).toBe(2 ** 40)
  })

  it('gives each gradient its own memory, also where a rule hands on what it was given', () => {
    const [x, b] = [leaf([1, 2]), leaf([3, 4])]
    const y = x.mul(1)
    y.retainGrad()
    const seed = tensor([1, 10], f64)
    y.add(b).add(y).backward(seed)
    expect([x, b, y].map((one) => one.grad!.toNested())).toEqual([[2, 20], [1, 10], [2, 20]]) // biome-ignore format: a table
    b.grad!.mul_(7)
    y.grad!.mul_(5)
    expect(x.grad!.toNested()).toEqual([2, 20])
    expect(seed.toNested()).toEqual([1, 10])
  })

  it('leaves nothing behind when a rule fails', () => {
    scope(() => {
      const x = leaf([1, 2])
      const factor = tensor([3, 4], f64)
      const z = x.mul(factor).add(x).sum()
      factor.add_(1)
      const before = memory().tensors
      expect(() => z.backward()).toThrow('was changed in place afterwards')
      expect(memory().tensors).toBe(before)
    })
  })

  it('of a vector needs a gradient, and says so', () => {
    const x = leaf([1, 2, 3])
    const y = x.mul(x)
    expect(() => y.backward()).toThrow(
      'backward: f64[3] has 3 elements; expected one, or a gradient of that shape. Try backward(gradient), or sum() first.',
    )
    expect(() => y.backward(ones([2], f64))).toThrow(
      'backward: the gradient is f64[2]; expected f64[3], as the result it belongs to.',
    )
    y.backward(tensor([1, 10, 100], f64))
    expect(x.grad!.toNested()).toEqual([2, 40, 600])
  })

  it('of what requires no gradient is an error', () => {
    expect(() => tensor(1).backward()).toThrow('backward: f32[] does not require a gradient.')
  })

  it('twice through one graph needs retainGraph', () => {
    const x = leaf([3])
    const y = x.mul(x).sum()
    y.backward({ retainGraph: true })
    y.backward()
    expect(x.grad!.toNested()).toEqual([12])
    expect(() => y.backward()).toThrow(
      'saved was given back by an earlier backward through the same graph. Try backward({ retainGraph: true }) the first time.',
    )
  })

  it('with createGraph can be differentiated again', () => {
    const x = leaf([2])
    x.mul(x).mul(x).sum().backward({ createGraph: true })
    const first = x.grad!
    expect(first.toNested()).toEqual([12])
    x.grad = null
    first.sum().backward()
    expect(x.grad!.toNested()).toEqual([12])
  })

  it('gives broadcast operands the sum over what repeats', () => {
    const x = leaf([[1, 2, 3], [4, 5, 6]]) // biome-ignore format: a matrix
    const row = leaf([1, 1, 1])
    const scalar = leaf(2)
    x.mul(row).mul(scalar).sum().backward()
    expect(row.grad!.toNested()).toEqual([10, 14, 18])
    expect(scalar.grad!.item()).toBe(21)
  })

  it('casts gradients back', () => {
    const x = tensor([1, 2], { requiresGrad: true })
    x.mul(tensor([3, 4], f64))
      .sum()
      .backward()
    expect(x.grad!.dtype).toBe('f32')
    expect(x.grad!.toNested()).toEqual([3, 4])
  })

  it('leaves a gradient at a result that asks for it', () => {
    const x = leaf([1, 2])
    const y = x.mul(3)
    y.retainGrad()
    y.mul(y).sum().backward()
    expect(y.grad!.toNested()).toEqual([6, 12])
  })

  it('goes through a chain deeper than the call stack', () => {
    scope(() => {
      const x = leaf(1)
      let y: Tensor = x
      for (let i = 0; i < 20_000; i++) y = y.add(1e-6)
      y.backward()
      expect(x.grad!.item()).toBe(1)
    })
  })
})

describe('what is recorded', () => {
  it('nothing inside noGrad, all inside enableGrad', () => {
    const x = leaf([1])
    expect(noGrad(() => x.mul(2)).requiresGrad).toBe(false)
    expect(noGrad(() => enableGrad(() => x.mul(2))).requiresGrad).toBe(true)
    expect(() => noGrad(() => { throw new Error('x') })).toThrow('x') // biome-ignore format: short
    expect(x.mul(2).requiresGrad).toBe(true)
  })

  it('nothing of a detached view, though it shares its elements', () => {
    const x = leaf([1, 2])
    const y = x.detach()
    expect(y.requiresGrad).toBe(false)
    y.data[0] = 7
    expect(x.toNested()).toEqual([7, 2])
  })

  it('no gradient of whole numbers', () => {
    const x = tensor([1, 2], { dtype: 'i32' })
    expect(() => {
      x.requiresGrad = true
    }).toThrow("requiresGrad: i32[2] has no gradient; expected f32 or f64. Try to('f32').")
  })

  it('cannot be changed at a result', () => {
    const y = leaf([1]).mul(2)
    expect(() => {
      y.requiresGrad = false
    }).toThrow('requiresGrad: f64[1] is the result of mul; only leaves can be changed. Try detach().')
  })
})

describe('derivatives of functions', () => {
  const x = tensor([0.5, -1.5, 2], f64)
  const cube = (t: Tensor): Tensor => t.mul(t).mul(t).sum()

  it('grad and valueAndGrad', () => {
    const { value, grad: gradient } = valueAndGrad(cube)(x)
    expect(value.item()).toBe(0.125 - 3.375 + 8)
    expect(gradient.toNested()).toEqual([0.75, 6.75, 12])
    expect(grad(cube)(x).toNested()).toEqual([0.75, 6.75, 12])
    expect(x.requiresGrad).toBe(false)
  })

  it('of trees of tensors have their form', () => {
    const tree = { w: x, more: [tensor(2, f64)] as const }
    const loss = (t: typeof tree): Tensor => t.w.mul(t.more[0]).sum()
    const gradient = grad(loss)(tree)
    expect(gradient.w.toNested()).toEqual([2, 2, 2])
    expect(gradient.more[0].item()).toBe(1)
  })

  it('zeros where the value does not depend on an input', () => {
    expect(grad((t: Tensor) => tensor(3, f64).add(t.mul(0).sum()))(x).toNested()).toEqual([0, 0, 0])
    expect(grad((_: Tensor) => tensor(3, f64))(x).toNested()).toEqual([0, 0, 0])
  })

  it('nest: the third derivative of x³ is 6', () => {
    const first = grad(cube)
    const second = grad((t: Tensor) => first(t).sum())
    const third = grad((t: Tensor) => second(t).sum())
    expect(second(x).toNested()).toEqual([3, -9, 12])
    expect(third(x).toNested()).toEqual([6, 6, 6])
  })

  it('can be differentiated through from outside', () => {
    const w = leaf([2])
    grad(cube)(w).sum().backward()
    expect(w.grad!.toNested()).toEqual([12])
  })

  it('jvp and vjp are transposes of each other, and agree with the Jacobian', () => {
    const A = tensor([[1, 2, 3], [4, 5, 7]], f64) // biome-ignore format: a matrix
    const fn = (t: Tensor): Tensor => A.matmul(t.mul(t))
    const J = jacobian(fn, x)
    expect(J.toNested()).toEqual([[1, -6, 12], [4, -15, 28]]) // biome-ignore format: a matrix
    const [v, u] = [tensor([1, 2, 3], f64), tensor([10, 1], f64)]
    expect(jvp(fn, x, v).product.toNested()).toEqual(J.matmul(v).toNested())
    expect(vjp(fn, x, u).product.toNested()).toEqual(u.matmul(J).toNested())
    expect(vjp(fn, x, u).value.toNested()).toEqual(fn(x).toNested())
  })

  it('the Hessian of x³ is diagonal, and hvp multiplies by it', () => {
    const H = hessian(cube, x)
    // + 0, because there are zeros of either sign.
    expect(Array.from(H.toArray(), (value) => value + 0)).toEqual([3, 0, 0, 0, -9, 0, 0, 0, 12])
    expect(hvp(cube, x, tensor([1, 1, 2], f64)).toNested()).toEqual([3, -9, 24])
  })

  it('say what is wrong with the function', () => {
    expect(() => grad((t: Tensor) => t.mul(2))(x)).toThrow(
      'valueAndGrad: the function gives f64[3]; expected one element. Try sum() at its end.',
    )
    expect(() => jvp(cube, x, tensor([1], f64))).toThrow('jvp: direction f64[1] at f64[3]; expected equal shapes.')
  })

  it('leave no temporaries', () => {
    const v = tensor([1, 2, 3], f64)
    const before = memory().tensors
    const results = [
      grad(cube)(x),
      hessian(cube, x),
      hvp(cube, x, v),
      jvp(cube, x, v).product,
      vjp(cube, x, ones([], f64)).value,
    ]
    // One each, and the values of jvp and vjp.
    expect(memory().tensors - before).toBe(results.length + 3)
    for (const one of results) one.dispose()
  })
})

describe('gradcheck', () => {
  it('passes a right rule and fails a wrong one', async () => {
    const { record } = await import('../../src/tensor/internal.js')
    const x = leaf([0.3, -2])
    expect(gradcheck((t) => t.mul(t), [x])).toBe(true)
    const wrong = (t: Tensor): Tensor => record(t.mul(t).detach(), 'wrong', [t], [t], (g, [p]) => [g.mul(p!)])
    expect(() => gradcheck(wrong, [x])).toThrow(/^gradcheck: output 0, input 0: d output\[0\] \/ d input\[0\] is 0.3/)
  })

  it('of second derivatives fails a rule that is not differentiable', async () => {
    const { record } = await import('../../src/tensor/internal.js')
    const x = leaf([0.3, -2])
    expect(gradgradcheck((t) => t.mul(t).mul(t), [x])).toBe(true)
    const blind = (t: Tensor): Tensor =>
      record(t.mul(t).detach(), 'blind', [t], [t], (g, [p]) => [g.mul(p!.detach()).mul(2)])
    expect(gradcheck(blind, [x])).toBe(true)
    expect(() => gradgradcheck(blind, [x])).toThrow(/^gradcheck/)
  })

  it('wants f64', () => {
    expect(() => gradcheck((t) => t, [tensor([1], { requiresGrad: true })])).toThrow(
      'gradcheck: an input is f32[1]; expected f64, differences of f32 tell little.',
    )
  })
})

describe('detectAnomaly', () => {
  it('names the operation that made the first infinity, and the place', () => {
    const x = leaf([1, 0])
    expect(() => detectAnomaly(() => tensor([1, 1], f64).div(x).mul(2).sum())).toThrow(
      /^div: made the first NaN or infinity, element 1 of f64\[2\] from f64\[2\] and f64\[2\], at .*autograd\.test\.ts/,
    )
  })

  it('names the place of the forward operation when a backward pass makes it', () => {
    const x = leaf([1e-200])
    const fail = (): void =>
      detectAnomaly(() => {
        // 1 / x is finite, 1 / x² is not.
        tensor([1], f64).div(x).sum().backward()
      })
    expect(fail).toThrow(/in a backward pass: made the first .* for the operation at .*autograd\.test\.ts/)
  })
})
