/** One line on stderr with what is done at present; only on a terminal, and only after a while. */
import { inert } from '../core/index.js'
import { shorten } from '../report/index.js'

const patience = 500
const interval = 125

export interface PhaseLine {
  readonly update: (phase: string) => void
  /** Removes the line and ends its timer. */
  readonly clear: () => void
}

export function phaseLine(enabled: boolean): PhaseLine {
  if (!enabled || !process.stderr.isTTY) return { update() {}, clear() {} }
  const start = Date.now()
  let phase = ''
  let visible = false
  const timer = setInterval(() => {
    const seconds = (Date.now() - start) / 1000
    if (phase === '' || seconds < patience / 1000) return
    visible = true
    const width = (process.stderr.columns || 80) - 1
    process.stderr.write(`\r\u001b[2K${shorten(`${inert(phase)} … ${Math.floor(seconds)} s so far`, width)}`)
  }, interval)
  timer.unref()
  return {
    update(next) {
      phase = next
    },
    clear() {
      clearInterval(timer)
      if (visible) process.stderr.write('\r\u001b[2K')
    },
  }
}
