/** What test files get in a page for the few things of Node that they read their oracles and matrices with; the files come from the test's server. */

/** One request, answered before it returns: readFileSync cannot wait. Text, or with `bytes` a character per byte. */
function ask(
  kind: 'file' | 'list' | 'gzip' | 'gunzip',
  path: string | URL,
  type: 'text' | 'bytes',
  body?: string | Uint8Array<ArrayBuffer>,
): string | null {
  const request = new XMLHttpRequest()
  const name = path instanceof URL ? fileURLToPath(path) : path
  request.open('POST', `/${kind}?${new URLSearchParams({ path: name })}`, false)
  if (type === 'bytes') request.overrideMimeType('text/plain; charset=x-user-defined')
  request.send(body)
  return request.status === 200 ? request.responseText : null
}

/** Bytes that say what they are as Node's do. */
class Bytes extends Uint8Array<ArrayBuffer> {
  override toString(): string {
    return new TextDecoder().decode(this)
  }
}

const bytesOf = (text: string): Bytes =>
  Bytes.from({ length: text.length }, (_, at) => text.charCodeAt(at) & 0xff) as Bytes

function given(answer: string | null, path: string | URL): string {
  if (answer === null) throw new Error(`ENOENT: no such file or directory, open '${path}'`)
  return answer
}

export function readFileSync(path: string | URL, encoding?: 'utf8'): string | Uint8Array {
  if (encoding !== undefined) return given(ask('file', path, 'text'), path)
  return bytesOf(given(ask('file', path, 'bytes'), path))
}

/** The file's bytes in pieces. */
export async function* createReadStream(
  path: string | URL,
  { highWaterMark = 65536 } = {},
): AsyncGenerator<Uint8Array> {
  const bytes = readFileSync(path) as Uint8Array
  for (let at = 0; at < bytes.length; at += highWaterMark) yield bytes.subarray(at, at + highWaterMark)
}

/** The server packs; what tests are about is the unpacking. */
export const gzipSync = (data: string | Uint8Array<ArrayBuffer>): Uint8Array =>
  bytesOf(given(ask('gzip', '', 'bytes', data), 'gzip'))

export const gunzipSync = (data: Uint8Array<ArrayBuffer>): Uint8Array =>
  bytesOf(given(ask('gunzip', '', 'bytes', data), 'gunzip'))

export const readdirSync = (path: string | URL): string[] => JSON.parse(given(ask('list', path, 'text'), path))

export const existsSync = (path: string | URL): boolean =>
  (ask('list', path, 'text') ?? ask('file', path, 'bytes')) !== null

export const fileURLToPath = (url: string | URL): string => decodeURIComponent(new URL(url).pathname)

export const join = (...parts: string[]): string => fileURLToPath(new URL(parts.join('/'), 'file:///'))

/** No program can be started. */
export const spawnSync = (): { status: null; stdout: string } => ({ status: null, stdout: '' })

/** Stands for what a page has nothing for; only a test that calls it fails. */
export const absent = (module: string, name: string) => (): never => {
  throw new Error(`${name} of ${module} does not exist in a browser`)
}
