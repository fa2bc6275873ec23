/** Where bytes come from: memory, `File`, disk, a web server; and the folders beside them. */
import { execFileSync } from 'node:child_process'
import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  BytesSource,
  FileSource,
  filesFolder,
  NodeFileSource,
  nodeFolder,
  openHttp,
  reopen,
  type Source,
} from '../../src/checkpoint/index.node.js'
import { FormatError, SystemError } from '../../src/core/index.js'

let folder = ''
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'normball-source-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const bytes = new Uint8Array(100).map((_, index) => index)

function write(name: string, content: Uint8Array | string = bytes): string {
  const path = join(folder, name)
  writeFileSync(path, content)
  return path
}

/** The error that `work` gives, of the class and code wanted. */
async function refusal(
  kind: typeof FormatError | typeof SystemError,
  code: string,
  work: () => unknown,
): Promise<string> {
  try {
    await work()
  } catch (error) {
    expect(error).toBeInstanceOf(kind)
    expect((error as FormatError).code).toBe(code)
    expect((error as FormatError).file).toBeTruthy()
    return (error as FormatError).message
  }
  throw new Error('nothing was refused')
}

describe('every source', () => {
  const kinds: readonly (readonly [string, () => Source])[] = [
    ['bytes', () => new BytesSource('x', bytes)],
    ['File', () => new FileSource(new File([bytes], 'x.bin'))],
    ['file on disk', () => new NodeFileSource(write('every.bin'))],
  ]
  it.each(kinds)('%s: reads ranges, and refuses those that are not there', async (_, make) => {
    const source = make()
    expect(source.size).toBe(100)
    expect([...(await source.read(10, 3))]).toEqual([10, 11, 12])
    expect((await source.read(100, 0)).length).toBe(0)
    const target = new Uint8Array(4)
    await source.readInto(96, target)
    expect([...target]).toEqual([96, 97, 98, 99])
    const message = await refusal(FormatError, 'truncated', () => source.read(97, 4))
    expect(message).toBe('the file is truncated: 4 bytes at offset 97 are needed, and it ends at 100.')
    await refusal(FormatError, 'truncated', () => source.read(-1, 4))
    await refusal(FormatError, 'truncated', async () => source.readInto(1e15, target))
    await source.close()
  })

  it('gives bytes of its own: changing them changes nothing else', async () => {
    const source = new BytesSource('x', bytes)
    ;(await source.read(0, 4)).fill(255)
    expect([...(await source.read(0, 2))]).toEqual([0, 1])
  })
})

describe('a file on disk', () => {
  const changed =
    'the file was changed or truncated while it was read, so its numbers would be a mixture; run again when it is complete.'

  it('is noticed when it is truncated while it is read', async () => {
    const path = write('truncated.bin')
    const source = new NodeFileSource(path)
    truncateSync(path, 50)
    expect(await refusal(FormatError, 'changed-while-read', () => source.read(40, 20))).toBe(changed)
    expect(await refusal(FormatError, 'changed-while-read', () => source.read(0, 10))).toBe(changed)
    await source.close()
  })

  it('is noticed when it grows or is written again while it is read', async () => {
    const path = write('grown.bin')
    const source = new NodeFileSource(path)
    appendFileSync(path, 'x')
    await refusal(FormatError, 'changed-while-read', () => source.read(0, 10))
    await source.close()
    const again = new NodeFileSource(path)
    utimesSync(path, 1, 1)
    await refusal(FormatError, 'changed-while-read', () => again.read(0, 10))
    await again.close()
  })

  it('opens again in another thread, unless it is not the same any more', async () => {
    const path = write('reopened.bin')
    const source = new NodeFileSource(path)
    const again = reopen(structuredClone(source.locator))
    expect([...(await again.read(5, 1))]).toEqual([5])
    await again.close()
    await source.close()
    utimesSync(path, 1, 1)
    await refusal(FormatError, 'changed-while-read', () => reopen(source.locator))
  })

  it('must be a regular file: folders, pipes and devices are refused without waiting', async () => {
    const fifo = join(folder, 'fifo')
    execFileSync('mkfifo', [fifo])
    const what = (path: string) => refusal(FormatError, 'not-a-file', () => new NodeFileSource(path))
    expect(await what(fifo)).toBe('this is a pipe (FIFO) and not a regular file; a checkpoint has to be one.')
    expect(await what(folder)).toBe(
      'this is a directory (a folder) and not a regular file; a checkpoint has to be one.',
    )
    expect(await what('/dev/zero')).toBe('this is a device and not a regular file; a checkpoint has to be one.')
  })

  it('that cannot be opened says why', async () => {
    const missing = join(folder, 'missing')
    const say = (code: string, path: string) => refusal(SystemError, code, () => new NodeFileSource(path))
    expect(await say('not-found', missing)).toBe(`no such file or folder: '${missing}'.`)
    await say('not-found', join(write('plain.bin'), 'below'))
    const loop = join(folder, 'loop')
    symlinkSync(loop, loop)
    expect(await say('link-loop', loop)).toContain('its symbolic links (symlinks) form a loop')
    await say('bad-name', join(folder, 'n'.repeat(300)))
  })

  it('can be closed twice', async () => {
    const source = new NodeFileSource(write('closed.bin'))
    await source.close()
    await source.close()
  })
})

describe('a folder on disk', () => {
  it('opens what is in it and below it, and says null for what is not there', async () => {
    const root = join(folder, 'set')
    mkdirSync(join(root, 'sub'), { recursive: true })
    writeFileSync(join(root, 'a.bin'), 'a')
    writeFileSync(join(root, 'sub', 'b.bin'), 'bb')
    const set = nodeFolder(root)
    expect(await set.list()).toEqual(['a.bin', 'sub'])
    for (const [name, size] of [
      ['a.bin', 1],
      ['./a.bin', 1],
      ['sub/b.bin', 2],
    ] as const) {
      const source = await set.open(name)
      expect(source?.size).toBe(size)
      await source?.close()
    }
    expect(await set.open('missing.bin')).toBeNull()
    expect(await set.open('a.bin/below')).toBeNull()
    await refusal(FormatError, 'not-a-file', () => set.open('sub'))
  })

  it.each([
    '../a',
    'sub/../../a',
    '/etc/passwd',
    'C:\\a',
    'c:a',
    '\\\\host\\a',
    'file:///etc/passwd',
    'https://host/a',
    'a\0b',
    'a//b',
    '',
    '.',
    '..',
  ])('opens nothing outside: %j', async (name) => {
    await expect(nodeFolder(folder).open(name)).rejects.toThrow(
      /is not a plain path inside the folder, so it is not allowed\.$/,
    )
  })

  it('follows links that stay inside, and refuses those that leave, by file or by folder', async () => {
    const root = join(folder, 'links')
    const outside = join(folder, 'outside')
    for (const one of [root, outside]) mkdirSync(one)
    writeFileSync(join(outside, 'secret'), 'secret')
    writeFileSync(join(root, 'a'), 'a')
    symlinkSync('a', join(root, 'inside'))
    symlinkSync(join(outside, 'secret'), join(root, 'escape'))
    symlinkSync(outside, join(root, 'door'))
    symlinkSync(join(root, 'gone'), join(root, 'dangling'))
    const set = nodeFolder(root)
    expect((await set.open('inside'))?.size).toBe(1)
    expect(await refusal(FormatError, 'path-escape', () => set.open('escape'))).toBe(
      "'escape' is a symlink that leads outside the folder, which is not allowed; copy the file into the folder.",
    )
    await refusal(FormatError, 'path-escape', () => set.open('door/secret'))
    expect(await set.open('dangling')).toBeNull()
  })

  it('lets links lead to where the opened file itself lies: the cache of Hugging Face keeps every file in blobs', async () => {
    const blobs = join(folder, 'hub', 'blobs')
    const snapshot = join(folder, 'hub', 'snapshots', 'abc')
    for (const one of [blobs, snapshot]) mkdirSync(one, { recursive: true })
    writeFileSync(join(blobs, '1'), 'index')
    writeFileSync(join(blobs, '2'), 'shard')
    writeFileSync(join(folder, 'hub', 'secret'), 'secret')
    symlinkSync('../../blobs/1', join(snapshot, 'index.json'))
    symlinkSync('../../blobs/2', join(snapshot, 'shard'))
    symlinkSync('../../secret', join(snapshot, 'other'))
    const set = nodeFolder(snapshot, join(snapshot, 'index.json'))
    expect((await set.open('shard'))?.size).toBe(5)
    await refusal(FormatError, 'path-escape', () => set.open('other'))
    await refusal(FormatError, 'path-escape', () => nodeFolder(snapshot).open('shard'))
  })
})

describe('a folder of chosen files', () => {
  it('finds files by name, and by their path below a chosen folder', async () => {
    const inFolder = new File(['bb'], 'b.bin')
    Object.defineProperty(inFolder, 'webkitRelativePath', { value: 'model/sub/b.bin' })
    const set = filesFolder([new File(['a'], 'a.bin'), inFolder])
    expect(await set.list()).toEqual(['a.bin', 'sub/b.bin'])
    expect((await set.open('a.bin'))?.size).toBe(1)
    expect((await set.open('sub/b.bin'))?.size).toBe(2)
    expect(await set.open('c.bin')).toBeNull()
    await expect(set.open('../a.bin')).rejects.toThrow('is not a plain path')
  })
})

describe('a file on a web server', () => {
  const large = new Uint8Array(300_000).map((_, index) => (index * 7) % 251)
  let server: Server
  let base = ''
  let ranges: string[] = []
  let etag = '"1"'

  const handle = (request: IncomingMessage, response: ServerResponse): void => {
    const range = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? '')
    ranges.push(request.headers.range ?? '')
    if (request.url === '/missing') {
      response.writeHead(404).end('no')
    } else if (request.url === '/whole') {
      response.writeHead(200, { 'content-length': bytes.length }).end(bytes)
    } else if (request.url === '/huge') {
      response.writeHead(200, { 'content-length': 10 ** 12 })
      response.write('x')
    } else if (request.url === '/endless') {
      const piece = new Uint8Array(1 << 20)
      const more = () => {
        while (response.write(piece));
        response.once('drain', more)
      }
      response.writeHead(200)
      more()
    } else if (request.url === '/vague' && range) {
      response.writeHead(206, { 'content-range': `bytes ${range[1]}-${range[2]}/*` }).end(bytes)
    } else if (request.url === '/short' && range) {
      response.writeHead(206, { 'content-range': 'bytes 0-99/100' }).end(bytes.subarray(0, 50))
    } else if (range) {
      const end = Math.min(Number(range[2]) + 1, large.length)
      response.writeHead(206, { 'content-range': `bytes ${range[1]}-${end - 1}/${large.length}`, etag })
      response.end(large.subarray(Number(range[1]), end))
    }
  }
  beforeAll(async () => {
    server = createServer(handle)
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  })
  afterAll(() => {
    server.closeAllConnections()
    server.close()
  })

  it('is read in ranges that grow while reading goes on', async () => {
    ranges = []
    const source = await openHttp(`${base}/ranges`)
    expect(source.size).toBe(large.length)
    expect([...(await source.read(1000, 5))]).toEqual([...large.subarray(1000, 1005)])
    expect(ranges).toEqual(['bytes=0-65535'])
    const all = new Uint8Array(large.length)
    for (let at = 0; at < all.length; at += 50_000) await source.readInto(at, all.subarray(at, at + 50_000))
    expect(all).toEqual(large)
    expect(ranges).toEqual(['bytes=0-65535', 'bytes=65536-196607', 'bytes=196608-299999'])
    expect([...(await source.read(0, 2))]).toEqual([...large.subarray(0, 2)])
    expect(ranges.at(-1)).toBe('bytes=0-65535')
    await refusal(FormatError, 'truncated', () => source.read(299_999, 2))
  })

  it('is noticed when it changes on the server', async () => {
    const source = await openHttp(`${base}/ranges`)
    etag = '"2"'
    expect(await refusal(FormatError, 'changed-while-read', () => source.read(200_000, 10))).toBe(
      'the file on the server changed while it was read (status 206); open it again.',
    )
  })

  it('is taken whole from a server without ranges when it is small, and refused when it is not', async () => {
    const source = await openHttp(`${base}/whole`)
    expect(await source.read(0, 100)).toEqual(bytes)
    expect(await refusal(FormatError, 'no-ranges', () => openHttp(`${base}/huge`))).toBe(
      'the server cannot send parts of a file (HTTP ranges), and this one has 1.0 TB; download it and open the file.',
    )
    await refusal(FormatError, 'no-ranges', () => openHttp(`${base}/endless`))
  })

  it('gives a sentence for each way a server can fail', async () => {
    expect(await refusal(SystemError, 'not-found', () => openHttp(`${base}/missing`))).toBe(
      'the server answered 404 Not Found.',
    )
    await refusal(FormatError, 'no-ranges', () => openHttp(`${base}/vague`))
    await refusal(SystemError, 'unreachable', () => openHttp(`${base}/short`))
    await refusal(SystemError, 'unreachable', () => openHttp('http://127.0.0.1:1/x'))
  })

  it('stops when it is told to', async () => {
    await expect(openHttp(`${base}/ranges`, AbortSignal.abort())).rejects.toThrow('interrupted')
  })
})
