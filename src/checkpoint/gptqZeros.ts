/**
 * Which of its two forms a GPTQ file has: the first stores zero points less one, the second (`checkpoint_format: gptq_v2`) as they are. Names and
 * shapes are the same, and the wrong choice puts every weight off by one step of its scale.
 */
import { openStored } from './stored.js'
import type { Metadata, MetadataValue, Source, TensorData } from './types.js'

/** What must be added to a stored zero point. */
export type ZeroStep = 0 | 1

/** Bytes of zero points read of one tensor: the whole of nearly all, and evidence enough of the largest. */
const mostBytes = 64 * 1024
/** Once so much is read of a model (of a mixture with thousands of experts), a page of each tensor has to do. */
const generousBytes = 256 * 1024 * 1024
const fewBytes = 4096

/** The file's own word: `checkpoint_format` in its metadata or in the quantization settings that some writers put there as JSON. */
export function declaredZeroStep(metadata: Metadata): ZeroStep | null {
  const places: MetadataValue[] = [
    metadata,
    metadata['quantize_config'] ?? null,
    metadata['quantization_config'] ?? null,
  ]
  for (const place of places) {
    const format = settingsOf(place)?.['checkpoint_format']
    if (format === 'gptq') return 1
    if (format === 'gptq_v2') return 0
  }
  return null
}

function settingsOf(value: MetadataValue): Metadata | null {
  let settings: unknown = value
  if (typeof value === 'string') {
    try {
      settings = JSON.parse(value)
    } catch {
      return null
    }
  }
  return typeof settings === 'object' && settings !== null && !Array.isArray(settings) ? (settings as Metadata) : null
}

/** Tells the form of tensor after tensor of one model. */
export class ZeroPoints {
  private read = 0

  constructor(
    private readonly sources: readonly Source[],
    private readonly declared: ZeroStep | null,
  ) {}

  /**
   * Symmetric quantization, which nearly all files have, puts its zero in the middle of the 16 codes, at 8: stored as 7 by the first form and as
   * 8 by the second, in every place. Other zero points tell nothing, so then only the file's own word counts.
   *
   * @param data packed zero points, contiguous and little-endian, eight to an integer
   * @returns null when the form cannot be known
   */
  async step(data: TensorData): Promise<ZeroStep | null> {
    const seen = await this.symmetricStep(data)
    if (seen === null) return this.declared
    return this.declared === null || this.declared === seen ? seen : null
  }

  private async symmetricStep({ storage, offset, shape }: TensorData): Promise<ZeroStep | null> {
    const size = 4 * shape.reduce((product, side) => product * side, 1)
    if (size === 0) return null
    const bytes = new Uint8Array(Math.min(size, this.read < generousBytes ? mostBytes : fewBytes))
    const stored = openStored(storage, this.sources, undefined)
    try {
      await stored.readInto(offset, bytes)
    } finally {
      stored.close()
    }
    this.read += bytes.length
    const [first] = bytes
    if ((first !== 0x77 && first !== 0x88) || bytes.some((byte) => byte !== first)) return null
    return first === 0x77 ? 1 : 0
  }
}
