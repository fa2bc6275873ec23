/** A full garbage collection on demand: the collector does not see the kernels' memory, so tensors that were forgotten would wait for long. */
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

/** What collects, or null where this process was not allowed it. Found when first called. */
export function collector(): () => void {
  let collect: (() => void) | null | undefined
  return () => {
    if (collect === undefined) {
      try {
        setFlagsFromString('--expose-gc')
        collect = runInNewContext('gc') as () => void
      } catch {
        collect = null
      }
    }
    collect?.()
  }
}
