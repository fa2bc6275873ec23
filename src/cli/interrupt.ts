/** Ctrl-C and its kin end the command at once, whatever the workers are doing, and leave nothing half-written. */

import { exitNow } from '../lapack/index.node.js'
import { removeUnfinished } from '../system/index.node.js'

/** What the first signal does in place of ending; the second ends. */
let graceful: (() => void) | null = null

export function installInterrupt(): void {
  const end = (): void => {
    if (graceful !== null) {
      const first = graceful
      graceful = null
      first()
      return
    }
    removeUnfinished()
    if (process.stderr.isTTY) process.stderr.write('\r\u001b[2K')
    process.stderr.write('normball: interrupted; nothing half-written is left.\n')
    // A worker inside a long LAPACK call would hold up process.exit until the call returns.
    exitNow(130)
  }
  process.on('SIGINT', end)
  process.on('SIGTERM', end)
  process.on('SIGHUP', end)
}

/** Has the first signal call `stop` while something can still be saved. Returns what undoes it. */
export function onInterrupt(stop: () => void): () => void {
  graceful = stop
  return () => {
    if (graceful === stop) graceful = null
  }
}
