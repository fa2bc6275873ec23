/** Mean loss, gradient and Hessian of logistic regressions, in one pass over the rows. */
import type { Problem } from './problem.js'

export interface Loss {
  /** The penalized mean loss at theta; its gradient, and the lower triangle of its Hessian. */
  evaluate(theta: Float64Array, gradient: Float64Array, hessian: Float64Array): number
  /** The mean loss without the penalty. */
  ofData(theta: Float64Array): number
  /** By how much the right class led in the row where it led by least, at the last evaluation. */
  readonly margin: number
}

export function binaryLoss({ n, p, x, y, weights, ridge }: Problem): Loss {
  const logitsOf = (theta: Float64Array, at: number): number => {
    let eta = 0
    for (let j = 0; j < p; j++) eta += x[at + j]! * theta[j]!
    return eta
  }
  const loss = {
    margin: Number.NEGATIVE_INFINITY,
    evaluate(theta: Float64Array, gradient: Float64Array, H: Float64Array): number {
      gradient.fill(0)
      H.fill(0)
      let sum = 0
      let margin = Number.POSITIVE_INFINITY
      for (let i = 0, at = 0; i < n; i++, at += p) {
        const w = weights[i]!
        if (w === 0) continue
        const eta = logitsOf(theta, at)
        const e = Math.exp(-Math.abs(eta))
        const label = y[i]!
        const lead = label === 1 ? eta : -eta
        if (lead < margin) margin = lead
        sum += w * (Math.log1p(e) + Math.max(-lead, 0))
        const inverse = 1 / (1 + e)
        // Without cancellation: 1 - p of a row on the right side is e / (1 + e).
        const error = lead >= 0 ? e * inverse : inverse
        const residual = label === 1 ? -w * error : w * error
        const curvature = w * e * inverse * inverse
        for (let j = 0; j < p; j++) {
          const value = x[at + j]!
          gradient[j]! += residual * value
          const scaled = curvature * value
          const row = j * p
          for (let k = 0; k <= j; k++) H[row + k]! += scaled * x[at + k]!
        }
      }
      for (let j = 0; j < p; j++) {
        sum += 0.5 * ridge[j]! * theta[j]! * theta[j]!
        gradient[j]! += ridge[j]! * theta[j]!
        H[j * p + j]! += ridge[j]!
      }
      loss.margin = margin
      return sum
    },
    ofData(theta: Float64Array): number {
      let sum = 0
      for (let i = 0; i < n; i++) {
        if (weights[i] === 0) continue
        const eta = logitsOf(theta, i * p)
        sum += weights[i]! * (Math.log1p(Math.exp(-Math.abs(eta))) + Math.max(y[i] === 1 ? -eta : eta, 0))
      }
      return sum
    },
  }
  return loss
}

export function multinomialLoss({ n, p, logits: K, x, y, weights, ridge }: Problem): Loss {
  const eta = new Float64Array(K)
  const half = (p * (p + 1)) / 2
  const outer = new Float64Array(half)
  const blocks = new Float64Array(((K * (K + 1)) / 2) * half)
  const free = ridge.map((one) => (one === 0 ? 1 : 0))
  /** Probabilities to eta; the loss of the row. */
  const softmax = (theta: Float64Array, i: number): number => {
    let top = Number.NEGATIVE_INFINITY
    for (let k = 0; k < K; k++) {
      let sum = 0
      for (let j = 0; j < p; j++) sum += x[i * p + j]! * theta[k * p + j]!
      eta[k] = sum
      if (sum > top) top = sum
    }
    const own = eta[y[i]!]!
    let rest = 0
    let rival = Number.NEGATIVE_INFINITY
    for (let k = 0; k < K; k++) {
      if (k !== y[i]!) rival = Math.max(rival, eta[k]!)
      eta[k] = Math.exp(eta[k]! - top)
      rest += eta[k]!
    }
    loss.margin = Math.min(loss.margin, own - rival)
    // The right class first: log(1 + others), without cancellation where it is almost certain.
    let others = 0
    for (let k = 0; k < K; k++) if (k !== y[i]!) others += eta[k]!
    for (let k = 0; k < K; k++) eta[k]! /= rest
    return own === top ? Math.log1p(others) : Math.log(rest) + top - own
  }
  const loss = {
    margin: Number.NEGATIVE_INFINITY,
    evaluate(theta: Float64Array, gradient: Float64Array, H: Float64Array): number {
      gradient.fill(0)
      blocks.fill(0)
      loss.margin = Number.POSITIVE_INFINITY
      let sum = 0
      for (let i = 0; i < n; i++) {
        const w = weights[i]!
        if (w === 0) continue
        sum += w * softmax(theta, i)
        for (let j = 0, at = 0; j < p; j++) {
          const value = w * x[i * p + j]!
          for (let k = 0; k <= j; k++) outer[at++] = value * x[i * p + k]!
        }
        for (let k = 0, block = 0; k < K; k++) {
          const residual = w * (eta[k]! - (y[i] === k ? 1 : 0))
          for (let j = 0; j < p; j++) gradient[k * p + j]! += residual * x[i * p + j]!
          for (let l = 0; l <= k; l++, block += half) {
            const h = k === l ? eta[k]! * (1 - eta[k]!) : -eta[k]! * eta[l]!
            for (let at = 0; at < half; at++) blocks[block + at]! += h * outer[at]!
          }
        }
      }
      assemble(H)
      for (let k = 0; k < K; k++)
        for (let j = 0; j < p; j++) {
          const at = k * p + j
          sum += 0.5 * ridge[j]! * theta[at]! * theta[at]!
          gradient[at]! += ridge[j]! * theta[at]!
          H[at * K * p + at]! += ridge[j]!
        }
      return sum
    },
    ofData(theta: Float64Array): number {
      let sum = 0
      for (let i = 0; i < n; i++) if (weights[i]! > 0) sum += weights[i]! * softmax(theta, i)
      return sum
    },
  }
  /**
   * Blocks to the lower triangle of H. What is not penalized is free to move by the same for all classes: a curvature of 1 there keeps H
   * definite, and since gradients have none of that direction, neither have steps.
   */
  function assemble(H: Float64Array): void {
    const size = K * p
    for (let k = 0, block = 0; k < K; k++)
      for (let l = 0; l <= k; l++, block += half)
        for (let j = 0, at = block; j < p; j++)
          for (let m = 0; m <= j; m++, at++) {
            const value = blocks[at]! + (j === m ? free[j]! / K : 0)
            H[(k * p + j) * size + l * p + m] = value
            H[(k * p + m) * size + l * p + j] = value
          }
  }
  return loss
}
