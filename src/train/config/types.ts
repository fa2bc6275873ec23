/** What `normball train` and `normball search` read: one object, from JSON, YAML or TypeScript. `docs/train.schema.json` says the same to editors. */

/** Where examples come from. `test` and `validation` default to none, or to a `split` of the training part. */
export interface DataConfig {
  /** `idx`, `csv` (tables of every kind: Parquet, NDJSON, npy ...), `npy`, `images`, `text`, or `digits` (comes with the package); told by the file's name where absent. */
  readonly format?: 'idx' | 'csv' | 'npy' | 'images' | 'text' | 'digits'
  /** File, or folder. For idx: the images file, or the folder of all four. */
  readonly train?: string
  readonly trainLabels?: string
  readonly validation?: string
  readonly validationLabels?: string
  readonly test?: string
  readonly testLabels?: string
  /** Columns of a table: what is told; what it is told from (all others by default). */
  readonly target?: string
  readonly features?: readonly string[]
  /** Rows of a table in which a value is missing: an error (the default), or left out. */
  readonly missing?: 'error' | 'drop'
  /** `classes` or `numbers`; told by the column where absent. */
  readonly task?: 'classes' | 'numbers'
  /** Shares of the training part that become validation and test. */
  readonly split?: { readonly validation?: number; readonly test?: number; readonly stratified?: boolean }
  /** Fitted on the training part only. `none` by default for images (pixels / 255) and text, `standard` for tables. */
  readonly normalize?: 'none' | 'standard' | 'minmax'
  readonly augment?: { readonly flip?: boolean; readonly crop?: number; readonly noise?: number }
  /** Weights of classes in the loss: `balanced`, or one number a class. */
  readonly classWeights?: 'balanced' | readonly number[]
  /** Column of a table: how much each row counts in the loss (importance weights); no feature then. */
  readonly weights?: string
  /** For text: characters or bytes, and the length of a window. */
  readonly tokens?: 'characters' | 'bytes'
  readonly window?: number
  /** Use the first so many examples of the training part. */
  readonly limit?: number
}

/** One layer: its class by PyTorch's name and its arguments by theirs (`{ Linear: { inFeatures: 784, outFeatures: 128 } }`, `ReLU`). Sizes that follow from the data or the layer before may be left out. */
export type LayerConfig = string | Readonly<Record<string, Readonly<Record<string, unknown>>>>

export type ModelConfig =
  | { readonly layers: readonly LayerConfig[]; readonly init?: string; readonly freeze?: readonly string[] }
  | {
      readonly preset: 'mlp' | 'cnn' | 'lstm' | 'gru' | 'transformer' | 'autoencoder' | 'linear'
      /** Sizes of hidden layers, or channels. */
      readonly hidden?: readonly number[]
      readonly activation?: string
      readonly dropout?: number
      readonly init?: string
      readonly freeze?: readonly string[]
      readonly [option: string]: unknown
    }

export interface PenaltyConfig {
  /** As `parseNorm` reads it: `l1`, `group(l2, l1)`, `nuclear`. */
  readonly norm: string
  readonly lambda: number
  /** Globs over names of parameters; weights of two and more axes by default. */
  readonly on?: string | readonly string[]
  /** R(w)^2 / 2 instead of R(w). */
  readonly squared?: boolean
  readonly mode?: 'loss' | 'prox'
  /** For norms of vectors: each unit (row), channel or input feature (column) by itself, or as a group. */
  readonly groups?: 'units' | 'channels' | 'features'
}

export interface ConstraintConfig {
  /** A norm, or `nonnegative`, `simplex`, `unit`, `rank`, `sparsity`. */
  readonly norm: string
  readonly radius?: number
  readonly on?: string | readonly string[]
  /** `units`: each row by itself. */
  readonly along?: 'units' | 'features' | 'whole'
  readonly every?: number
  /** For `sparsity`: the share that is zero, and the steps over which it is reached. */
  readonly share?: number
  readonly from?: number
  readonly to?: number
}

export interface TrainConfig {
  readonly $schema?: string
  readonly seed?: number
  /** Folder of checkpoints, log and report; none is written without it. */
  readonly output?: string
  readonly data: DataConfig
  readonly model: ModelConfig
  /** A checkpoint to start from, loaded as far as it fits. */
  readonly weights?: string
  /** `crossEntropy`, `mse`, ..., or a norm of the residual; follows from the task where absent. */
  readonly loss?: string | { readonly name: string; readonly [option: string]: unknown }
  /** `{ name: 'Adam', lr: 1e-3 }`; Adam with 1e-3 where absent. */
  readonly optimizer?: { readonly name: string; readonly lr?: number; readonly [option: string]: unknown }
  readonly schedule?: { readonly name: string; readonly [option: string]: unknown }
  readonly penalties?: readonly PenaltyConfig[]
  readonly constraints?: readonly ConstraintConfig[]
  readonly clip?: { readonly norm?: string; readonly max?: number; readonly value?: number; readonly quantile?: number; readonly adaptive?: number; readonly nonFinite?: 'error' | 'skip' } // biome-ignore format: one line
  /** Figures of each layer, about a hundred times in a run by default; false for none. */
  readonly monitor?: false | { readonly every?: number; readonly sharpness?: boolean; readonly noise?: boolean; readonly alarms?: 'none' | 'stop' | 'rollback' } // biome-ignore format: one line
  readonly epochs?: number
  readonly steps?: number
  readonly batch?: number
  /** Batches whose gradients are added up for one step. */
  readonly accumulate?: number
  readonly earlyStopping?: { readonly metric?: string; readonly patience?: number; readonly minDelta?: number }
  readonly checkpoints?: { readonly every?: number; readonly keep?: number; readonly best?: string }
  readonly averaging?: { readonly name: 'swa' | 'ema'; readonly decay?: number; readonly from?: number }
  readonly metrics?: readonly string[]
}

/** Numbers to try, from low to high. `count`: so many, evenly, in a grid. */
export interface SearchRange {
  readonly low: number
  readonly high: number
  /** Evenly in the logarithm. */
  readonly log?: boolean
  readonly whole?: boolean
  readonly count?: number
}

/** A field of a configuration by its path (`optimizer.lr`, `penalties.0.lambda`) and what it is tried with. */
export type SearchSpace = Readonly<Record<string, readonly (number | string | boolean | null)[] | SearchRange>>

export interface SearchPathConfig {
  /** For a linear model, solved as such (the network of `base` is not built). Without it the lambda of `base`'s first penalty is varied, from large to small with warm starts. */
  readonly penalty?: 'l1' | 'elasticNet' | 'ridge' | 'groupLasso'
  /** For the elastic net: the share of l1, 0.5 by default. */
  readonly alpha?: number
  /** Chosen from the data where absent; needed for networks. */
  readonly lambdas?: readonly number[]
  /** How many, 100 by default. */
  readonly count?: number
  /** For the group lasso: names of features that enter together; each by itself where absent. */
  readonly groups?: readonly (readonly string[])[]
}

export interface SearchConfig {
  readonly $schema?: string
  /** What is varied. */
  readonly base: TrainConfig
  /** `grid` where absent. */
  readonly method?: 'grid' | 'random' | 'halving' | 'path'
  readonly space?: SearchSpace
  /** For `random` and `halving`. */
  readonly trials?: number
  /** k of k-fold cross-validation of the training part, 5 by default; 1 for the validation part. */
  readonly folds?: number
  /** Folds with the same shares of classes; true by default where there are classes. */
  readonly stratified?: boolean
  /** A metric of the part that is left out, `loss` by default. */
  readonly metric?: string
  readonly path?: SearchPathConfig
  /** Each round keeps a `factor`-th (3) and trains so much longer, from `least` (1) epochs on. */
  readonly halving?: { readonly factor?: number; readonly least?: number }
  /** Of trials and folds; that of `base` by default. */
  readonly seed?: number
  /** Folder of the journal, from which a search that was stopped goes on. */
  readonly output?: string
}
