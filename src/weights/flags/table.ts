/**
 * Every threshold of the flags, in one place: its default and why. All are adjustable by name (`--flags FILE`, `InspectOptions.thresholds`).
 * They come from theory and formats, not from measured models, and docs/metrics.md repeats this table.
 */

export interface ThresholdInfo {
  readonly default: number
  /** Flags that use it. */
  readonly flags: readonly string[]
  /** What is compared with it. */
  readonly meaning: string
  readonly reason: string
}

const table = {
  deadShare: {
    default: 0.01,
    flags: ['dead-rows', 'dead-columns'],
    meaning: 'share of all-zero rows or columns from which they are a warning, below they are information',
    reason:
      'A row of floating-point weights is never zero by chance. A padding row or a filter bank has one or two by design; a share is lost capacity.',
  },
  explodingGain: {
    default: 32,
    flags: ['exploding-scale'],
    meaning: 'root mean square of the weights times sqrt(fan-in), from which it is a warning',
    reason:
      'Independent inputs of unit size leave a layer with this size. Initialization sets it to 1 (LeCun), sqrt(2) (He) or below; three layers of 32 take a signal to 32768, half of what f16 can hold.',
  },
  explodingGainError: {
    default: 1024,
    flags: ['exploding-scale'],
    meaning: 'the same, from which it is an error',
    reason: 'Two such layers exceed the largest f16 number, 65504, sixteenfold.',
  },
  vanishingGain: {
    default: 1 / 64,
    flags: ['vanishing-scale'],
    meaning: 'root mean square of the weights times sqrt(fan-in), up to which it is a warning',
    reason:
      'Two such layers leave 2^-12 of a signal, below the spacing 2^-11 of f16 numbers near 1: beside a residual path nothing of it is left. Deep residual nets are initialized near 1/10 at the least.',
  },
  outlierFactor: {
    default: 8,
    flags: ['outliers'],
    meaning: 'largest entry over what the largest of as many Gaussian ones would be, from which it is information',
    reason:
      'The largest of n Gaussian numbers is near sigma sqrt(2 ln n), sigma from the mean absolute value. Trained weights have heavier tails, a few times that.',
  },
  outlierFactorWarning: {
    default: 16,
    flags: ['outliers'],
    meaning: 'the same, from which it is a warning',
    reason:
      'At 16 an 8-bit quantization scaled to the largest entry leaves typical weights less than 2 of its 127 steps, so the tensor cannot be quantized as a whole.',
  },
  overflowShare: {
    default: 0.25,
    flags: ['near-overflow'],
    meaning: 'largest entry over the largest number of its storage format',
    reason: 'A sum of four such entries overflows, and every product with a number above 4.',
  },
  subnormalShare: {
    default: 0.5,
    flags: ['subnormal'],
    meaning: 'share of the non-zero entries below the smallest normal number of their storage format',
    reason: 'Such numbers have lost part of their digits: when most have, the format does not fit the scale.',
  },
  saturatedShare: {
    default: 0.01,
    flags: ['saturated'],
    meaning: 'share of 8-bit codes at the ends of their range',
    reason:
      'Scaling to the largest entry puts one code in a channel there; 8-bit codes used evenly put 1/256 = 0.4 % at each end.',
  },
  rankShare: {
    default: 0.9,
    flags: ['rank-deficient'],
    meaning: 'numerical rank over min(m, n), below which it is a warning',
    reason:
      'A random m x n matrix has full rank up to about 2 eps n^2 / pi directions of a square one, a share of 1e-3 at n = 16384 (Edelman 1988); a deficiency beyond that chance is information.',
  },
  dominantStableRank: {
    default: 1.25,
    flags: ['dominant-direction'],
    meaning: 'stable rank up to which one direction dominates',
    reason:
      'One direction then holds 80 % of the energy. At initialization the stable rank is m n / (sqrt m + sqrt n)^2 (Marchenko & Pastur 1967, Bai & Yin 1993), at least min(m, n) / 4.',
  },
  dominantSide: {
    default: 16,
    flags: ['dominant-direction'],
    meaning: 'min(m, n) from which the stable rank is judged',
    reason: 'Smaller matrices have a stable rank near 1 by their size: min(m, n) / 4 must be well above the threshold.',
  },
  leastCount: {
    default: 16,
    flags: ['exploding-scale', 'vanishing-scale', 'outliers', 'near-overflow', 'subnormal', 'saturated', 'constant'],
    meaning: 'elements a tensor needs before its distribution is judged',
    reason: 'The scale of 16 numbers is known to about a factor sqrt(2); fewer tell nothing.',
  },
  duplicateCount: {
    default: 64,
    flags: ['duplicate'],
    meaning: 'elements from which equal tensors are no coincidence',
    reason: 'Small buffers such as a normalization constant repeat by nature.',
  },
} as const satisfies Record<string, ThresholdInfo>

export type ThresholdName = keyof typeof table
export type Thresholds = Readonly<Record<ThresholdName, number>>

/** The thresholds with their defaults and reasons. */
export const flagTable: Readonly<Record<ThresholdName, ThresholdInfo>> = table
