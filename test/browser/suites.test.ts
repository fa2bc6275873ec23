/**
 * The test files of tensors, gradients, linear algebra, norms, layers, optimizers and training once more, in Chromium: the package is packed, every test file is bundled
 * against it by Vite, and each runs in a page of its own on the portable backend. A new test file takes part by being there.
 */
import { readdirSync, readFileSync, realpathSync, statSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join, relative, sep } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { gunzipSync, gzipSync } from 'node:zlib'
import { type Browser, chromium } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { sharedPath } from '../shared.js'
import { bundleSuites } from './bundle.js'
import { executable, type Packed, pack, root } from './packed.js'
import type { Outcome } from './page/run.js'

/** Folders whose test files run in pages. Of `lapack` the portable files; what needs a library of the machine has another name. */
const folders: Record<string, RegExp> = {
  tensor: /./,
  linalg: /./,
  norms: /./,
  nn: /./,
  optim: /./,
  train: /^(data|fit|metrics)\b/,
  table: /./,
  factor: /./,
  shift: /./,
  kernels: /./,
  lapack: /^portable/,
  distributions: /./,
}

const storage = 'storage types of checkpoints: library.test.ts measures files of them in Chromium'

/** What stays on Node, and why: test files, or single tests (`file > group > test`). */
const nodeOnly: Record<string, string> = {
  'factor/files': 'reads and writes models as files',
  'kernels/decode': storage,
  'kernels/decode-oracle': storage,
  'kernels/decode-reference': storage,
  'lapack/portable': 'a minute long, and the same module in the same engine; test/linalg runs on it here',
  'nn/character': 'trains beside PyTorch, which a page cannot start',
  'nn/fashion': 'opens files by their paths',
  'nn/interop': 'PyTorch opens what it saved, and a page cannot start it',
  'nn/summary > summary > a small network, counted by hand':
    'the table names classes, which a bundler that minifies shortens',
  'norms/examples': 'reads the sources for the examples of their docstrings',
  'table/duckdb': 'DuckDB is native code, and opens files by their paths',
  'table/open': 'opens files by their paths',
  'tensor/autograd > detectAnomaly > names the operation that made the first infinity, and the place':
    'a place in a bundle is no place in a test file',
  'tensor/autograd > detectAnomaly > names the place of the forward operation when a backward pass makes it':
    'a place in a bundle is no place in a test file',
  'tensor/lifetime > scope > of several async functions at a time keeps each its own':
    'browsers cannot tell asynchronous calls apart yet (AsyncContext), and Node can',
  'tensor/lifetime > small tensors that are forgotten > are freed by the garbage collector when their task is over':
    'a page cannot ask for a collection at once, and little waits here; Node can',
}

const names = Object.entries(folders).flatMap(([folder, pattern]) => {
  const path = join(root, 'test', folder)
  const all = statSync(path, { throwIfNoEntry: false }) ? readdirSync(path) : []
  return all
    .filter((file) => file.endsWith('.test.ts') && pattern.test(file))
    .map((file) => `${folder}/${file.replace(/\.test\.ts$/, '')}`)
})
const suites = names.filter((name) => !(name in nodeOnly))

/** Tests read their oracles and matrices from here, and nothing else. */
const readable = [join(root, 'test'), join(root, 'examples'), sharedPath()]
  .filter((path) => statSync(path, { throwIfNoEntry: false }))
  .map((path) => realpathSync(path) + sep)

/** A file or a folder's names for a page, or null where a page may not read or nothing is there. */
function read(kind: string, path: string): Buffer | string | null {
  if (!statSync(path, { throwIfNoEntry: false })) return null
  const real = realpathSync(path)
  if (!readable.some((folder) => `${real}${sep}`.startsWith(folder))) return null
  const isFolder = statSync(real).isDirectory()
  if (kind === 'list') return isFolder ? JSON.stringify(readdirSync(real)) : null
  return isFolder ? null : readFileSync(real)
}

function serve(pages: string): Server {
  return createServer(async (request, response) => {
    const url = new URL(request.url ?? '/', 'http://localhost')
    const type = url.pathname.endsWith('.js') ? 'text/javascript' : 'text/plain; charset=utf-8'
    if (url.pathname === '/') {
      response.setHeader('content-type', 'text/html')
      return void response.end('<!doctype html><link rel=icon href=data:,><script type=module src=run.js></script>')
    }
    const path = url.searchParams.get('path')
    const kind = url.pathname.slice(1)
    let body: Buffer | string | null
    if (path === null) body = readFileSync(join(pages, kind))
    else if (kind === 'gzip') body = gzipSync(await buffer(request))
    else if (kind === 'gunzip') body = gunzipSync(await buffer(request))
    else body = read(kind, path)
    response.writeHead(body === null ? 404 : 200, { 'content-type': type }).end(body)
  })
}

describe.skipIf(!executable)('test files in Chromium, against the packed package', () => {
  let packed: Packed
  let modules: string[]
  let server: Server
  let address = ''
  let browser: Browser
  const passed = new Map<string, number>()
  const excused = new Set(names.filter((name) => name in nodeOnly))

  beforeAll(async () => {
    packed = pack()
    const bundled = await bundleSuites(
      packed,
      new Map(suites.map((name) => [name, join(root, 'test', `${name}.test.ts`)])),
    )
    modules = bundled.modules
    server = serve(bundled.folder)
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
    address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    browser = await chromium.launch({
      executablePath: executable!,
      args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-sync', '--no-first-run'],
    })
  })
  afterAll(async () => {
    await browser?.close()
    server?.closeAllConnections()
    await new Promise((done) => (server ? server.close(done) : done(null)))
    packed?.[Symbol.dispose]()
  })

  it('are bundled against the package, not against the sources', () => {
    const own = modules.filter((path) => path.startsWith(join(root, 'src')) || path.startsWith(join(root, 'dist')))
    expect(own).toEqual([])
    const used = modules.filter((path) => path.startsWith(packed.package)).map((path) => relative(packed.package, path))
    expect(used).toEqual(expect.arrayContaining(['dist/tensor/tensor.js', 'dist/kernels/module.js']))
    expect(used.filter((path) => path.endsWith('.node.js'))).toEqual([])
  })

  it.each(suites)('%s', { timeout: 300_000 }, async (name) => {
    const context = await browser.newContext()
    try {
      const page = await context.newPage()
      const thrown: string[] = []
      page.on('pageerror', (error) => thrown.push(error.message))
      await page.goto(address)
      await page.waitForFunction(() => 'runSuite' in globalThis)
      const all: Outcome[] = await page.evaluate((path) => runSuite(path), `/${name}.js`)
      const outcomes = all.filter((one) => {
        const full = `${name} > ${one.name}`
        if (full in nodeOnly) excused.add(full)
        return !(full in nodeOnly)
      })
      const count = (state: Outcome['state']): number => outcomes.filter((one) => one.state === state).length
      console.log(`${name} in Chromium: ${count('pass')} passed, ${count('fail')} failed, ${count('skip')} skipped`)
      passed.set(name, count('pass'))
      const failures = outcomes
        .filter((one) => one.state === 'fail')
        .map((one) => `${one.name}: ${one.errors.join('\n')}`)
      for (const one of failures.slice(0, 20)) console.error(`${name} > ${one}`)
      expect(failures.map((one) => one.split('\n')[0])).toEqual([])
      expect(thrown).toEqual([])
      expect(count('pass')).toBeGreaterThan(0)
    } finally {
      await context.close()
    }
  })

  it('have all run, and what was left to Node is there', () => {
    expect([...passed.keys()].sort()).toEqual([...suites].sort())
    for (const folder of Object.keys(folders))
      expect([...passed.keys()].filter((name) => name.startsWith(`${folder}/`)).length).toBeGreaterThan(0)
    expect([...excused].sort()).toEqual(Object.keys(nodeOnly).sort())
    const all = [...passed.values()].reduce((a, b) => a + b, 0)
    console.log(`${all} tests of ${passed.size} files passed in Chromium`)
  })
})
