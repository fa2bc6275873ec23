/** Which tensors a run is about: globs over names, with a hint when one matches nothing. */
import { closest, inert, UsageError } from '../core/index.js'
import { globMatcher } from '../core/internal.js'

/** Compiles globs over tensor names: one of them has to match, as `globMatcher` says. */
export function nameMatcher(globs: readonly string[]): (name: string) => boolean {
  if (globs.length === 0) return () => true
  const tests = globs.map((glob) => {
    if (glob === '') throw new UsageError('--tensors: an empty glob matches nothing. Try --tensors "*weight".')
    return globMatcher(glob)
  })
  return (name) => tests.some((test) => test(name))
}

/** Refuses a glob that matches nothing, with the nearest names. */
export function requireMatches(globs: readonly string[], names: readonly string[], file: string): void {
  for (const glob of globs) {
    const matches = nameMatcher([glob])
    if (names.length === 0 || names.some(matches)) continue
    const near = closest(glob.replaceAll('*', ''), names, 3).map((name) => `'${inert(name)}'`)
    const hint =
      near.length > 0 ? `Did you mean ${near.join(', ')}?` : `The file's first tensor is '${inert(names[0]!)}'.`
    throw new UsageError(`--tensors: '${inert(glob)}' matches none of the ${names.length} tensors. ${hint}`, { file })
  }
}
