/** Names of tensors and parameters by globs. */
import picomatch from 'picomatch'

/**
 * Whether a name matches a glob. `*` crosses `.` and `/`, so `*bias` finds every bias; a pattern without wildcards is an exact name or the
 * module above it (`encoder.layers.3` selects everything below).
 */
export function globMatcher(glob: string): (name: string) => boolean {
  const matches = picomatch(glob, { dot: true, bash: true })
  return (name) => name === glob || name.startsWith(`${glob}.`) || name.startsWith(`${glob}/`) || matches(name)
}
