/** Word vectors: skip-gram with negative sampling, in f32, one pair of words at a time; and the least squares of GloVe. */

/** The next number of SplitMix64 (Steele, Lea & Flood 2014), whose state is 8 bytes. */
// @ts-ignore: decorator
@inline
function next(state: usize): u64 {
  const seed = load<u64>(state) + 0x9e3779b97f4a7c15
  store<u64>(state, seed)
  let z = (seed ^ (seed >> 30)) * 0xbf58476d1ce4e5b9
  z = (z ^ (z >> 27)) * 0x94d049bb133111eb
  return z ^ (z >> 31)
}

export function subsample_i32(n: i32, tokens: usize, keep: usize, out: usize, state: usize): i32 {
  const start = out
  for (const end = tokens + (<usize>n << 2); tokens < end; tokens += 4) {
    const word = load<i32>(tokens)
    if (word >= 0 && <f64>(next(state) >> 11) * 1.1102230246251565e-16 >= load<f64>(keep + (<usize>word << 3))) continue
    store<i32>(out, word)
    out += 4
  }
  return <i32>((out - start) >> 2)
}

// @ts-ignore: decorator
@inline
function dot(x: usize, y: usize, bytes: usize): f32 {
  let s0 = f32x4.splat(0)
  for (const end = x + bytes; x < end; x += 16, y += 16) s0 = f32x4.add(s0, f32x4.mul(v128.load(x), v128.load(y)))
  return f32x4.extract_lane(s0, 0) + f32x4.extract_lane(s0, 1) + (f32x4.extract_lane(s0, 2) + f32x4.extract_lane(s0, 3))
}

/** One target of a word: adds to `change` what moves the word, and moves the target. Returns the loss. */
// @ts-ignore: decorator
@inline
function pull(label: bool, word: usize, target: usize, change: usize, bytes: usize, rate: f32, sigmoids: usize, losses: usize): f64 {
  const score = dot(word, target, bytes)
  // Tables of 1,025 places from -8 to 8; beyond, the slope is as at the ends.
  const at = <usize>(<i32>(min<f32>(max<f32>(score, -8), 8) * 64 + 512.5)) << 2
  const gain = f32x4.splat((<f32>label - load<f32>(sigmoids + at)) * rate)
  for (const end = word + bytes; word < end; word += 16, target += 16, change += 16) {
    const row = v128.load(target)
    v128.store(change, f32x4.add(v128.load(change), f32x4.mul(gain, row)))
    v128.store(target, f32x4.add(row, f32x4.mul(gain, v128.load(word))))
  }
  return <f64>load<f32>(losses + (label ? at : (1024 << 2) - at))
}

export function skipGram_f32(
  n: i32, tokens: usize, ld: i32, window: i32, negatives: i32, words: u32, chances: usize, aliases: usize, vectors: usize, contexts: usize,
  rate: f64, rateEnd: f64, sigmoids: usize, losses: usize, state: usize, change: usize, figures: usize,
): void {
  const bytes = <usize>ld << 2
  let loss: f64 = 0, pairs: f64 = 0
  const slope = (rateEnd - rate) / <f64>max(1, n)
  for (let i = 0; i < n; i++) {
    const word = load<i32>(tokens + (<usize>i << 2))
    if (word < 0) continue
    const step = <f32>(rate + slope * <f64>i)
    const reach = 1 + <i32>(((next(state) >> 32) * <u64>window) >> 32)
    const own = vectors + <usize>word * bytes
    for (let side = -1; side <= 1; side += 2)
      for (let far = 1; far <= reach; far++) {
        const place = i + side * far
        if (place < 0 || place >= n) break
        const context = load<i32>(tokens + (<usize>place << 2))
        // The end of a text, which a window does not cross.
        if (context < 0) break
        memory.fill(change, 0, bytes)
        loss += pull(true, own, contexts + <usize>context * bytes, change, bytes, step, sigmoids, losses)
        for (let d = 0; d < negatives; d++) {
          const random = next(state)
          let drawn = <usize>(((random >> 32) * <u64>words) >> 32)
          if (<u32>random >= load<u32>(chances + (drawn << 2))) drawn = <usize>load<u32>(aliases + (drawn << 2))
          if (<i32>drawn == context) continue
          loss += pull(false, own, contexts + drawn * bytes, change, bytes, step, sigmoids, losses)
        }
        for (let at: usize = 0; at < bytes; at += 16) v128.store(own + at, f32x4.add(v128.load(own + at), v128.load(change + at)))
        pairs++
      }
  }
  store<f64>(figures, loss)
  store<f64>(figures, pairs, 8)
}

/** x -= rate g / sqrt(sum), sum += g². */
// @ts-ignore: decorator
@inline
function adapt(x: usize, sum: usize, gradient: f64, rate: f64): void {
  const before = load<f64>(sum)
  store<f64>(x, load<f64>(x) - (rate * gradient) / sqrt(before))
  store<f64>(sum, before + gradient * gradient)
}

export function gloveEpoch_f64(
  n: i32, order: usize, rows: usize, columns: usize, logs: usize, weights: usize, k: i32, words: usize, contexts: usize, wordSums: usize,
  contextSums: usize, rate: f64,
): f64 {
  // Rows are k factors and a bias.
  const bytes = <usize>(k + 1) << 3
  const last = <usize>k << 3
  let loss: f64 = 0
  for (let t = 0; t < n; t++) {
    const entry = <usize>load<u32>(order + (<usize>t << 2))
    const row = <usize>load<u32>(rows + (entry << 2)) * bytes, column = <usize>load<u32>(columns + (entry << 2)) * bytes
    const w = words + row, c = contexts + column
    const ws = wordSums + row, cs = contextSums + column
    let score = load<f64>(w + last) + load<f64>(c + last) - load<f64>(logs + (entry << 3))
    for (let at: usize = 0; at < last; at += 8) score += load<f64>(w + at) * load<f64>(c + at)
    const slope = load<f64>(weights + (entry << 3)) * score
    loss += 0.5 * slope * score
    for (let at: usize = 0; at < last; at += 8) {
      const a = load<f64>(w + at), b = load<f64>(c + at)
      adapt(w + at, ws + at, slope * b, rate)
      adapt(c + at, cs + at, slope * a, rate)
    }
    adapt(w + last, ws + last, slope, rate)
    adapt(c + last, cs + last, slope, rate)
  }
  return loss
}
