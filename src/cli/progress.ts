/** One line on stderr that tells how far a long run is; only on a terminal, and only after half a second. */
import { inert, showBytes } from '../core/index.js'
import { bar, displayWidth, shorten } from '../report/index.js'
import type { Progress } from '../weights/index.node.js'

const patience = 500
const interval = 125

export interface ProgressLine {
  update(progress: Progress): void
  /** Removes the line and ends its timer. */
  clear(): void
}

export function progressLine(enabled: boolean): ProgressLine {
  if (!enabled || !process.stderr.isTTY) return { update() {}, clear() {} }
  const start = Date.now()
  let fileStart = start
  let last: Progress | null = null
  let visible = false
  // By the clock and not by events: a large matrix tells nothing for a while, and the line shall show that time passes.
  const timer = setInterval(() => {
    const now = Date.now()
    if (!last || now - start < patience) return
    visible = true
    process.stderr.write(`\r\u001b[2K${text(last, (now - fileStart) / 1000, process.stderr.columns || 80)}`)
  }, interval)
  timer.unref()
  return {
    update(progress) {
      if (progress.file !== last?.file) fileStart = Date.now()
      last = progress
    },
    clear() {
      clearInterval(timer)
      if (visible) process.stderr.write('\r\u001b[2K')
      visible = false
    },
  }
}

function text(progress: Progress, seconds: number, width: number): string {
  if (progress.phase === 'open') return shorten(`opening ${inert(progress.file)}`, width - 1)
  const { bytesDone, bytesTotal, tensorsDone, tensorsTotal, share } = progress
  const left = share > 0.02 ? (seconds * (1 - share)) / share : 0
  const figures = [
    `${bar(share, 16)} ${String(Math.floor(share * 100)).padStart(3)} %`,
    `${tensorsDone}/${tensorsTotal} tensors`,
    bytesDone < bytesTotal ? `${showBytes(bytesDone / Math.max(seconds, 1e-3))}/s` : `${showBytes(bytesTotal)} read`,
    left >= 1 ? `${showTime(left)} left` : `${showTime(seconds)} so far`,
  ].join('  ')
  const room = width - 3 - displayWidth(figures)
  const name = tensorsDone < tensorsTotal ? progress.tensor : null
  return room > 12 ? `${figures}  ${shorten(inert(name ?? progress.file), room)}` : shorten(figures, width - 1)
}

function showTime(seconds: number): string {
  const whole = Math.ceil(seconds)
  if (whole < 60) return `${whole} s`
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`
  return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`
}
