/** Turns for the event loop while the calling thread computes: so that an abort is seen, progress is painted and a page stays alive. */

/** Milliseconds of work after which others get a turn. */
const longest = 30

/** Waits for the events that are due. A message and no timer, because browsers slow the timers of hidden tabs down to one a second. */
export function turn(): Promise<void> {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel()
    port1.onmessage = () => {
      port1.close()
      resolve()
    }
    port2.postMessage(null)
  })
}

/** A function to call between steps: it gives a turn when the last one is long enough ago, and null when there is nothing to wait for. */
export function turns(): () => Promise<void> | null {
  let last = performance.now()
  return () => {
    if (performance.now() - last < longest) return null
    return turn().then(() => {
      last = performance.now()
    })
  }
}
