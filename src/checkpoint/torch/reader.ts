/** Checkpoints of PyTorch (.pt, .pth, .bin, .ckpt): zip archives, TorchScript, and the files of versions before 1.6. Nothing in them is ever run. */
import { FormatError } from '../../core/index.js'
import type { Reader, ReaderResult, Source } from '../types.js'
import { readArchive } from './archive.js'
import { isTorchZip, looksLikeOldTar, looksLikePickle, looksLikeZip } from './detect.js'
import { readLegacy } from './legacy.js'

export const torchReader: Reader = {
  format: 'torch',
  matches: (head) => looksLikeZip(head) || looksLikePickle(head) || looksLikeOldTar(head),
  claims,
  open,
}

async function claims(source: Source): Promise<boolean> {
  const head = await source.read(0, Math.min(source.size, 4))
  return !looksLikeZip(head) || isTorchZip(source)
}

async function open(source: Source): Promise<ReaderResult> {
  const head = await source.read(0, Math.min(source.size, 512))
  if (looksLikeOldTar(head)) {
    throw new FormatError(
      'unsupported',
      'torch: this is the tar format of PyTorch before 0.1.10, which is not supported; load it in an old PyTorch and save it again.',
    )
  }
  const result = looksLikeZip(head) ? await readArchive(source) : await readLegacy(source)
  if (result.tensors.length === 0 && result.skipped.length === 0) {
    throw new FormatError(
      'no-tensors',
      'torch: the pickle holds no tensors at all, so there are no weights to measure.',
    )
  }
  return result
}
