/** Optimizers that take one parameter after the other, with its gradient: what they share. */
import { inert, UsageError } from '../core/index.js'
import { type NeuralKernels, neural, type Pointer } from '../kernels/index.js'
import { enableGrad, type Tensor, zerosLike } from '../tensor/index.js'
import { copyOf, describe, kernels, sameShape, tidy, together } from '../tensor/internal.js'
import { type GroupRule, Optimizer, type OptimizerState, type ParamGroup, type ParamState } from './optimizer.js'
import { checkGroups, filled, type Kinds } from './options.js'
import { changing, concerning, type NamedParameter, type Parameters } from './params.js'
import { canCount, type Moved, newTally, readTally } from './tally.js'

/** Options of an optimizer as they are given: what is left out has its default; `groups` give parameters options of their own. */
export type Given<O extends object> = { [K in keyof O]?: O[K] | undefined } & {
  readonly groups?: readonly GroupRule<O>[] | undefined
}

/** A parameter in one step: `n` elements at `w`, its gradient at `g`, and the kernels of its dtype. */
export interface Place {
  readonly parameter: NamedParameter
  readonly n: number
  readonly w: Pointer
  readonly g: Pointer
  /** The gradient that lies at `g`. */
  readonly grad: Tensor
  readonly type: 'f32' | 'f64'
  readonly kernels: NeuralKernels
  /** What the update is counted in on its way; 0 where nobody asks, and always unless the optimizer `counts`. */
  readonly tally: Pointer
}

/** An optimizer whose step is an update of each parameter by itself. */
export abstract class FirstOrder<O extends { lr: number }> extends Optimizer<O> {
  readonly #name: string
  readonly #kinds: Kinds<O>
  #moves: Map<Tensor, Moved> | null = null
  /** Whether its kernels take a tally. */
  protected get counts(): boolean {
    return false
  }

  constructor(name: string, parameters: Parameters, kinds: Kinds<O>, defaults: O, options: Given<O>) {
    const { groups = [], ...rest } = options ?? {}
    checkGroups(name, kinds, groups)
    super(name, parameters, filled(name, kinds, defaults, rest as unknown as Partial<O>), groups)
    this.#name = name
    this.#kinds = kinds
  }

  /**
   * Goes on from a memory that `stateDict` gave. @throws UsageError where the parameters, their shapes or dtypes, or the options are not this
   * optimizer's; then nothing is changed
   */
  override loadStateDict(saved: OptimizerState): void {
    for (const { options } of saved.groups) filled(this.#name, this.#kinds, {} as O, options as unknown as Partial<O>)
    const all = new Map(this.parameters.map(({ name, value }) => [name, value]))
    // Kernels trust that what is remembered of a parameter is laid out as it is.
    for (const [path, value] of saved.tensors) {
      const parameter = all.get(path.slice(path.indexOf('.') + 1))
      if (parameter && (value.dtype !== parameter.dtype || !sameShape(value.shape, parameter.shape)))
        throw new UsageError(
          `optimizer state: '${inert(path)}' is ${describe(value)}; expected ${describe(parameter)}, as the parameter.`,
        )
    }
    super.loadStateDict(saved)
  }

  step(closure?: () => Tensor): Tensor | undefined {
    const loss = closure && enableGrad(closure)
    const moves = this.#moves
    this.#moves = null
    for (const group of this.paramGroups)
      for (const parameter of group.params)
        if (parameter.value.grad !== null) this.#move(parameter, parameter.value.grad, group, moves)
    return loss
  }

  #move(parameter: NamedParameter, grad: Tensor, group: ParamGroup<O>, moves: Map<Tensor, Moved> | null): void {
    const { value } = parameter
    const from = together(grad)
    const type = value.dtype as 'f32' | 'f64'
    const tally = moves !== null && canCount(value) ? newTally() : null
    const place = { parameter, n: value.size, g: from.pointer, grad: from, type, kernels: neural(kernels()), tally: tally?.pointer ?? 0 } as const // biome-ignore format: one line
    concerning('gradient of', parameter, () => changing(value, (w) => this.update({ ...place, w }, group)))
    if (tally !== null) {
      moves!.set(value, { ...readTally(tally), version: value.storage.version })
      tally.dispose()
    }
    if (from !== grad) from.dispose()
  }

  override moves(): ReadonlyMap<Tensor, Moved> | null {
    this.#moves = this.counts ? new Map() : null
    return this.#moves
  }

  /** Moves one parameter. */
  protected abstract update(place: Place, group: ParamGroup<O>): void

  /** What is remembered of a parameter; empty at first. */
  protected memoryOf(parameter: NamedParameter): ParamState {
    let memory = this.state.get(parameter)
    if (memory === undefined) {
      memory = { tensors: {}, numbers: {} }
      this.state.set(parameter, memory)
    }
    return memory
  }

  /** Counts a parameter's steps, from 1 on. */
  protected count(parameter: NamedParameter): number {
    const { numbers } = this.memoryOf(parameter)
    numbers['step'] = (numbers['step'] ?? 0) + 1
    return numbers['step']
  }

  /** Address of a tensor that is remembered of a parameter, made with its first step: in its shape, filled with `start`. */
  protected remembered(parameter: NamedParameter, key: string, start = 0): Pointer {
    const { tensors } = this.memoryOf(parameter)
    tensors[key] ??= started(parameter.value, start)
    return tensors[key].pointer
  }

  /** b = momentum b + share g, remembered from step to step; returns it, or with `nesterov` share g + momentum b. A tensor of the open scope, or the state's own. */
  protected withMomentum(
    { parameter, n, g, grad, type, kernels }: Place,
    momentum: number,
    share: number,
    nesterov: boolean,
  ): Tensor {
    const b = this.remembered(parameter, 'momentum_buffer')
    kernels[`average_${type}`](n, b, g, momentum, share)
    if (!nesterov) return this.memoryOf(parameter).tensors['momentum_buffer']!
    const ahead = copyOf(grad)
    kernels[`average_${type}`](n, ahead.pointer, b, share, momentum)
    return ahead
  }
}

const started = (value: Tensor, start: number): Tensor =>
  tidy(() => {
    const made = zerosLike(value)
    return start === 0 ? made : made.fill_(start)
  }).keep()
