/**
 * The library in a browser: a page's script bundled against the built package, run in Chromium on `File`s that a person chose and on a server's
 * ranges. Its figures are Node's.
 */
import { createReadStream, existsSync, readFileSync, statSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { type BuildResult, build } from 'esbuild'
import { type InspectReport, inspect, type Progress } from 'normball/weights'
import { type Browser, chromium, type Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { safetensors } from '../cli/run.js'
import { hasShared, sharedPath } from '../shared.js'

const executable =
  process.env['CHROMIUM'] ??
  ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(existsSync)
const root = fileURLToPath(new URL('../..', import.meta.url))
const example = join(root, 'examples', 'silero_vad_16k.safetensors')

const files = [
  example,
  ...[
    'digits-step0800-bf16.safetensors',
    'lab-alltypes.gguf',
    'digits-step0800-train.pt',
    'digits-step0800-legacy.pt',
    'ultralight-RFB-320.pth',
    'digits-step0800-compressed-f16.npz',
    'ultralight-RFB-320.onnx',
  ].map((name) => (hasShared ? sharedPath('data', 'checkpoints', name) : '')),
].filter((path) => path !== '')

/** What the page's script sets. */
declare global {
  var normball: typeof import('normball/weights') &
    typeof import('normball/checkpoint') &
    typeof import('normball/report')
}

const script = `
  import * as checkpoint from 'normball/checkpoint'
  import * as report from 'normball/report'
  import * as weights from 'normball/weights'
  globalThis.normball = { ...checkpoint, ...report, ...weights }`

/** Bundled as a user's bundler would: nothing is told to stay outside, so a module of Node's would be an error. */
function bundle(contents: string): Promise<BuildResult<{ write: false; metafile: true }>> {
  return build({
    stdin: { contents, resolveDir: root, loader: 'js' },
    absWorkingDir: root,
    bundle: true,
    format: 'esm',
    platform: 'browser',
    minify: true,
    write: false,
    metafile: true,
    logLevel: 'silent',
  })
}

/** Numbers to within rounding of their own size, everything else exactly; says where two reports differ. */
function differences(a: unknown, b: unknown, at = ''): string[] {
  if (typeof a === 'number' && typeof b === 'number') {
    if (Object.is(a, b) || Math.abs(a - b) <= 1e-13 * Math.max(Math.abs(a), Math.abs(b))) return []
    return [`${at}: ${a} and ${b}`]
  }
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null)
    return a === b ? [] : [`${at}: ${JSON.stringify(a)} and ${JSON.stringify(b)}`]
  const keys = new Set([...Object.keys(a), ...Object.keys(b)])
  return [...keys].flatMap((key) =>
    differences((a as Record<string, unknown>)[key], (b as Record<string, unknown>)[key], `${at}.${key}`),
  )
}

const sameButForPlace = (report: InspectReport) =>
  report.files.map((file) => ({ ...file, path: basename(new URL(file.path, 'file:///').pathname) }))

describe('the bundle for browsers', () => {
  it('holds nothing of Node and no native module, and is small', async () => {
    const { outputFiles, metafile } = await bundle(script)
    const inputs = Object.keys(metafile.inputs)
    expect(inputs.some((path) => path.endsWith('weights/index.js'))).toBe(true)
    expect(inputs.filter((path) => /\.node\.js$|koffi|commander|^node:|dist\/cli\//.test(path))).toEqual([])
    expect(Object.values(metafile.outputs).flatMap((one) => one.imports.filter(({ external }) => external))).toEqual([])
    const [output] = outputFiles
    // ajv writes the names of its runtime into code that it makes on Node.
    const text = output!.text.replace(/require\("ajv\/dist\/runtime\/\w+"\)/g, '')
    expect(text).not.toMatch(/["'`]node:|koffi|worker_threads|\brequire\(/)
    const kilobytes = gzipSync(output!.contents).length / 1000
    console.log(`the library bundled for browsers: ${kilobytes.toFixed(0)} KB gzipped`)
    // Everything: a bundler that splits loads tensors with the first `load`, edits with the first edit, ajv and yaml with the first rule file,
    // Parquet and its codecs with the first such table.
    expect(kilobytes).toBeLessThan(640)
  })

  it('leaves out what is not used', async () => {
    const { outputFiles, metafile } = await bundle("export { open } from 'normball/checkpoint'")
    const used = Object.entries(Object.values(metafile.outputs)[0]!.inputs).filter(([, one]) => one.bytesInOutput > 0)
    expect(used.filter(([path]) => /dist\/(kernels|lapack|weights|report)\//.test(path))).toEqual([])
    expect(gzipSync(outputFiles[0]!.contents).length).toBeLessThan(60_000)
  })
})

describe.skipIf(!executable)('the library in Chromium', () => {
  let browser: Browser
  let server: Server
  let address = ''
  let page: Page
  const complaints: string[] = []
  const ranges: string[] = []

  beforeAll(async () => {
    const code = (await bundle(script)).outputFiles[0]!.text
    server = createServer((request, response) => {
      if (request.url === '/') {
        response.setHeader('content-type', 'text/html')
        response.end(
          '<!doctype html><link rel=icon href=data:,><input type=file multiple><script type=module src=code.js></script>',
        )
      } else if (request.url === '/code.js') {
        response.setHeader('content-type', 'text/javascript')
        response.end(code)
      } else {
        const path = files.find((one) => request.url === `/${basename(one)}`)
        const [, from, to] = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? '') ?? []
        if (path === undefined || from === undefined) return void response.writeHead(404).end()
        const size = statSync(path).size
        const end = Math.min(Number(to), size - 1)
        ranges.push(`${from}-${end}`)
        response.writeHead(206, { 'content-range': `bytes ${from}-${end}/${size}`, etag: '"1"' })
        createReadStream(path, { start: Number(from), end }).pipe(response)
      }
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    address = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
    browser = await chromium.launch({
      executablePath: executable!,
      args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-sync', '--no-first-run'],
    })
    page = await browser.newPage()
    page.on('pageerror', (error) => complaints.push(error.message))
    page.on('console', (message) => complaints.push(message.text()))
    await page.goto(address)
    await page.waitForFunction(() => 'normball' in globalThis)
  })
  afterAll(async () => {
    await browser?.close()
    server?.closeAllConnections()
    await new Promise((resolve) => server?.close(resolve))
  })

  const choose = (paths: Parameters<Page['setInputFiles']>[1]): Promise<void> =>
    page.setInputFiles('input[type=file]', paths)

  it.each(files.map((path) => [basename(path), path] as const))('measures %s as Node does', async (_, path) => {
    await choose(path)
    const there = await page.evaluate(async () => {
      const input = document.querySelector('input')!
      return normball.inspect(input.files![0]!, { spectra: 'exact', convNorms: true })
    })
    const here = await inspect(path, { spectra: 'exact', convNorms: true, backend: 'portable', workers: 0 })
    expect(here.files[0]!.tensors.length).toBeGreaterThan(0)
    expect(there.errors).toEqual([])
    expect(differences(sameButForPlace(there), sameButForPlace(here))).toEqual([])
    expect(differences(there.backend, here.backend)).toEqual([])
  })

  it('measures a file on a server by ranges, named by address or by a path from the page', async () => {
    ranges.length = 0
    const name = basename(example)
    const [byPath, byAddress] = await page.evaluate(
      async ([path, full]) => [await normball.inspect(path!), await normball.inspect(new URL(full!))] as const,
      [name, `${address}${name}`],
    )
    const here = await inspect(example, { backend: 'portable', workers: 0 })
    expect(differences(sameButForPlace(byPath), sameButForPlace(here))).toEqual([])
    expect(differences(byAddress, byPath)).toEqual([])
    expect(ranges.length).toBeGreaterThan(4)
    const missing = await page.evaluate(() => normball.inspect('absent.safetensors'))
    expect(missing.errors).toMatchObject([{ code: 'not-found', file: `${address}absent.safetensors`, exitCode: 4 }])
  })

  it('opens metadata only, and finds shards among the files that were chosen with it', async () => {
    const buffer = (text: string | Uint8Array): Buffer => Buffer.from(text as Uint8Array)
    const shard = (name: string) => safetensors({ [name]: { shape: [2, 2], values: [1, 2, 3, 4] } })
    const index = { metadata: {}, weight_map: { a: 'm-00001-of-00002.safetensors', b: 'm-00002-of-00002.safetensors' } }
    const mimeType = 'application/octet-stream'
    await choose([
      { name: 'm.safetensors.index.json', mimeType, buffer: buffer(JSON.stringify(index)) },
      { name: 'm-00001-of-00002.safetensors', mimeType, buffer: buffer(shard('a')) },
      { name: 'm-00002-of-00002.safetensors', mimeType, buffer: buffer(shard('b')) },
    ])
    const found = await page.evaluate(async () => {
      const chosen = [...document.querySelector('input')!.files!]
      const checkpoint = await normball.open(chosen[0]!, { folder: normball.filesFolder(chosen) })
      const names = checkpoint.tensors.map(({ name, dtype, shape }) => `${name} ${dtype} ${shape}`)
      await checkpoint.close()
      return names
    })
    expect(found).toEqual(['a F32 2,2', 'b F32 2,2'])
  })

  it('puts a damaged file in errors and reports the other', async () => {
    const mimeType = 'application/octet-stream'
    const cut = readFileSync(example).subarray(0, 200_000)
    const page404 = Buffer.from('<!doctype html><title>404</title>')
    await choose([
      { name: 'cut.safetensors', mimeType, buffer: cut },
      { name: 'page.pt', mimeType, buffer: page404 },
      { name: 'good.safetensors', mimeType, buffer: readFileSync(example) },
    ])
    const report = await page.evaluate(async () =>
      normball.inspect([...document.querySelector('input')!.files!], { spectra: 'none' }),
    )
    expect(report.files.map((file) => file.path)).toEqual(['good.safetensors'])
    expect(report.errors.map(({ file, code, exitCode }) => [file, code, exitCode])).toEqual([
      ['cut.safetensors', 'truncated', 3],
      ['page.pt', 'html', 3],
    ])
  })

  it('refuses what only Node has', async () => {
    await choose(example)
    const said = await page.evaluate(async () => {
      const file = document.querySelector('input')!.files![0]!
      const tell = (error: Error) => `${error.name}: ${error.message}`
      return [
        await normball.inspect('https://[x').catch(tell),
        await normball.inspect(new URL('file:///etc/hostname')).catch(tell),
        (await normball.inspect(file, { backend: 'system' })).errors[0]?.message,
      ]
    })
    expect(said[0]).toBe(
      "UsageError: open: 'https://[x' is no address, and paths can be opened on Node only. Try a File, or the bytes.",
    )
    expect(said[1]).toBe("UsageError: open: an address must begin with http: or https:, got 'file:'")
    expect(said[2]).toBe('backend: a browser has no system BLAS; use auto or portable')
  })

  it('tells progress, leaves the page alive, and stops when it is told to', async () => {
    const n = 200
    const values = Float32Array.from({ length: n * n }, (_, at) => Math.sin(at * at))
    const tensors = Array.from({ length: 40 }, (_, at): [string, { shape: number[]; values: Float32Array }] => [
      `layers.${at}.weight`,
      { shape: [n, n], values },
    ])
    const buffer = Buffer.from(safetensors(Object.fromEntries(tensors)))
    await choose({ name: 'many.safetensors', mimeType: 'application/octet-stream', buffer })
    const whole = await page.evaluate(async () => {
      const file = document.querySelector('input')!.files![0]!
      const said: Progress[] = []
      let ticks = 0
      const timer = setInterval(() => ticks++, 10)
      const report = await normball.inspect(file, { spectra: 'exact', onProgress: (one) => void said.push({ ...one }) })
      clearInterval(timer)
      return { said, ticks, tensors: report.files[0]!.tensors.length }
    })
    expect(whole.tensors).toBe(40)
    expect(whole.said[0]).toMatchObject({ phase: 'open', file: 'many.safetensors' })
    expect(whole.said.at(-1)).toMatchObject({ tensorsDone: 40, share: 1, bytesDone: 40 * n * n * 4 })
    expect(whole.ticks).toBeGreaterThan(1)
    const stopped = await page.evaluate(async () => {
      const file = document.querySelector('input')!.files![0]!
      const stop = new AbortController()
      let done = 0
      const onProgress = (one: Progress): void => {
        done = one.tensorsDone
        if (done === 2) setTimeout(() => stop.abort(), 0)
      }
      const late = normball.inspect(file, { spectra: 'exact', signal: stop.signal, onProgress })
      const error = await late.catch((thrown: Error) => thrown)
      const early = normball.inspect(file, { signal: AbortSignal.abort() })
      const kinds = [error, await early.catch((thrown: Error) => thrown)]
      return { names: kinds.map((one) => one instanceof normball.InterruptedError), done }
    })
    expect(stopped.names).toEqual([true, true])
    expect(stopped.done).toBeLessThan(40)
  })

  it('makes the report page, the table and the CSV in the page', async () => {
    await choose(example)
    const made = await page.evaluate(async () => {
      const report = await normball.inspect(document.querySelector('input')!.files![0]!)
      const html = await normball.toHtml(report)
      const text = normball.toTerminal(report, { width: 80 })
      return { html, text, csv: normball.toCsv(report), json: normball.toJson(report) }
    })
    expect(made.html).toMatch(/^<!doctype html>/i)
    expect(made.html).toContain('data:image/png;base64,')
    expect(made.text).toContain('lstm')
    expect(made.csv.split('\n')[0]).toContain('stableRank')
    expect(JSON.parse(made.json).files[0].tensors).toHaveLength(15)
    const shown = await browser.newPage()
    await shown.setContent(made.html)
    expect(await shown.locator('table.rows').first().locator('tbody tr').count()).toBe(15)
    await shown.close()
  })

  it('has said nothing on the console', () => {
    // The browser itself reports the file that was not there.
    expect(complaints.filter((one) => !one.includes('404'))).toEqual([])
  })
})
