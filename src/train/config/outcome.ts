/** What `normball train` comes to: the report with the configuration, and pictures of the network. */

import type { FitReport } from '../types.js'
import type { DataParts } from './assemble.js'
import type { Tiles } from './pictures.js'
import type { TrainConfig } from './types.js'

export interface TrainOutcome {
  readonly config: TrainConfig
  /** Folder of the run; null where nothing was written. */
  readonly output: string | null
  readonly report: FitReport
  /** What normalization did to the training part. */
  readonly normalization: DataParts['normalization'] | null
  readonly pictures: readonly Tiles[]
}
