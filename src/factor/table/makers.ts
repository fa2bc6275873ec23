/** Estimators of tables by method, each loaded when it is asked for, and how a table is prepared for them. */
import { UsageError } from '../../core/index.js'
import type { Scaling } from '../../table/index.js'
import type { Estimator, Method } from '../estimator.js'

/** What the estimators' own options are called stands with them; `k` and `seed` are given to all. */
export type MakerOptions = Readonly<Record<string, unknown>>
type Maker = (k: number, seed: number, options: MakerOptions) => Promise<Estimator>

export interface TableMethod {
  /** As people write it. */
  readonly title: string
  readonly make: Maker
  /** Unless the person says otherwise. */
  readonly scale: Scaling
  /** Whether it takes the mean of each column away itself: then so does the spectrum that it is held against. */
  readonly centres: boolean
  /** Components (directions), parts of a product, or clusters. */
  readonly finds: 'components' | 'clusters'
  /** It finds how many components there are itself: it is given as many as there may be, and keeps fewer. */
  readonly findsRank?: boolean
  /** It needs classes of the rows, or a second table with the same rows. */
  readonly needs: 'nothing' | 'target' | 'second'
  /** What it finds are pairs, one of each table. */
  readonly pairs?: boolean
  /** Rows are compared by their directions alone. */
  readonly byDirection?: boolean
}

const nothing = { needs: 'nothing', finds: 'components' } as const

export const tableMethods: Partial<Readonly<Record<Method, TableMethod>>> = {
  pca: {
    ...nothing,
    title: 'principal components',
    make: async (k, seed, options) => new (await import('../linear/pca.js')).PCA({ ...options, k, seed }),
    scale: 'standardize',
    centres: true,
  },
  svd: {
    ...nothing,
    title: 'truncated singular value decomposition',
    make: async (k, seed, options) => new (await import('../linear/truncatedSvd.js')).TruncatedSVD({ ...options, k, seed }), // biome-ignore format: one line
    scale: 'none',
    centres: false,
  },
  'robust-pca': {
    ...nothing,
    title: 'robust principal components',
    make: async (k, _, options) => new (await import('../linear/robustPca.js')).RobustPCA({ ...options, k }),
    scale: 'robust',
    centres: false,
    findsRank: true,
  },
  'factor-analysis': {
    ...nothing,
    title: 'factor analysis',
    make: async (k, _, options) => new (await import('../linear/factorAnalysis.js')).FactorAnalysis({ rotation: 'varimax', ...options, k }), // biome-ignore format: one line
    scale: 'standardize',
    centres: true,
  },
  lda: {
    title: 'linear discriminant analysis',
    make: async (k, _, options) => new (await import('../linear/lda.js')).LinearDiscriminantAnalysis({ ...options, k }),
    scale: 'standardize',
    centres: true,
    finds: 'components',
    needs: 'target',
  },
  cca: {
    title: 'canonical correlation analysis',
    pairs: true,
    make: async (k, _, options) => new (await import('../linear/cca.js')).CCA({ ...options, k }),
    scale: 'standardize',
    centres: true,
    finds: 'components',
    needs: 'second',
  },
  joint: {
    title: 'joint factorization',
    make: async (k, _, options) => new (await import('../linear/joint.js')).JointFactorization({ ...options, k }),
    scale: 'standardize',
    centres: true,
    finds: 'components',
    needs: 'second',
  },
  nmf: {
    ...nothing,
    title: 'non-negative matrix factorization',
    make: async (k, seed, options) => new (await import('../nonnegative/nmf.js')).NMF({ ...options, k, seed }),
    scale: 'none',
    centres: false,
  },
  dictionary: {
    ...nothing,
    title: 'dictionary learning',
    make: async (k, seed, options) => new (await import('../sparse/dictionary.js')).DictionaryLearning({ ...options, k, seed }), // biome-ignore format: one line
    scale: 'standardize',
    centres: false,
  },
  kmeans: {
    title: 'k-means',
    make: async (k, seed, options) => new (await import('../clusters/kmeans.js')).KMeans({ ...options, k, seed }),
    scale: 'standardize',
    centres: true,
    finds: 'clusters',
    needs: 'nothing',
  },
  'minibatch-kmeans': {
    title: 'k-means by batches',
    make: async (k, seed, options) => new (await import('../clusters/miniBatchKMeans.js')).MiniBatchKMeans({ ...options, k, seed }), // biome-ignore format: one line
    scale: 'standardize',
    centres: true,
    finds: 'clusters',
    needs: 'nothing',
  },
  kmedians: {
    title: 'k-medians',
    make: async (k, seed, options) => new (await import('../clusters/kmedians.js')).KMedians({ ...options, k, seed }),
    scale: 'robust',
    centres: true,
    finds: 'clusters',
    needs: 'nothing',
  },
  'spherical-kmeans': {
    title: 'spherical k-means',
    byDirection: true,
    make: async (k, seed, options) => new (await import('../clusters/sphericalKMeans.js')).SphericalKMeans({ ...options, k, seed }), // biome-ignore format: one line
    scale: 'none',
    centres: true,
    finds: 'clusters',
    needs: 'nothing',
  },
}

/** Throws UsageError for a method that does not work on tables. */
export function tableMethod(method: Method): TableMethod {
  const found = tableMethods[method]
  if (found === undefined)
    throw new UsageError(`factorTable: method '${method}'; expected ${Object.keys(tableMethods).join(', ')}.`)
  return found
}
