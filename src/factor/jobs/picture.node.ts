/** `normball factor picture.png` in its thread. */
import { readFile } from 'node:fs/promises'
import { basename, dirname, extname, join } from 'node:path'
import { UsageError, version } from '../../core/index.js'
import { decodePicture, type Picture } from '../../table/internal.js'
import { type BackendChoice, backend, setBackend } from '../../tensor/index.node.js'
import { factorPicture } from '../picture.js'
import type { PictureReport } from './reports.js'

export interface PictureJob {
  readonly picture: string
  readonly k?: number | undefined
  /** Where the compressed picture goes; beside the original, `NAME.kK.png`, where absent. */
  readonly out?: string | undefined
  readonly backend?: BackendChoice | undefined
}

export interface PictureOutcome {
  readonly report: PictureReport
  readonly files: readonly { readonly path: string; readonly bytes: Uint8Array }[]
  /** For the page: the original as it was decoded, as PNG. */
  readonly original: Uint8Array
}

export async function runPictureJob(job: PictureJob, onProgress: (phase: string) => void): Promise<PictureOutcome> {
  const start = performance.now()
  if (job.backend !== undefined) setBackend(job.backend)
  onProgress(`reading ${job.picture}`)
  const bytes = await readFile(job.picture)
  const original = await decodePicture(bytes, job.picture)
  onProgress('taking the picture apart')
  const { picture, figures } = factorPicture(original, job.k === undefined ? {} : { k: job.k })
  const stem = basename(job.picture, extname(job.picture))
  const output = job.out ?? join(dirname(job.picture), `${stem}.k${figures.k}.png`)
  if (extname(output).toLowerCase() !== '.png')
    throw new UsageError('--out: compressed pictures are written as PNG; expected a name that ends with .png.')
  onProgress('packing')
  const packed = await pngOf(picture)
  const report: PictureReport = {
    ...{ normball: version, command: 'factor', backend: backend(), path: job.picture, output },
    ...figures,
    bytes: { input: bytes.length, output: packed.length },
    seconds: (performance.now() - start) / 1000,
  }
  return { report, files: [{ path: output, bytes: packed }], original: await pngOf(original) }
}

async function pngOf({ channels, height, width, data }: Picture): Promise<Uint8Array> {
  const { encode } = await import('fast-png')
  const n = height * width
  if (channels === 1) return encode({ width, height, channels: 1, data })
  const mixed = new Uint8Array(3 * n)
  for (let c = 0; c < 3; c++) for (let i = 0; i < n; i++) mixed[3 * i + c] = data[c * n + i]!
  return encode({ width, height, channels: 3, data: mixed })
}
