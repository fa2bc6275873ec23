/**
 * What every optimizer is. Parameters are changed in place, off the tape. State of a parameter (momentum, second moments) is made with its
 * first gradient; state is saved by the parameters' names and restored bit for bit.
 */
import { inert, UsageError } from '../core/index.js'
import { StateDict, type Tensor } from '../tensor/index.js'
import { copyOf, describe, sameShape, tidy } from '../tensor/internal.js'
import { type Choice, type NamedParameter, named, type Parameters, selected } from './params.js'
import type { Moved } from './tally.js'

/** Options of an optimizer that a group of parameters may have of its own. All numbers, booleans and words, so that they can be saved. */
export type GroupOptions = Record<string, number | boolean | string | null | readonly number[]>

/** Parameters that share options. `lr` and the others may be changed between steps: schedules do. */
export type ParamGroup<O extends object = GroupOptions> = O & { lr: number; readonly params: readonly NamedParameter[] }

/** A group as it is given: parameters by globs over the names of all, and the options that differ. */
export type GroupRule<O extends object> = Partial<O> & { readonly only: Choice }

/** An optimizer's memory as data. */
export interface OptimizerState {
  /** `exp_avg.<parameter>` and so on: what a step needs beside the parameters. */
  readonly tensors: StateDict
  /** Of each parameter the numbers beside its tensors (`step`). */
  readonly numbers: Readonly<Record<string, Readonly<Record<string, number>>>>
  /** Options of each group, with the names of its parameters. */
  readonly groups: readonly { readonly params: readonly string[]; readonly options: GroupOptions }[]
}

/** State of one parameter. Tensors are kept out of scopes. */
export interface ParamState {
  readonly tensors: Record<string, Tensor>
  readonly numbers: Record<string, number>
}

export abstract class Optimizer<O extends { lr: number } = { lr: number }> {
  readonly paramGroups: ParamGroup<O>[]
  /** Whether `step` must be given a closure, which it calls as often as it needs. */
  get needsClosure(): boolean {
    return false
  }
  protected readonly state = new Map<NamedParameter, ParamState>()

  /**
   * `groups` give parameters that match their globs options of their own; the first that matches counts, the rest has `defaults`.
   */
  constructor(name: string, parameters: Parameters, defaults: O, groups: readonly GroupRule<O>[] = []) {
    this.paramGroups = group(name, named(name, parameters), defaults, groups)
  }

  /**
   * One step with the gradients that are there; parameters without gradient are passed over. `closure` computes loss and gradients first (some
   * optimizers evaluate it again); its loss is returned.
   */
  abstract step(closure?: () => Tensor): Tensor | undefined

  /**
   * Asks the next step to tell how far it moves parameters, as far as it can on its way: fills the map. null where it cannot. For monitors.
   */
  moves(): ReadonlyMap<Tensor, Moved> | null {
    return null
  }

  /** Frees the gradients. */
  zeroGrad(): void {
    for (const { params } of this.paramGroups) for (const { value } of params) if (value.requiresGrad) value.zeroGrad()
  }

  /** All parameters, in the order of the groups. */
  get parameters(): NamedParameter[] {
    return this.paramGroups.flatMap(({ params }) => params)
  }

  /** The rate in use of a parameter; 0 for one that it does not move. */
  rateOf({ value }: { readonly value: Tensor }): number {
    return this.paramGroups.find(({ params }) => params.some((one) => one.value === value))?.lr ?? 0
  }

  /** Its memory, copied: what is saved beside a checkpoint. The caller disposes of `tensors`. */
  stateDict(): OptimizerState {
    const tensors = new StateDict()
    const numbers: Record<string, Record<string, number>> = {}
    for (const [{ name }, state] of this.state) {
      for (const [key, value] of Object.entries(state.tensors)) tensors.set(`${key}.${name}`, copyOf(value))
      numbers[name] = { ...state.numbers }
    }
    const groups = this.paramGroups.map(({ params, ...options }) => ({
      params: params.map(({ name }) => name),
      options: options as unknown as GroupOptions,
    }))
    return { tensors, numbers, groups }
  }

  /** Goes on from a memory that `stateDict` gave. @throws UsageError where the parameters are others */
  loadStateDict(saved: OptimizerState): void {
    const all = new Map(this.parameters.map((one) => [one.name, one]))
    for (const name of Object.keys(saved.numbers))
      if (!all.has(name)) throw new UsageError(`optimizer state: there is no parameter '${inert(name)}' here.`)
    if (saved.groups.length !== this.paramGroups.length)
      throw new UsageError(
        `optimizer state: it has ${saved.groups.length} groups of parameters; expected ${this.paramGroups.length}.`,
      )
    for (const [i, { params }] of saved.groups.entries()) {
      const here = this.paramGroups[i]!.params.map(({ name }) => name)
      const other = params.find((name) => !here.includes(name)) ?? here.find((name) => !params.includes(name))
      if (other !== undefined)
        throw new UsageError(`optimizer state: '${inert(other)}' is in group ${i} of one of the two alone, state or optimizer.`) // biome-ignore format: one line
    }
    for (const path of saved.tensors.keys())
      if (saved.numbers[path.slice(path.indexOf('.') + 1)] === undefined)
        throw new UsageError(`optimizer state: there is no parameter for '${inert(path)}' here.`)
    this.#clear()
    for (const [i, { options }] of saved.groups.entries()) Object.assign(this.paramGroups[i]!, options)
    for (const [name, numbers] of Object.entries(saved.numbers))
      this.state.set(all.get(name)!, { tensors: {}, numbers: { ...numbers } })
    for (const [path, value] of saved.tensors) {
      const dot = path.indexOf('.')
      const [key, name] = [path.slice(0, dot), path.slice(dot + 1)]
      const parameter = all.get(name)
      const state = parameter && this.state.get(parameter)
      if (!state) throw new UsageError(`optimizer state: there is no parameter for '${inert(path)}' here.`)
      if (value.size === parameter!.value.size && !sameShape(value.shape, parameter!.value.shape))
        throw new UsageError(
          `optimizer state: '${inert(path)}' is ${describe(value)}; the parameter is ${describe(parameter!.value)}.`,
        )
      state.tensors[key] = tidy(() => copyOf(value)).keep()
    }
  }

  #clear(): void {
    for (const { tensors } of this.state.values()) for (const value of Object.values(tensors)) value.dispose()
    this.state.clear()
  }

  /** Frees its memory (not the parameters). */
  dispose(): void {
    this.#clear()
  }
}

function group<O extends { lr: number }>(
  name: string,
  parameters: readonly NamedParameter[],
  defaults: O,
  rules: readonly GroupRule<O>[],
): ParamGroup<O>[] {
  let left = [...parameters]
  const groups: ParamGroup<O>[] = []
  for (const { only, ...options } of rules) {
    const matches = selected(name, left, only)
    if (matches.length === 0) continue
    left = left.filter((one) => !matches.includes(one))
    groups.push({ ...defaults, ...(options as unknown as Partial<O>), params: matches })
  }
  if (left.length > 0) groups.push({ ...defaults, params: left })
  return groups
}
