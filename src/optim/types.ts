/** The parts that keep a network in check while it trains; `fit` calls each at its place in a step. */
import type { Regularizer } from '../norms/index.js'
import type { StateDict, Tensor } from '../tensor/index.js'
import type { NamedParameter } from './params.js'

/** lambda * R(w), of each parameter that it is about. */
export interface Penalty {
  /** As it is written: `1e-4 l1(*.weight)`. */
  readonly name: string
  readonly regularizer: Regularizer
  /** May be changed between steps. */
  lambda: number
  /** `loss`: added to the loss and differentiated. `prox`: its proximal step after the optimizer's, so that zeros are exact. */
  readonly mode: 'loss' | 'prox'
  readonly parameters: readonly NamedParameter[]
  /** lambda * R, a scalar on the tape. */
  value(): Tensor
  /** Where lambda * R is l1 sum |w| + l2 / 2 sum w^2 over all elements of each parameter; else null. */
  readonly entrywise?: { readonly l1: number; readonly l2: number } | null
  /** `value().backward()` by itself, in one pass where that can be: adds its gradient to those of its parameters; returns lambda * R. */
  accumulate?(): number
  /** The proximal step with step size `lr` (`mode: 'prox'`), in place; each parameter's own with `(p) => optimizer.rateOf(p)`. */
  step(lr: number | ((parameter: NamedParameter) => number)): void
}

/** A set that parameters are put back into. */
export interface Constraint {
  /** As it is written: `l2 <= 3 (*.weight, rows)`. */
  readonly name: string
  readonly parameters: readonly NamedParameter[]
  /** Applied after every so many steps. */
  readonly every: number
  /** Projects in place where `step` (from 1 on) is its turn; returns the Frobenius distance moved, 0 where it was not. */
  apply(step: number): number
}

/** What was done to the gradients of a step. */
export interface Clipped {
  /** Norm of all gradients before, in the norm that clips. */
  readonly norm: number
  /** Factor they were multiplied by, 1 where nothing was done; null where it is not one factor. */
  readonly scale: number | null
  /** Whether anything was changed. */
  readonly clipped: boolean
  /** A parameter whose gradient is not finite: then the step is to be skipped. */
  readonly nonFinite: string | null
}

/** Changes gradients in place before the optimizer's step. */
export interface GradientClip {
  readonly name: string
  apply(parameters: readonly NamedParameter[]): Clipped
  /** What it remembers (a running quantile), for checkpoints. */
  state?(): Record<string, number | readonly number[]>
  restore?(state: Record<string, number | readonly number[]>): void
}

/** Sets the learning rate of groups over time. `step` is called once per step, or per epoch (`unit`), after the optimizer's. */
export interface Schedule {
  readonly unit: 'step' | 'epoch'
  /** Rates in use, of each group. */
  readonly lastLr: readonly number[]
  /** `metric`: for plateau. */
  step(metric?: number): void
  stateDict(): Record<string, unknown>
  loadStateDict(state: Record<string, unknown>): void
}

/** Figures of one layer (parameter) at one step. null: not measured. */
export interface LayerFigures {
  readonly name: string
  readonly weightNorm: number
  readonly gradNorm: number | null
  readonly updateNorm: number | null
  /** Norm of the update over norm of the weights. */
  readonly updateRatio: number | null
  /** Root mean square of what the layer put out. */
  readonly activationRms: number | null
  /** Share of its units that put out zero for the whole batch. */
  readonly deadShare: number | null
  readonly spectral: number | null
  readonly stableRank: number | null
}

export interface StabilityRecord {
  readonly step: number
  readonly layers: readonly LayerFigures[]
  /** Largest eigenvalues of the Hessian of the loss, by Lanczos. */
  readonly sharpness: readonly number[] | null
  /** 2 / lambda_max: gradient descent with a larger rate diverges on the quadratic model. */
  readonly largestRate: number | null
  /** Gradient noise scale: trace of the covariance over the squared norm of the mean. */
  readonly gradientNoise: number | null
}

/** What a step's batch gives a monitor to look at. */
export interface StepView {
  /** Examples of the whole batch: what the noise scale is counted in. */
  readonly examples?: number
  /** Computes the loss of this batch again, on the tape, with the same random numbers. */
  readonly again?: () => Tensor
  /** Whether nothing but the optimizer moves parameters in this step; where it is left out, what was seen in steps before counts. */
  readonly isAlone?: boolean
}

/** What was noticed after a step. */
export interface Noticed {
  /** null on steps that are not measured. */
  readonly record: StabilityRecord | null
  readonly alarms: readonly Alarm[]
}

/** Looks on while a network trains; `fit` calls it at its places in a step. */
export interface Monitor {
  /** What an alarm leads to. */
  readonly action: 'none' | 'stop' | 'rollback'
  /** Before the forward pass of step `step` (from 1 on): hooks are set where it is to be measured. */
  beginStep(step: number): void
  /** After each backward pass, where several make up a step; their losses are so scaled that the sum is the step's. */
  afterMicrobatch?(examples: number): void
  /** Gradients are there, and not clipped yet. What it finds keeps the step from being made, unless `action` is `none`. */
  afterBackward(step: number, loss: number, view?: StepView): readonly Alarm[]
  /** Parameters have moved, at rate `lr`. */
  afterStep(step: number, lr: number): Noticed
  /** The network went back to another state, whose past is not this one's. */
  reset?(): void
  /** What it remembers, for checkpoints: plain JSON. */
  state?(): unknown
  restore?(state: unknown): void
  dispose(): void
}

/** Averages parameters while they are trained (SWA, EMA). */
export interface Averaging {
  /** After each step (from 1 on). */
  update(step: number): void
  /** The averages under the parameters' names; null as long as there is none. They belong to the averaging. */
  averages(): StateDict | null
  /** Its memory, for checkpoints. The caller disposes of `tensors`. */
  stateDict(): { readonly tensors: StateDict; readonly numbers: Readonly<Record<string, number>> }
  loadStateDict(saved: { readonly tensors: StateDict; readonly numbers: Readonly<Record<string, number>> }): void
}

export interface Alarm {
  readonly step: number
  readonly code: 'nan' | 'loss-spike' | 'exploding-gradient' | 'vanishing-gradient'
  /** The layer where it was seen first, or null for the loss. */
  readonly layer: string | null
  /** One sentence with the figures. */
  readonly message: string
}
