/** Tells PyTorch's files by their first bytes. */

/** Entries that only PyTorch's archives have: `archive/data.pkl`, `name/data/0`, `name/code/...`. */
const torchEntry =
  /^([^/]+\/)?(data\.pkl|constants\.pkl|byteorder|version|\.format_version|\.storage_alignment|\.data\/.+|(data|constants)\/\d+|code\/.+)$/

/** A zip archive one of whose first local headers names an entry of PyTorch's. */
export function looksLikeTorchZip(head: Uint8Array): boolean {
  if (head[0] !== 0x50 || head[1] !== 0x4b || head[2] !== 3 || head[3] !== 4) return false
  const decoder = new TextDecoder('latin1')
  for (let at = 0; at >= 0 && at + 30 <= head.length; at = nextHeader(head, at + 30)) {
    const length = head[at + 26]! + head[at + 27]! * 256
    if (torchEntry.test(decoder.decode(head.subarray(at + 30, at + 30 + length)))) return true
  }
  return false
}

function nextHeader(head: Uint8Array, from: number): number {
  for (let at = head.indexOf(0x50, from); at >= 0; at = head.indexOf(0x50, at + 1)) {
    if (head[at + 1] === 0x4b && head[at + 2] === 3 && head[at + 3] === 4) return at
  }
  return -1
}

/** A pickle: PROTO and a version, or in the text protocols a container, the magic number, or a global. */
export function looksLikePickle(head: Uint8Array): boolean {
  if (head[0] === 0x80) return head.length < 2 || head[1]! <= 8
  const text = new TextDecoder('latin1').decode(head.subarray(0, 128))
  return /^(\(dp\d+\n|\(lp\d+\n|L119547037146038801333356L?\n|c[A-Za-z_][\w.]*\n[A-Za-z_][\w.]*\n)/.test(text)
}

/** The tar archives of the first PyTorch versions, with their four entries. */
export function looksLikeOldTar(head: Uint8Array): boolean {
  const text = new TextDecoder('latin1').decode(head.subarray(0, 263))
  return text.slice(257, 262) === 'ustar' && /^(\.\/)?(sys_info|pickle|storages|tensors)\0/.test(text)
}
