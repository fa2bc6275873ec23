/** Ctrl-C and its kin end the command at once, whatever the workers are doing, and leave nothing half-written. */

import { removeUnfinished } from '../checkpoint/internal.node.js'
import { exitNow } from '../lapack/index.node.js'

export function installInterrupt(): void {
  const end = (): void => {
    removeUnfinished()
    if (process.stderr.isTTY) process.stderr.write('\r\u001b[2K')
    process.stderr.write('normball: interrupted; nothing half-written is left.\n')
    // A worker inside a long LAPACK call would hold up process.exit until the call returns.
    exitNow(130)
  }
  process.once('SIGINT', end)
  process.once('SIGTERM', end)
  process.once('SIGHUP', end)
}
