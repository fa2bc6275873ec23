/** What principal components do alike, however they were found: their fields, scores, rows of scores, and the likelihood of rows. */
import { mul, type Tensor, tensor, unsqueeze } from '../../tensor/index.js'
import { type Shape, tidy, view } from '../../tensor/internal.js'
import type { EstimatorJson } from '../estimator.js'
import { Learned } from '../learned.js'
import { finiteRows } from '../samples.js'
import { gaussianScore } from './gaussian.js'
import { project, unproject } from './project.js'

/** Classes add how they are fitted. */
export abstract class PrincipalComponents extends Learned {
  /** Whether scores have variance 1. */
  protected abstract readonly whitened: boolean

  get components(): Tensor {
    return this.learned('components')
  }
  get explainedVariance(): Tensor {
    return this.learned('explainedVariance')
  }
  get explainedVarianceRatio(): Tensor {
    return this.learned('explainedVarianceRatio')
  }
  get singularValues(): Tensor {
    return this.learned('singularValues')
  }
  get mean(): Tensor {
    return this.learned('mean')
  }
  get noiseVariance(): number {
    return this.learned('noiseVariance').item()
  }

  transform(x: Tensor): Tensor {
    return tidy(() => {
      const rows = finiteRows(`${this.op}.transform`, x, { columns: this.mean.size })
      return project(
        rows,
        this.mean,
        this.#directions((value) => (value === 0 ? 0 : 1 / value)),
      )
    })
  }

  inverseTransform(z: Tensor): Tensor {
    return tidy(() => {
      const codes = finiteRows(`${this.op}.inverseTransform`, z, { columns: this.components.shape[0]! })
      return unproject(
        codes,
        this.mean,
        this.#directions((value) => value),
      )
    })
  }

  /** Components, each times a function of its standard deviation where scores are whitened; that is 0 where it is noise. */
  #directions(factor: (deviation: number) => number): Tensor {
    if (!this.whitened) return this.components
    const variances = view(this.explainedVariance)
    const floor = variances[0]! * (Math.max(this.figures().rows, this.mean.size) * 2 ** -52) ** 2
    const factors = Float64Array.from(variances, (value) => factor(value <= floor ? 0 : Math.sqrt(value)))
    return mul(this.components, unsqueeze(tensor(factors), 1))
  }

  /** Mean log-likelihood of rows under probabilistic PCA. */
  score(x: Tensor): number {
    return tidy(() => {
      const rows = finiteRows(`${this.op}.score`, x, { columns: this.mean.size })
      return gaussianScore(`${this.op}.score`, rows, this)
    })
  }

  protected shapes({ k, columns: d }: EstimatorJson): Readonly<Record<string, Shape>> {
    return {
      components: [k, d],
      explainedVariance: [k],
      explainedVarianceRatio: [k],
      singularValues: [k],
      mean: [d],
      noiseVariance: [],
    }
  }
}
