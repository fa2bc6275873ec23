/** Encoded runs of a page, looked through before they are decoded: no run may announce more values than the page has, nor lie outside it. */

/** Throws RangeError. The hybrid of run lengths and packed bits: `count` values of `width` bits from `at` on, not beyond `end`. */
export function checkHybrid(bytes: Uint8Array, at: number, end: number, width: number, count: number): void {
  if (width > 32) throw new RangeError(`values of ${width} bits`)
  let i = at
  let seen = 0
  while (seen < count) {
    let header = 0
    for (let shift = 0; ; shift += 7) {
      if (i >= end || shift > 28) throw new RangeError(`its runs end after ${seen} of ${count} values`)
      const byte = bytes[i++]!
      header += (byte & 127) * 2 ** shift
      if (byte < 128) break
    }
    const left = count - seen
    const half = Math.floor(header / 2)
    if (header % 2 === 1) {
      // The last group of eight may have values to spare, and its bytes may be left out.
      if (8 * half >= left + 512 || 8 * half >= 2 ** 30)
        throw new RangeError(`a run of ${8 * half} values where ${left} are left`)
      const needed = Math.ceil((Math.min(8 * half, left) * width) / 8)
      if (i + needed > end) throw new RangeError('a run of packed bits reaches past its end')
      i = Math.min(end, i + half * width)
      seen += 8 * half
    } else {
      if (half > left) throw new RangeError(`a run of ${half} values where ${left} are left`)
      i += (width + 7) >> 3
      if (i > end) throw new RangeError('a run reaches past its end')
      seen += half
    }
  }
}

/** Throws RangeError for a head of delta-packed numbers that no writer makes: what is allocated and gone through depends on it. */
export function checkDelta(bytes: Uint8Array, at: number, count: number): void {
  let i = at
  const next = (): number => {
    let value = 0
    for (let shift = 0; ; shift += 7) {
      if (i >= bytes.length || shift > 28) throw new RangeError('its deltas end within their head')
      const byte = bytes[i++]!
      value += (byte & 127) * 2 ** shift
      if (byte < 128) return value
    }
  }
  const [block, miniblocks, total] = [next(), next(), next()]
  if (block === 0 || block % 128 !== 0 || block > 1 << 20 || miniblocks === 0 || miniblocks > 1024 || block % miniblocks !== 0 || (block / miniblocks) % 8 !== 0) throw new RangeError(`deltas in blocks of ${block} and ${miniblocks} parts`) // biome-ignore format: one line
  if (total !== count) throw new RangeError(`${total} deltas where ${count} values are`)
}
