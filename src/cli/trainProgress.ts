/** What a training run shows while it is under way: a view that is drawn anew on a terminal, else a line now and then; always on stderr. */
import { inert, plural } from '../core/index.js'
import { ansiPaint, bar, displayWidth, linePlot, type Paint, pathSparkline, plainPaint, shorten, showNumber } from '../report/index.js' // biome-ignore format: one line
import type { AlarmRecord, EpochRecord, Figures, LayersRecord, LogRecord, StartRecord, StepRecord } from '../train/index.js' // biome-ignore format: one line
import { usesColor } from './terminal.js'

export interface TrainProgress {
  record(record: LogRecord): void
  /** A line above the view. */
  say(text: string): void
  /** Removes the view. */
  end(): void
}

/** Milliseconds between two drawings, and between two plain lines. */
const interval = 150
const patience = 5000
/** Points of the loss curve. */
const mostPoints = 200

/** What is known so far. */
class State {
  start: StartRecord | null = null
  step: StepRecord | null = null
  epoch: EpochRecord | null = null
  layers: LayersRecord | null = null
  readonly alarms: AlarmRecord[] = []
  /** Losses of training, thinned evenly; those of validation, at their steps. */
  loss: (readonly [number, number])[] = []
  readonly validation: (readonly [number, number])[] = []
  #every = 1
  #seen = 0
  /** When the first step was, and where. */
  #began: { readonly at: number; readonly step: number } | null = null

  take(record: LogRecord): void {
    switch (record.type) {
      case 'start':
        this.start = record
        break
      case 'step':
        this.#begin(record)
        this.step = record
        if (this.#seen++ % this.#every === 0 && Number.isFinite(record.loss)) this.loss.push([record.step, record.loss])
        if (this.loss.length > mostPoints) {
          this.loss = this.loss.filter((_, i) => i % 2 === 0)
          this.#every *= 2
        }
        break
      case 'epoch':
        this.epoch = record
        if (record.validation?.['loss'] !== undefined) this.validation.push([record.step, record.validation['loss']])
        break
      case 'layers':
        this.layers = record
        break
      case 'alarm':
        this.alarms.push(record)
        break
    }
  }

  #begin({ step }: StepRecord): void {
    this.#began ??= { at: Date.now(), step }
  }

  /** Seconds that are left; null where too little is known. */
  get left(): number | null {
    const { start, step } = this
    if (start === null || step === null || this.#began === null || step.step <= this.#began.step) return null
    const perStep = (Date.now() - this.#began.at) / 1000 / (step.step - this.#began.step)
    return Math.max(0, start.steps - step.step) * perStep
  }

  /** The layer whose update is largest beside its weights. */
  get worst(): string | null {
    const measured = (this.layers?.layers ?? []).filter(({ updateRatio }) => updateRatio !== null)
    const worst = measured.reduce<(typeof measured)[number] | null>((a, b) => (a === null || b.updateRatio! > a.updateRatio! ? b : a), null) // biome-ignore format: one line
    return worst === null ? null : `${inert(worst.name, 60)}, update ${showNumber(worst.updateRatio!)} of its weights`
  }
}

/** `loss 0.12  accuracy 0.97`. */
const figuresText = (figures: Figures): string =>
  Object.entries(figures)
    .filter(([, value]) => Number.isFinite(value))
    .map(([name, value]) => `${name} ${showNumber(value)}`)
    .join('  ')

function timeText(seconds: number): string {
  const whole = Math.ceil(seconds)
  if (whole < 60) return `${whole} s`
  return whole < 3600 ? `${Math.floor(whole / 60)} min ${whole % 60} s` : `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min` // biome-ignore format: one line
}

/** The view's lines: no line wider than `width`. */
export function liveLines(state: State, width: number, paint: Paint): string[] {
  const { start, step, epoch, alarms } = state
  if (start === null || step === null) return []
  const share = start.steps > 0 ? step.step / start.steps : 0
  const left = state.left
  const plot = linePlot(state.loss, { width: Math.min(width, 78), height: 5, xTitle: 'step' })
  const lines = [
    `${bar(share, 24)} ${Math.floor(100 * share)} %  epoch ${step.epoch}/${start.epochs}  step ${step.step}/${start.steps}${left === null ? '' : `  ${timeText(left)} left`}`,
    `loss ${showNumber(step.loss)}${step.penalty > 0 ? ` (penalty ${showNumber(step.penalty)})` : ''}  rate ${showNumber(step.lr)}  ${Math.round(step.rate)} examples/s`,
    ...plot.map((line) => paint('accent', line)),
  ]
  if (epoch?.validation) {
    const curve = pathSparkline(state.validation.map(([, y]) => y), 24) // biome-ignore format: one line
    lines.push(`validation  ${figuresText(epoch.validation)}  ${paint('accent', curve)}`)
  }
  if (state.worst !== null) lines.push(`worst layer ${state.worst}`)
  const alarm = alarms.at(-1)
  if (alarm) lines.push(paint('warning', `alarm at step ${alarm.step}: ${inert(alarm.message, 200)}`))
  return lines.map((line) => (displayWidth(line) > width && !line.includes('\u001b') ? shorten(line, width) : line))
}

/** Shows a run on stderr. */
export function trainProgress(quiet: boolean, color: 'auto' | 'always' | 'never'): TrainProgress {
  if (quiet) return { record() {}, say() {}, end() {} }
  return process.stderr.isTTY ? liveProgress(color) : plainProgress()
}

function liveProgress(color: 'auto' | 'always' | 'never'): TrainProgress {
  const state = new State()
  const paint = usesColor(color, undefined) || color === 'auto' ? ansiPaint : plainPaint
  let update: ((text: string) => void) | null = null
  let clear: (() => void) | null = null
  void import('./logUpdate.js').then(({ createLogUpdate }) => {
    const log = createLogUpdate(process.stderr)
    update = log
    clear = () => log.clear()
  })
  const timer = setInterval(() => {
    const lines = liveLines(state, (process.stderr.columns || 80) - 1, paint)
    if (lines.length > 0) update?.(lines.join('\n'))
  }, interval)
  timer.unref()
  return {
    record: (record) => state.take(record),
    say(text) {
      clear?.()
      process.stderr.write(`${text}\n`)
    },
    end() {
      clearInterval(timer)
      clear?.()
    },
  }
}

function plainProgress(): TrainProgress {
  const state = new State()
  let told = Date.now()
  const say = (text: string): void => {
    told = Date.now()
    process.stderr.write(`${text}\n`)
  }
  return {
    say,
    end() {},
    record(record) {
      state.take(record)
      if (record.type === 'start')
        say(
          `${record.parameters} parameters, ${plural(record.examples.train, 'example')}, ${plural(record.steps, 'step')} in ${plural(record.epochs, 'epoch')}${record.from > 0 ? `, from step ${record.from} on` : ''}`,
        )
      else if (record.type === 'epoch') {
        const left = state.left
        const validation = record.validation ? `  validation: ${figuresText(record.validation)}` : ''
        say(`epoch ${record.epoch}/${state.start?.epochs ?? '?'}  ${figuresText(record.train)}${validation}${left === null || left < 1 ? '' : `  ${timeText(left)} left`}`) // biome-ignore format: one line
      } else if (record.type === 'alarm') say(`alarm at step ${record.step}: ${inert(record.message, 300)}`)
      else if (record.type === 'step' && Date.now() - told > patience)
        say(`step ${record.step}/${state.start?.steps ?? '?'}  loss ${showNumber(record.loss)}  rate ${showNumber(record.lr)}  ${Math.round(record.rate)} examples/s`) // biome-ignore format: one line
    },
  }
}
