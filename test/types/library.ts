/**
 * The library as a user writes it: every public function and option of `normball/weights`, `normball/checkpoint` and `normball/report`. It is
 * compiled with the tests against the built package's types, and never run.
 */
import {
  BytesSource,
  type Checkpoint,
  type Input as CheckpointInput,
  FileSource,
  type Format,
  FormatError,
  filesFolder,
  type OpenOptions,
  open,
  openHttp,
  openSource,
  readTensor,
  type Source,
  type TensorEntry,
} from 'normball/checkpoint'
import { toCsv, toHtml, toJson, toTerminal } from 'normball/report'
import {
  type ConvFigures,
  type FileReport,
  type Flag,
  flagTable,
  type Input,
  type InspectOptions,
  type InspectReport,
  InterruptedError,
  inspect,
  type MatrixFigures,
  NormballError,
  type Progress,
  type Severity,
  type SpectraMode,
  SystemError,
  type TensorFigures,
  type Totals,
  UsageError,
  version,
} from 'normball/weights'

export async function everyInput(file: File, bytes: Uint8Array, source: Source): Promise<InspectReport[]> {
  const inputs: Input[] = [
    'model.safetensors',
    new URL('https://example.org/m.gguf'),
    file,
    bytes,
    bytes.buffer as ArrayBuffer,
  ]
  const one: InspectReport = await inspect('model.safetensors')
  const several: InspectReport = await inspect(inputs)
  const frozen: InspectReport = await inspect(['a.pt', file, source] as const)
  const blob: InspectReport = await inspect(new Blob([bytes as Uint8Array<ArrayBuffer>]))
  return [one, several, frozen, blob]
}

export async function everyOption(signal: AbortSignal | undefined): Promise<InspectReport> {
  const spectra: SpectraMode = 'exact'
  const options: InspectOptions = {
    spectra,
    convNorms: true,
    tensors: ['encoder.*', '*.bias'],
    workers: 2,
    backend: 'portable',
    thresholds: { [Object.keys(flagTable)[0]!]: 1 },
    rankTolerance: 1e-6,
    seed: 7,
    signal,
    onProgress: ({ phase, file, tensor, bytesDone, bytesTotal, tensorsDone, tensorsTotal, share }: Progress) => {
      const place: string = tensor ?? file
      const parts: number = bytesDone / bytesTotal + tensorsDone / tensorsTotal + share
      if (phase === 'measure') console.log(place, parts)
    },
  }
  await inspect('model.pt', { tensors: '*.weight' })
  return inspect('model.pt', options)
}

export function everyFigure(report: InspectReport): unknown {
  const file: FileReport | undefined = report.files[0]
  const totals: Totals | undefined = file?.totals
  const tensor: TensorFigures | undefined = file?.tensors.find((one) => one.kind === 'conv')
  const matrix: MatrixFigures | null | undefined = tensor?.matrix
  const conv: ConvFigures | null | undefined = tensor?.conv
  const flags: Flag[] = tensor?.flags ?? []
  const severe: Severity[] = flags.map((flag) => flag.severity)
  const energy: number | null | undefined = matrix?.energyRank['0.9']
  const alpha: number | undefined = matrix?.alpha?.value
  const why: string[] = report.files.flatMap(({ skipped }) =>
    skipped.map((one) => `${one.name} ${one.what}: ${one.why}`),
  )
  const codes: [string, number][] = report.errors.map((error) => [error.code, error.exitCode])
  return [version, totals?.l2, conv?.operatorNorm, severe, energy, alpha, why, codes, report.backend.kind]
}

export async function everyError(path: string): Promise<string> {
  try {
    await inspect(path, { signal: AbortSignal.timeout(1000) })
    return 'done'
  } catch (error) {
    if (error instanceof InterruptedError) return 'stopped'
    if (error instanceof UsageError || error instanceof FormatError || error instanceof SystemError) return error.code
    if (error instanceof NormballError)
      return `${error.exitCode} ${error.file ?? ''} ${error.tensor ?? ''} ${error.offset ?? 0}`
    throw error
  }
}

export async function everyWayToOpen(files: File[], input: CheckpointInput, options: OpenOptions): Promise<number[]> {
  const checkpoint: Checkpoint = await open(input, options)
  const format: Format = checkpoint.format
  const entry: TensorEntry = checkpoint.tensors[0]!
  const reader = await readTensor(entry.data, checkpoint.sources)
  const target = new Uint8Array(reader.byteLength)
  const got: number = await reader.next(target)
  reader.close()
  await checkpoint.close()
  const dropped = await openSource(new FileSource(files[0]!), { folder: filesFolder(files) })
  const fetched = await openSource(await openHttp('https://example.org/m.safetensors', AbortSignal.timeout(1000)))
  const memory = await openSource(new BytesSource(`${format} of ${got} bytes`, target))
  return [dropped, fetched, memory].map((one) => one.bytes)
}

export async function everyForm(report: InspectReport): Promise<string[]> {
  return [toJson(report), toCsv(report), await toHtml(report), toTerminal(report, { width: 80 })]
}
