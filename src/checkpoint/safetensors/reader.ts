/** safetensors: eight bytes of header length, a JSON header, and the tensors' bytes without gaps; as strict as the reference reader. */
import { FormatError, inert, plural } from '../../core/index.js'
import { plainEntry } from '../entry.js'
import { decodeUtf8 } from '../json.js'
import type { Metadata, Reader, ReaderResult, Source, TensorEntry } from '../types.js'
import { type Header, type HeaderTensor, parseHeader } from './header.js'

/** The reference reader's limit. */
const largestHeader = 100_000_000

export const safetensorsReader: Reader = {
  format: 'safetensors',
  matches(head) {
    // A header length that is readable text is none: that file is text with a '{' in it.
    return head[8] === 0x7b && !head.subarray(0, 8).every((byte) => byte >= 0x20 && byte < 0x7f)
  },
  async open(source): Promise<ReaderResult> {
    const length = await headerLength(source)
    const text = decodeUtf8(await source.read(8, length))
    if (text === null) throw new FormatError('bad-utf8', 'safetensors: the header is not valid UTF-8.', { offset: 8 })
    const header = parseHeader(text)
    const start = 8 + length
    checkCoverage(header.tensors, source.size - start)
    return {
      sources: [source],
      metadata: header.metadata as Metadata,
      texts: header.texts,
      tensors: header.tensors.map((tensor) => entryOf(tensor, start)),
      skipped: [],
      warnings: warningsOf(header),
    }
  },
}

async function headerLength(source: Source): Promise<number> {
  if (source.size < 8) {
    throw new FormatError(
      'truncated',
      `safetensors: the file has ${plural(source.size, 'byte')}, too short for the 8 bytes of header length; it is truncated.`,
    )
  }
  const bytes = await source.read(0, 8)
  const length = new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true)
  const available = source.size - 8
  if (length === 0n)
    throw new FormatError('header-length', 'safetensors: the header length is 0; there is no JSON header.')
  if (length > BigInt(available)) {
    throw new FormatError(
      'header-length',
      `safetensors: the header length ${length} reaches past the end of the file, which has ${plural(available, 'byte')} after it; the file is truncated or no safetensors file.`,
    )
  }
  if (length > largestHeader) {
    throw new FormatError(
      'too-large',
      `safetensors: the header length ${length} is larger than the format's limit of ${largestHeader}.`,
    )
  }
  return Number(length)
}

/** Sorted by their ranges, the tensors must cover the data exactly: no hole, no overlap, no byte too many. */
function checkCoverage(tensors: readonly HeaderTensor[], available: number): void {
  const sorted = [...tensors].sort((a, b) => a.begin - b.begin || a.end - b.end)
  let at = 0
  for (const { name, begin, end } of sorted) {
    if (begin !== at) {
      const what =
        begin < at
          ? `overlaps the tensor before it: its offset is ${begin}, where ${at} is the first free byte`
          : `begins at offset ${begin} and leaves a hole: bytes ${at} to ${begin} belong to no tensor`
      throw new FormatError('bad-offset', `safetensors: tensor '${inert(name)}' ${what} (ranges must be contiguous).`, {
        tensor: name,
      })
    }
    at = end
    if (end > available) {
      throw new FormatError(
        'truncated',
        `safetensors: tensor '${inert(name)}' ends at byte ${end} of the data, beyond the end of the file, which has ${available} bytes of data; it is truncated, download it again.`,
        { tensor: name },
      )
    }
  }
  if (at === available) return
  throw new FormatError(
    'trailing',
    `safetensors: ${plural(available - at, 'unused byte')} after the last tensor: no tensor covers the data from offset ${at}.`,
  )
}

function entryOf({ name, dtype, type, shape, count, begin, end }: HeaderTensor, start: number): TensorEntry {
  return plainEntry(name, dtype, count, {
    storage: { kind: 'range', source: 0, offset: start + begin, length: end - begin },
    type,
    shape,
    offset: 0,
    strides: null,
    bigEndian: false,
  })
}

function warningsOf({ tensors, warnings }: Header): string[] {
  return tensors.length === 0 ? [...warnings, 'The file holds no tensors.'] : [...warnings]
}
