/** Watches a network while it trains: figures of each layer on measured steps, and alarms on all. */
import { UsageError } from '../../core/index.js'
import type { AnyModule } from '../../nn/index.js'
import { l2, type Norm } from '../../norms/index.js'
import { keep, type Tensor } from '../../tensor/index.js'
import { copyInto, copyOf, tidy, together } from '../../tensor/internal.js'
import type { Optimizer } from '../optimizer.js'
import type { NamedParameter } from '../params.js'
import { canCount, isSure, type Moved, recounted } from '../tally.js'
import type { Alarm, LayerFigures, Monitor, Noticed, StabilityRecord, StepView } from '../types.js'
import { ActivationWatch, allFinite, type FirstNonFinite, type Watchable } from './activations.js'
import { AlarmBell, type AlarmRules, type AlarmState } from './alarms.js'
import { euclidean, type Measure, measureBy } from './measure.js'
import { gradientNoise, NoiseAverage } from './noise.js'
import { sharpness } from './sharpness.js'
import { SpectrumProbe } from './spectrum.js'

export interface MonitorOptions {
  /** Measure steps 1, 1 + every, ...; 10 by default. Losses are watched on every step. */
  every?: number
  /** What weights, gradients and updates are measured in; l2 by default. Activations are told by their root mean square. */
  norm?: Norm
  /** Spectral norm and stable rank of weights of two axes and more; true by default. */
  spectra?: boolean
  /** The so many largest eigenvalues of the Hessian, on measured steps; off by default: it costs tens of backward passes. */
  sharpness?: number | boolean
  /** Gradient noise scale; off by default: it holds a copy of the gradients. */
  noise?: boolean
  /** What counts as alarm; false for none. */
  alarms?: AlarmRules | boolean
  /** What an alarm leads to, where `fit` trains; `none` by default: it is told. */
  action?: 'none' | 'stop' | 'rollback'
}

/** What a monitor remembers, as plain data: for checkpoints. */
export interface MonitorState {
  readonly alarms: AlarmState
  readonly noise: readonly number[]
}

/**
 * Watches a model that `optimizer` trains. In each step: `beginStep(step)`; forward and backward (`afterMicrobatch(examples)` after each backward
 * pass where gradients are accumulated); `afterBackward(step, loss)` while gradients are whole and not yet clipped; the optimizer's step,
 * proximal steps and constraints; `afterStep(step, lr)`. `fit` does it. It says what is wrong; what is done about it is the caller's.
 *
 * The update that is told is all that changed in the step, projections included (null where something moves a parameter for the first time beside an
 * optimizer that tells how far it moves it, and the view did not say so). Norms by the kernels of f32 are good to 2e-6. `again` is
 * called for sharpness, and to find where NaN came from; buffers are put back afterwards.
 *
 * @example
 * const watch = monitor(model, optimizer, { every: 1 })
 * watch.beginStep(1)
 * const loss = mseLoss(model.forward(x), y)
 * loss.backward()
 * watch.afterBackward(1, loss.item())
 * optimizer.step()
 * const { record, alarms } = watch.afterStep(1, 0.1)
 */
export function monitor(model: Watchable, optimizer: Trainer, options: MonitorOptions = {}): StabilityMonitor {
  return new StabilityMonitor(model, optimizer, options)
}

/** What is needed of an optimizer; `moves` spares a copy of the weights. */
type Trainer = Pick<Optimizer, 'parameters'> & Partial<Pick<Optimizer, 'moves'>>

/** One parameter, where it stands, and what is held about it. */
interface Watched extends NamedParameter {
  readonly module: AnyModule | null
  readonly probe: SpectrumProbe | null
  /** Weights before the step, on measured steps where the optimizer does not tell how far it moves them. */
  before: Tensor | null
  /** The parameter's version as it was measured. */
  version: number
  /** What the optimizer told of its last step. */
  moved: Moved | null
  /** Whether that was all that moved it; null as long as it is not known. */
  isAlone: boolean | null
  /** The gradient of the last look at noise. */
  gradient: Tensor | null
  /** Figures as far as they are known within the step. */
  figures: LayerFigures | null
}

/** What `monitor` makes. */
export class StabilityMonitor implements Monitor {
  readonly action: 'none' | 'stop' | 'rollback'
  readonly #model: Watchable
  readonly #watched: Watched[]
  readonly #activations: ActivationWatch
  readonly #bell: AlarmBell | null
  readonly #optimizer: Trainer
  readonly #isEuclidean: boolean
  readonly #measure: Measure
  /** What the optimizer tells of this step. */
  #moves: ReadonlyMap<Tensor, Moved> | null = null
  readonly #noise: NoiseAverage | null
  readonly #every: number
  readonly #eigenvalues: number
  #step = 0
  #isMeasured = false
  #parts: number[] = []
  #partExamples = 0
  /** Squared norm and examples of the gradient that is held, for the next step's. */
  #held: number | null = null
  #sharpness: Pick<StabilityRecord, 'sharpness' | 'largestRate'> = { sharpness: null, largestRate: null }

  constructor(model: Watchable, optimizer: Trainer, options: MonitorOptions = {}) {
    const { every = 10, norm = l2, spectra = true, noise = false, alarms = true } = options
    if (!Number.isInteger(every) || every < 1)
      throw new UsageError(`monitor: every = ${every}; expected a whole number of at least 1.`)
    this.#eigenvalues = options.sharpness === true ? 1 : options.sharpness || 0
    if (!Number.isInteger(this.#eigenvalues) || this.#eigenvalues < 0)
      throw new UsageError(`monitor: sharpness = ${options.sharpness}; expected how many eigenvalues, or true for 1.`)
    this.action = options.action ?? 'none'
    this.#every = every
    this.#model = model
    this.#optimizer = optimizer
    this.#isEuclidean = norm === l2
    this.#measure = measureBy(norm)
    this.#watched = watchedOf(model, optimizer, spectra)
    this.#activations = new ActivationWatch(model)
    this.#bell = alarms === false ? null : new AlarmBell(alarms === true ? {} : alarms)
    this.#noise = noise ? new NoiseAverage() : null
  }

  beginStep(step: number): void {
    this.#step = step
    this.#isMeasured = (step - 1) % this.#every === 0
    this.#parts = []
    this.#partExamples = 0
    this.#sharpness = { sharpness: null, largestRate: null }
    if (this.#isMeasured) this.#activations.start()
  }

  afterMicrobatch(examples: number): void {
    if (this.#noise === null || !this.#isMeasured) return
    let squares = 0
    for (const one of this.#watched) {
      const g = one.value.grad
      if (g === null) continue
      squares += this.#parts.length === 0 ? euclidean(g) ** 2 : this.#distance(one, g) ** 2
      hold(one, g)
    }
    this.#parts.push(squares)
    this.#partExamples += examples
    this.#held = null
  }

  #distance(one: Watched, g: Tensor): number {
    const { gradient } = one
    return gradient === null ? euclidean(g) : tidy(() => measureBy(l2).between(gradient, together(g)))
  }

  afterBackward(_step: number, loss: number, view: StepView = {}): readonly Alarm[] {
    this.#activations.stop()
    const found = this.#watchLoss(loss, view)
    if (this.#noise !== null) this.#watchNoise(view.examples ?? 1)
    if (this.#isMeasured) {
      if (this.#eigenvalues > 0 && view.again !== undefined && Number.isFinite(loss)) this.#curvature(view.again)
      this.#measureGradients(view.isAlone)
      found.push(...this.#watchGradients())
    }
    return found
  }

  #watchLoss(loss: number, view: StepView): Alarm[] {
    const bell = this.#bell
    if (bell === null) return []
    if (Number.isFinite(loss)) return [...bell.raise(this.#step, 'nan', 'loss', false, () => ''), ...bell.loss(this.#step, loss)] // biome-ignore format: one line
    const first = this.#activations.firstNonFinite ?? (view.again ? this.#locate(view.again) : null)
    const alarms = bell.raise(this.#step, 'nan', 'loss', true, () => nanMessage(loss, first, this.#badWeights(first)))
    return alarms.map((alarm) => ({ ...alarm, layer: first?.module ?? null }))
  }

  /** Runs forward once more to see where it stops being finite. */
  #locate(again: () => Tensor): FirstNonFinite | null {
    this.#activations.start()
    this.#aside(() => tidy(() => void again()))
    this.#activations.stop()
    return this.#activations.firstNonFinite
  }

  /** Names of parameters of the module (all without) that are not finite. */
  #badWeights(first: FirstNonFinite | null): string[] {
    return this.#watched
      .filter(({ name, value }) => (first === null || name.startsWith(`${first.module}.`)) && !allFinite(value))
      .map(({ name }) => name)
  }

  /** Lets a look that is not part of training leave no trace in buffers. */
  #aside(work: () => void): void {
    const buffers = [...this.#model.namedBuffers()].map(([, value]) => [value, keep(copyOf(value))] as const)
    try {
      work()
    } finally {
      for (const [value, copy] of buffers) {
        copyInto(value, copy)
        copy.dispose()
      }
    }
  }

  #curvature(again: () => Tensor): void {
    const trained = this.#watched.map(({ name, value }) => [name, value] as const)
    this.#aside(() => {
      const { eigenvalues, largestRate } = sharpness(again, trained, { k: this.#eigenvalues })
      this.#sharpness = { sharpness: eigenvalues, largestRate }
    })
  }

  /** Weights, gradients and what was put out are measured; weights are copied for the update where the optimizer will not tell of it. */
  #measureGradients(isAlone: boolean | undefined): void {
    this.#moves = this.#isEuclidean && isAlone !== false ? (this.#optimizer.moves?.() ?? null) : null
    for (const one of this.#watched) {
      const { value, module } = one
      const g = value.grad
      one.before?.dispose()
      one.before = this.#moves !== null && one.isAlone ? null : keep(tidy(() => copyOf(value)))
      one.version = value.storage.version
      const spectrum = one.probe?.look(value) ?? null
      one.figures = {
        name: one.name,
        weightNorm: this.#weightNorm(one),
        gradNorm: g === null ? null : this.#measure.of(g),
        updateNorm: null,
        updateRatio: null,
        activationRms: module && this.#activations.rms(module),
        deadShare: module && this.#activations.deadShare(module),
        spectral: spectrum?.spectral ?? null,
        stableRank: spectrum?.stableRank ?? null,
      }
    }
  }

  #weightNorm({ value, moved }: Watched): number {
    // The same to the bit whether the step before was told or not, as the first of a run that goes on.
    const told = moved?.version === value.storage.version ? moved : this.#moves !== null && canCount(value) ? recounted(value, value) : null // biome-ignore format: one line
    return told !== null && isSure(told.squares) ? Math.sqrt(told.squares) : this.#measure.of(value)
  }

  #watchGradients(): Alarm[] {
    const bell = this.#bell
    if (bell === null) return []
    const layers = this.#watched.map(({ figures, value }) => {
      const { name, weightNorm, gradNorm } = figures!
      return { name, weightNorm, gradNorm, isMatrix: value.rank >= 2 }
    })
    // Gradients come to the output's layers first.
    const bad = layers.filter(({ gradNorm }) => gradNorm !== null && !Number.isFinite(gradNorm)).at(-1)
    const nan = bell
      .raise(
        this.#step,
        'nan',
        'gradient',
        bad !== undefined,
        () => `the gradient of '${bad!.name}' is not finite, though the loss may be`,
      )
      .map((alarm) => ({ ...alarm, layer: bad!.name }))
    return [...nan, ...bell.gradients(this.#step, layers)]
  }

  #watchNoise(examples: number): void {
    const squared = (): number => this.#watched.reduce((sum, { value }) => sum + (value.grad === null ? 0 : euclidean(value.grad) ** 2), 0) // biome-ignore format: one line
    const n = this.#parts.length
    if (n >= 2) {
      // Parts are scaled by 1 / n, so that their sum is the mean.
      this.#noise!.add(gradientNoise(this.#parts.map((part) => part * n * n), squared(), this.#partExamples / n)) // biome-ignore format: one line
      this.#release()
    } else if (this.#held !== null) {
      // Two batches one after the other, between which the parameters moved a little.
      const now = squared()
      const moved = this.#watched.reduce((sum, one) => sum + (one.value.grad === null ? 0 : this.#distance(one, one.value.grad) ** 2), 0) // biome-ignore format: one line
      this.#noise!.add(gradientNoise([this.#held, now], (2 * (this.#held + now) - moved) / 4, examples))
      this.#release()
    }
    if (n < 2 && this.#isMeasured) {
      this.#held = squared()
      for (const one of this.#watched) if (one.value.grad !== null) hold(one, one.value.grad)
    }
  }

  #release(): void {
    this.#held = null
    for (const one of this.#watched) {
      one.gradient?.dispose()
      one.gradient = null
    }
  }

  afterStep(_step: number, lr: number): Noticed {
    if (!this.#isMeasured) return { record: null, alarms: [] }
    const layers = this.#watched.map((one) => this.#finish(one))
    const ratios = this.#watched.flatMap(({ value, name }, i) =>
      value.rank >= 2 && Number.isFinite(layers[i]!.updateRatio ?? Number.NaN)
        ? [{ name, ratio: layers[i]!.updateRatio! }]
        : [],
    )
    this.#isMeasured = false
    return {
      record: { step: this.#step, layers, ...this.#sharpness, gradientNoise: this.#noise?.scale ?? null },
      alarms: this.#bell?.updates(this.#step, ratios, lr) ?? [],
    }
  }

  #finish(one: Watched): LayerFigures {
    const updateNorm = this.#updateNorm(one)
    const figures = one.figures!
    one.before?.dispose()
    one.before = null
    one.figures = null
    const { weightNorm } = figures
    return {
      ...figures,
      updateNorm,
      updateRatio: updateNorm !== null && weightNorm > 0 ? updateNorm / weightNorm : null,
    }
  }

  /** Of all that changed; null where something moved the parameter beside an optimizer that had always been alone. */
  #updateNorm(one: Watched): number | null {
    const { before, value, version } = one
    const told = this.#moves?.get(value) ?? null
    one.moved = told
    if (told === null) return before === null ? (version === value.storage.version ? 0 : null) : this.#measure.between(before, value) // biome-ignore format: one line
    const isWhole = told.version === value.storage.version && isSure(told.moved)
    // Once another has moved it, or by too little to be told, weights are copied.
    one.isAlone = isWhole && one.isAlone !== false
    if (isWhole) return Math.sqrt(told.moved)
    return before === null ? null : this.#measure.between(before, value)
  }

  reset(): void {
    this.#bell?.reset()
    this.#release()
  }

  /** What it remembers of losses and gradients, to go on as if never stopped. (Vectors of power iteration are found anew.) */
  state(): MonitorState {
    return { alarms: this.#bell?.state() ?? new AlarmBell().state(), noise: this.#noise?.state ?? [] }
  }

  restore(saved: unknown): void {
    const state = saved as MonitorState
    this.#bell?.restore(state.alarms)
    this.#noise?.restore(state.noise)
  }

  /** Takes its hooks away and frees what it holds. */
  dispose(): void {
    this.#activations.close()
    this.#release()
    for (const one of this.#watched) {
      one.before?.dispose()
      one.before = null
      one.probe?.dispose()
    }
  }
}

/** Parameters of the optimizer in the order of the model, each with its module. */
function watchedOf(model: Watchable, optimizer: Trainer, spectra: boolean): Watched[] {
  const modules = new Map([...model.namedModules()])
  const order = new Map([...model.namedParameters()].map(([name, value], i) => [value, { name, i }]))
  const place = ({ value }: NamedParameter): number => order.get(value)?.i ?? order.size
  return [...optimizer.parameters]
    .sort((a, b) => place(a) - place(b))
    .map(({ name, value }) => {
      const path = order.get(value)?.name ?? name
      const module = modules.get(path.slice(0, Math.max(0, path.lastIndexOf('.')))) ?? null
      const probe = spectra && value.rank >= 2 ? new SpectrumProbe() : null
      return { name: path, value, module, probe, before: null, version: -1, moved: null, isAlone: null, gradient: null, figures: null } // biome-ignore format: one line
    })
}

/** A copy of the gradient in the place of the one held. */
function hold(one: Watched, g: Tensor): void {
  if (one.gradient === null) one.gradient = keep(tidy(() => copyOf(g)))
  else copyInto(one.gradient, g)
}

function nanMessage(loss: number, first: FirstNonFinite | null, weights: readonly string[]): string {
  const what = `the loss is ${Number.isNaN(loss) ? 'NaN' : 'infinite'}`
  const bad = weights.length > 0 ? `: its weights are not finite ('${weights[0]}')` : ''
  if (first === null) return `${what}${weights.length > 0 ? `: '${weights[0]}' is not finite` : ''}`
  if (bad !== '') return `${what}; '${first.module}' is the first whose output is not finite${bad}`
  return first.isInputFinite
    ? `${what}; '${first.module}' is the first whose output is not finite`
    : `${what}; what comes into '${first.module}' is not finite already. Look at the data`
}
