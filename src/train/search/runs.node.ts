/** The runs of a search: each is done once, written down, and never done again. */

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { InterruptedError } from '../../core/index.js'
import type { BackendChoice } from '../../tensor/index.js'
import type { SearchConfig, TrainConfig } from '../config/types.js'
import type { Folding, RunJob } from './evaluate.node.js'
import { canonical, Journal } from './journal.node.js'
import { startRunners } from './pool.node.js'
import type { RunResult, SearchReport } from './types.js'

/** Where a search stands. */
export interface SearchProgress {
  /** Runs that are done, and all that are known of. */
  readonly done: number
  readonly total: number
  /** The run that ended last; null at the beginning. */
  readonly last: RunResult | null
}

/** One run as a method wants it. */
export interface Wanted {
  readonly config: TrainConfig
  readonly fold: number
  /** What tells it from the others. */
  readonly key: unknown
  readonly saveTo?: string
}

export class Runs {
  readonly #journal: Journal | null
  readonly #runners: ReturnType<typeof startRunners>
  readonly #results = new Map<string, RunResult>()
  #total = 0
  resumed = 0
  failed = 0
  /** Folder for what lives as long as the search. */
  readonly scratch: string
  readonly #isTemporary: boolean

  constructor(
    readonly search: SearchConfig,
    readonly folding: Folding,
    readonly metric: string,
    readonly options: {
      readonly folder: string
      readonly workers: number | undefined
      readonly backend: BackendChoice | undefined
      readonly signal: AbortSignal | undefined
      readonly onProgress: ((progress: SearchProgress) => void) | undefined
    },
  ) {
    const { output, $schema: _, ...same } = search
    const place = output === undefined ? null : resolve(options.folder, output)
    this.#journal = place === null ? null : new Journal(join(place, 'search.ndjson'), same)
    this.#isTemporary = place === null
    this.scratch = place ?? mkdtempSync(join(tmpdir(), 'normball-search-'))
    this.#runners = startRunners(options)
  }

  /** Path of the journal. */
  get journal(): string | null {
    return this.#journal === null ? null : join(this.scratch, 'search.ndjson')
  }

  /** Says how many runs there will be, as far as is known. */
  expect(total: number): void {
    this.#total = total
    this.#tell(null)
  }

  #tell(last: RunResult | null): void {
    const { done } = this
    this.options.onProgress?.({ done, total: Math.max(this.#total, done), last })
  }

  /** Results in the order of `wanted`; those that the journal has are taken from it. */
  async all(wanted: readonly Wanted[]): Promise<RunResult[]> {
    const { metric, folding } = this
    const jobs: RunJob[] = wanted.map(({ config, fold, key, saveTo }) => ({
      key: canonical([key, fold]),
      config,
      folder: this.options.folder,
      folding,
      fold,
      metric,
      ...(saveTo === undefined ? {} : { saveTo }),
    }))
    const take = (key: string, result: RunResult): void => {
      this.#results.set(key, result)
      if (result.error !== null) this.failed++
      this.#tell(result)
    }
    for (const { key } of jobs) {
      const known = this.#results.has(key) ? undefined : this.#journal?.get(key)
      if (known === undefined) continue
      this.resumed++
      take(key, known)
    }
    await this.#runners.run(
      jobs.filter(({ key }) => !this.#results.has(key)),
      ({ key }, result) => {
        this.#journal?.add(key, result)
        take(key, result)
      },
    )
    return this.known(wanted) as RunResult[]
  }

  /** Results of those that are done, null for others: after an interrupt. */
  known(wanted: readonly Wanted[]): (RunResult | null)[] {
    return wanted.map(({ key, fold }) => this.#results.get(canonical([key, fold])) ?? null)
  }

  /** Runs that are done. */
  get done(): number {
    return this.#results.size
  }

  async close(): Promise<void> {
    await this.#runners.close()
    this.#journal?.close()
    if (this.#isTemporary) rmSync(this.scratch, { recursive: true, force: true })
  }
}

/** An interrupt is an outcome: what is done is told. */
export async function orInterrupted(work: Promise<unknown>): Promise<SearchReport['outcome']> {
  try {
    await work
    return 'done'
  } catch (error) {
    if (error instanceof InterruptedError) return 'interrupted'
    throw error
  }
}
