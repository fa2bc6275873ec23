/** Did-you-mean: the nearest of a list of words. */

/** Edit distance (optimal string alignment: insertions, deletions, substitutions, swaps of neighbours), at most `limit` + 1. */
export function editDistance(a: string, b: string, limit = 64): number {
  if (Math.abs(a.length - b.length) > limit) return limit + 1
  let beforeLast: number[] = []
  let last = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1]
      let best = Math.min(last[j]! + 1, row[j - 1]! + 1, last[j - 1]! + (same ? 0 : 1))
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        best = Math.min(best, beforeLast[j - 2]! + 1)
      row.push(best)
    }
    beforeLast = last
    last = row
  }
  return Math.min(last[b.length]!, limit + 1)
}

/** Up to `most` of `words` that are near `word`, nearest first; none when all are far. A word that contains `word` counts as near. */
export function closest(word: string, words: readonly string[], most = 1): string[] {
  const wanted = word.toLowerCase().slice(0, 64)
  if (wanted === '') return []
  const limit = Math.max(2, Math.floor(wanted.length / 3))
  return words
    .slice(0, 20_000)
    .map((candidate, index) => {
      const lower = candidate.toLowerCase()
      const distance = lower.includes(wanted) ? 0.5 : editDistance(wanted, lower.slice(0, 96), limit)
      return { candidate, distance, index }
    })
    .filter(({ distance }) => distance <= limit)
    .sort((a, b) => a.distance - b.distance || a.index - b.index)
    .slice(0, most)
    .map(({ candidate }) => candidate)
}
