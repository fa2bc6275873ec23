/** What a page loads of the packed package, bundled and minified by Vite: how much, and from which folders. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { bundleScript } from './bundle.js'
import { type Packed, pack } from './packed.js'

let packed: Packed
beforeAll(() => {
  packed = pack()
})
afterAll(() => packed?.[Symbol.dispose]())

/** The folder below `dist` that a module lies in. */
const folderOf = (path: string): string => path.split('/')[1]!

async function modulesOf(code: string): Promise<string[]> {
  const parts = await bundleScript(packed, code)
  return [...parts.values()].flatMap(({ modules }) => modules).filter((path) => path.startsWith('dist/'))
}

describe('the size for browsers', () => {
  it('of the kernels and all of normball/linalg is under 120 KB gzipped', async () => {
    const parts = await bundleScript(packed, "export * from 'normball/linalg'", (path) =>
      folderOf(path) === 'tensor' ? 'tensor' : 'linalg',
    )
    const { gzipped, modules } = parts.get('linalg')!
    const tensors = parts.get('tensor')!
    console.log(
      `kernels and normball/linalg for browsers: ${gzipped} bytes gzipped; the tensors that they are given as: ${tensors.gzipped}`,
    )
    const embedded = modules.filter((path) => path.includes('/embedded/')).map((path) => path.split('/').at(-1))
    expect(embedded.sort()).toEqual(['array.js', 'lapack.js'])
    expect(new Set(modules.map(folderOf))).toEqual(new Set(['core', 'kernels', 'lapack', 'linalg']))
    expect(gzipped).toBeLessThan(120_000)
    expect(gzipped + tensors.gzipped).toBeLessThan(150_000)
  })
})

describe('what one function brings along', () => {
  const compute = ['core', 'kernels', 'lapack', 'tensor']
  const storage = [
    'dist/kernels/embedded/arith.js',
    'dist/kernels/embedded/decode.js',
    'dist/kernels/measures.js',
    'dist/kernels/statistics.js',
  ]

  it.each([
    ["export { zeros } from 'normball'", compute],
    ["export { svd } from 'normball/linalg'", [...compute, 'linalg']],
    ["export { open } from 'normball/checkpoint'", ['archive', 'checkpoint', 'core']],
    ["export { toCsv } from 'normball/report'", ['core', 'report', 'weights']],
  ])('%s: nothing but %j', async (code, folders) => {
    const modules = await modulesOf(code)
    expect(modules.length).toBeGreaterThan(0)
    expect([...new Set(modules.map(folderOf))].filter((one) => !folders.includes(one))).toEqual([])
    expect(modules.filter((path) => storage.includes(path))).toEqual([])
  })

  it('svd leaves the solvers of normball/linalg out', async () => {
    const modules = await modulesOf("export { svd } from 'normball/linalg'")
    expect(modules).toContain('dist/linalg/svd.js')
    expect(modules.filter((path) => /^dist\/linalg\/(krylov|sparse|systems)\//.test(path))).toEqual([])
  })

  it('inspect brings what measures, and neither linear algebra on tensors nor operations on them', async () => {
    const modules = await modulesOf("export { inspect } from 'normball/weights'")
    expect(modules).toEqual(expect.arrayContaining(storage))
    expect(modules.filter((path) => /^dist\/(linalg|norms|report|cli)\/|^dist\/tensor\/ops\//.test(path))).toEqual([])
  })
})
