/** One line on stderr that tells how far a long run is; only on a terminal, and only after half a second. */
import { inert, showBytes } from '../core/index.js'
import { bar, displayWidth, shorten } from '../report/index.js'
import type { Progress } from '../weights/index.node.js'

const patience = 500
const interval = 100

export interface ProgressLine {
  update(progress: Progress): void
  /** Removes the line. */
  clear(): void
}

export function progressLine(enabled: boolean): ProgressLine {
  if (!enabled || !process.stderr.isTTY) return { update() {}, clear() {} }
  const start = Date.now()
  let shownAt = 0
  let file = ''
  let fileStart = start
  let visible = false
  return {
    update(progress) {
      const now = Date.now()
      if (progress.file !== file) {
        file = progress.file
        fileStart = now
      }
      if (now - start < patience || now - shownAt < interval) return
      shownAt = now
      visible = true
      process.stderr.write(`\r\u001b[2K${text(progress, (now - fileStart) / 1000, process.stderr.columns ?? 80)}`)
    },
    clear() {
      if (visible) process.stderr.write('\r\u001b[2K')
      visible = false
    },
  }
}

function text(progress: Progress, seconds: number, width: number): string {
  if (progress.phase === 'open') return shorten(`opening ${inert(progress.file)}`, width - 1)
  const share = progress.bytesTotal > 0 ? progress.bytesDone / progress.bytesTotal : 0
  const rate = seconds > 0 ? progress.bytesDone / seconds : 0
  const left = rate > 0 ? (progress.bytesTotal - progress.bytesDone) / rate : 0
  const figures = [
    `${bar(share, 16)} ${String(Math.floor(share * 100)).padStart(3)} %`,
    `${progress.tensorsDone}/${progress.tensorsTotal} tensors`,
    `${showBytes(rate)}/s`,
    left >= 1 ? `${showTime(left)} left` : '',
  ]
    .filter((part) => part !== '')
    .join('  ')
  const room = width - 3 - displayWidth(figures)
  return room > 12
    ? `${figures}  ${shorten(inert(progress.tensor ?? progress.file), room)}`
    : shorten(figures, width - 1)
}

function showTime(seconds: number): string {
  const whole = Math.ceil(seconds)
  if (whole < 60) return `${whole} s`
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`
  return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`
}
