/** Tells PyTorch's files by their first bytes. */

import { readZip } from '../../archive/index.js'
import type { Source } from '../types.js'

/** Entries that only PyTorch's archives have: `archive/data.pkl`, `name/data/0`, `name/code/...`. */
const torchEntry = /^([^/]+\/)*(data\.pkl|constants\.pkl|(data|constants)\/\d+|code\/__torch__.*)$/

export function looksLikeZip(head: Uint8Array): boolean {
  return head[0] === 0x50 && head[1] === 0x4b && head[2] === 3 && head[3] === 4
}

/** Whether a zip archive is PyTorch's. */
export async function isTorchZip(source: Source): Promise<boolean> {
  return (await readZip(source)).some(({ name }) => torchEntry.test(name))
}

/** A pickle: PROTO and a version, or in the text protocols a container, the magic number, or a global. */
export function looksLikePickle(head: Uint8Array): boolean {
  if (head[0] === 0x80) return (head[1] ?? 0) <= 8 && head[2] !== 0
  const text = new TextDecoder('latin1').decode(head.subarray(0, 128))
  return /^(\(dp\d+\n|\(lp\d+\n|L119547037146038801333356L?\n|c[A-Za-z_][\w.]*\n[A-Za-z_][\w.]*\n)/.test(text)
}

/** The tar archives of the first PyTorch versions, with their four entries. */
export function looksLikeOldTar(head: Uint8Array): boolean {
  const text = new TextDecoder('latin1').decode(head.subarray(0, 263))
  return text.slice(257, 262) === 'ustar' && /^(\.\/)?(sys_info|pickle|storages|tensors)\0/.test(text)
}
