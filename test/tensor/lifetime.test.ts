/** Who frees a tensor, and what happens to one that was freed. */
import { describe, expect, it } from 'vitest'
import { collector } from '../../src/tensor/collect.node.js'
import { full, memory, ones, Scope, scope, type Tensor, tensor, zeros } from '../../src/tensor/index.node.js'
import { empty } from '../../src/tensor/internal.js'

/** Tensors alive after `work`, less those before. */
function left(work: () => void): number {
  const before = memory().tensors
  work()
  return memory().tensors - before
}

describe('scope', () => {
  it('frees what was made inside and not returned', () => {
    let inside: Tensor | undefined
    const result = scope(() => {
      inside = tensor([1, 2])
      return inside.add(inside)
    })
    expect(inside!.isDisposed).toBe(true)
    expect(result.toNested()).toEqual([2, 4])
    result.dispose()
  })

  it('keeps tensors within arrays, objects, maps and sets, once each', () => {
    const kept = scope(() => {
      const x = ones([2])
      return {
        list: [x, { deep: x }],
        map: new Map([['k', zeros([1])]]),
        set: new Set([full([1], 3)]),
        none: null,
        n: 1,
      }
    })
    const all = [kept.list[0] as Tensor, kept.map.get('k')!, [...kept.set][0]!]
    expect(all.map((x) => x.isDisposed)).toEqual([false, false, false])
    for (const x of all) x.dispose()
  })

  it('hands what it keeps to the scope outside', () => {
    let inner: Tensor | undefined
    scope(() => {
      inner = scope(() => ones([1]))
      expect(inner.isDisposed).toBe(false)
    })
    expect(inner!.isDisposed).toBe(true)
  })

  it('frees every tensor of a long loop that disposed of some and kept others', () => {
    const before = memory().tensors
    const [held, kept] = scope(() => {
      const all: Tensor[] = []
      let sum = 0
      // More than it looks through at a time, so that it has looked through them several times.
      for (let i = 0; i < 10_000; i++) {
        const one = full([1], i)
        all.push(one)
        if (i % 2 === 0) one.dispose()
        if (i % 1000 === 1) one.keep()
        sum += i
      }
      expect(memory().tensors - before).toBe(5000)
      expect(all[9999]!.item()).toBe(9999)
      expect(sum).toBe(49_995_000)
      return [all, all[3]!]
    }) as [Tensor[], Tensor]
    // What a scope returns it keeps: all of them here, so nothing that was alive is lost.
    expect(memory().tensors - before).toBe(5000)
    expect(kept.item()).toBe(3)
    for (const one of held) one.dispose()
    expect(memory().tensors).toBe(before)
  })

  it('frees what is left of a long loop at its end', () => {
    const freed = left(() =>
      scope(() => {
        for (let i = 0; i < 10_000; i++) {
          const one = full([1], i)
          if (i % 3 === 0) one.dispose()
        }
      }),
    )
    expect(freed).toBe(0)
  })

  it('frees when the function throws', () => {
    let inside: Tensor | undefined
    const failing = (): void =>
      scope(() => {
        inside = ones([1])
        throw new Error('no')
      })
    expect(failing).toThrow('no')
    expect(inside!.isDisposed).toBe(true)
  })

  it('lasts as long as an async function', async () => {
    let inside: Tensor | undefined
    const result = await scope(async () => {
      inside = ones([2])
      await new Promise((resolve) => setTimeout(resolve, 1))
      expect(inside.isDisposed).toBe(false)
      return inside.mul(2)
    })
    expect(inside!.isDisposed).toBe(true)
    expect(result.toNested()).toEqual([2, 2])
    result.dispose()
  })

  it('of several async functions at a time keeps each its own', async () => {
    const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))
    const before = memory().tensors
    const results = await Promise.all(
      [3, 1, 2].map((ms, i) =>
        scope(async () => {
          let x = full([2], i)
          for (let step = 0; step < 3; step++) {
            await wait(ms)
            x = scope(() => x.add(full([2], 10)))
          }
          return x
        }),
      ),
    )
    expect(results.map((x) => x.toNested())).toEqual([[30, 30], [31, 31], [32, 32]]) // biome-ignore format: a list
    expect(memory().tensors - before).toBe(3)
    for (const x of results) x.dispose()
  })

  it('frees when an async function fails', async () => {
    let inside: Tensor | undefined
    const failing = scope(async () => {
      inside = ones([2])
      await null
      throw new Error('later')
    })
    await expect(failing).rejects.toThrow('later')
    expect(inside!.isDisposed).toBe(true)
  })

  it('without a function is open until it is closed', () => {
    const open = scope()
    expect(open).toBeInstanceOf(Scope)
    const x = ones([1])
    const kept = open.keep(ones([1]))
    open[Symbol.dispose]()
    expect([x.isDisposed, kept.isDisposed]).toEqual([true, false])
    open.close()
    kept.dispose()
  })

  it('closed before a scope inside it leaves that one whole', () => {
    const outer = scope()
    const inner = scope()
    const x = ones([1])
    outer.close()
    expect(x.isDisposed).toBe(false)
    inner.close()
    expect(x.isDisposed).toBe(true)
  })

  it('leaves alone what was told to stay', () => {
    const x = scope(() => {
      const inside = ones([1]).keep()
      return { get: () => inside }
    }).get()
    expect(x.isDisposed).toBe(false)
    x.dispose()
  })
})

describe('dispose', () => {
  it('frees at once, and again does nothing', () => {
    const before = memory()
    const x = ones([1000])
    expect(memory().bytes - before.bytes).toBe(4000)
    x.dispose()
    x.dispose()
    expect(memory()).toEqual(before)
  })

  it('leaves views of the same elements whole', () => {
    const x = tensor([[1, 2], [3, 4]]) // biome-ignore format: a matrix
    const view = x.transpose()
    x.dispose()
    expect(view.toNested()).toEqual([[1, 3], [2, 4]]) // biome-ignore format: a matrix
    expect(left(() => view.dispose())).toBe(-1)
  })

  it('leaves a gradient that is still to be computed what it needs', () => {
    scope(() => {
      const x = tensor([2, 3], { requiresGrad: true })
      const square = x.mul(x)
      const y = square.mul(square)
      square.dispose()
      y.sum().backward()
      expect(x.grad!.toNested()).toEqual([4 * 8, 4 * 27])
    })
  })

  it('makes later use an error that says what to do', () => {
    const x = ones([2, 3])
    x.dispose()
    const message =
      'f32[2, 3] was freed, by dispose() or at the end of its scope. Try returning it from the scope, or keep() it.'
    expect(() => x.add(1)).toThrow(message)
    expect(() => x.transpose()).toThrow(message)
    expect(() => x.toArray()).toThrow(message)
    expect(String(x)).toBe('tensor(freed, f32[2, 3])')
  })
})

describe('memory', () => {
  it('is used again: a million small steps take no more, and no longer', () => {
    const a = ones([10])
    const step = (): void => scope(() => void a.add(a).mul(2).sub(a).sum().item())
    for (let i = 0; i < 1000; i++) step()
    const bytes = a.storage.bytes
    const before = memory()
    const steps = process.env['NORMBALL_LONG'] ? 1_000_000 : 50_000
    for (let i = 0; i < steps; i++) step()
    expect(memory()).toEqual(before)
    expect(bytes).toBe(40)
    a.dispose()
  })

  it('does not fragment when large and small tensors alternate', () => {
    const kept: Tensor[] = []
    scope(() => {
      for (let round = 0; round < 200; round++) {
        const large = zeros([512 * 1024])
        kept.push(full([16], round).keep())
        large.dispose()
      }
    })
    const { bytes } = memory()
    scope(() => {
      // All that was freed is one piece again.
      expect(zeros([4 * 1024 * 1024]).isDisposed).toBe(false)
    })
    expect(memory().bytes).toBe(bytes)
    for (const [i, one] of kept.entries()) expect(one.toNested()).toEqual(new Array(16).fill(i))
    for (const one of kept) one.dispose()
  })

  it('that ran out says what holds it and what to do, and goes on', () => {
    const before = memory()
    expect(() =>
      scope(() => {
        for (;;) empty('f32', [64, 1024, 1024])
      }),
    ).toThrow(
      /^out of memory: 268 MB for a new f32\[64, 1024, 1024\], while \d+ tensors of .* are alive, the largest f32\[64, 1024, 1024\] of 268 MB; one thread can address 4 GiB\. Try scope/,
    )
    expect(memory()).toEqual(before)
    expect(full([2], 5).toNested()).toEqual([5, 5])
  })

  it('that grows leaves tensors whole', () => {
    scope(() => {
      const x = tensor([1, 2, 3])
      zeros([40 * 1024 * 1024])
      expect(x.toNested()).toEqual([1, 2, 3])
      expect(x.add(1).toNested()).toEqual([2, 3, 4])
    })
  })
})

describe('what is forgotten', () => {
  it('stays bounded in code that awaits between steps', async () => {
    // 1,000 forgotten megabytes are what other libraries in WebAssembly do not survive.
    const before = memory().bytes
    let most = 0
    for (let step = 0; step < 1000; step++) {
      zeros([256 * 1024])
      await new Promise((resolve) => setImmediate(resolve))
      most = Math.max(most, memory().bytes - before)
    }
    expect(most).toBeLessThan(700e6)
  })
})

describe('small tensors that are forgotten', () => {
  it('are freed by the garbage collector when their task is over', async () => {
    const collect = collector()
    const before = memory().tensors
    for (let i = 0; i < 1000; i++) full([4], i)
    expect(memory().tensors).toBeGreaterThan(before)
    for (let tries = 0; tries < 50 && memory().tensors > before; tries++) {
      await new Promise((resolve) => setImmediate(resolve))
      collect()
    }
    // Fewer, where what earlier tests forgot goes too.
    expect(memory().tensors).toBeLessThanOrEqual(before)
  })
})

describe('the tape', () => {
  it('is freed with the last tensor on it', () => {
    const x = ones([4])
    x.requiresGrad = true
    expect(
      left(() => {
        let y = x.mul(x)
        for (let i = 0; i < 5000; i++) {
          const next = y.mul(1.0001)
          y.dispose()
          y = next
        }
        y.dispose()
      }),
    ).toBe(0)
    x.dispose()
  })

  it('leaves no temporaries after backward', () => {
    const x = tensor([1, 2, 3], { requiresGrad: true })
    x.grad = zeros([3])
    expect(left(() => scope(() => x.mul(x).add(x).div(3).sum().backward()))).toBe(0)
    for (const [i, value] of x.grad!.toArray().entries()) expect(value).toBeCloseTo([1, 5 / 3, 7 / 3][i]!, 6)
    x.grad?.dispose()
    x.dispose()
  })

  it('gives what was saved back early', () => {
    scope(() => {
      const x = ones([1000])
      x.requiresGrad = true
      const y = x.mul(x)
      const z = y.mul(y)
      const total = z.sum()
      y.dispose()
      z.dispose()
      const before = memory().tensors
      total.backward()
      // y's storage went, x's gradient came.
      expect(memory().tensors - before).toBe(0)
    })
  })
})
