/** The JSON Schema of a rules file; docs/rules.schema.json is the same, for editors. */
import { flagTable } from '../flags/index.js'
import { changeNames, figures, totals } from './figures.js'

/** Every code that `inspect` sets. */
export const flagCodes = [
  'nan', 'inf', 'negative-variance', 'all-zero', 'constant', 'dead-rows', 'dead-columns', 'exploding-scale', 'vanishing-scale', 'outliers',
  'near-overflow', 'subnormal', 'saturated', 'rank-deficient', 'dominant-direction', 'duplicate',
] as const // biome-ignore format: a list

const kinds = [
  'linear', 'conv', 'convTranspose', 'embedding', 'norm', 'bias', 'recurrent', 'attention', 'scalar', 'state', 'constant', 'unknown',
] as const // biome-ignore format: a list

/** What a rule may check; it has one of these at least. */
export const checks = ['limits', 'flags', 'change', 'totals', 'required', 'forbidden', 'lipschitz'] as const

const globs = { type: ['string', 'array'], minLength: 1, minItems: 1, items: { type: 'string', minLength: 1 } }
const limit = { $ref: '#/$defs/limit' }
const limits = (names: readonly string[], description: string): object => ({
  description,
  type: 'object',
  additionalProperties: false,
  minProperties: 1,
  properties: Object.fromEntries(names.map((name) => [name, limit])),
})
const codes = { type: 'array', minItems: 1, items: { enum: [...flagCodes] } }

export const rulesSchema: Readonly<Record<string, unknown>> = {
  $schema: 'http://json-schema.org/draft-07/schema#',
  title: 'Rules of normball check',
  type: 'object',
  additionalProperties: false,
  required: ['rules'],
  properties: {
    $schema: { type: 'string' },
    defaults: { description: 'Keep the default rules too.', type: 'boolean' },
    thresholds: {
      description: 'Thresholds of the flags (docs/metrics.md).',
      type: 'object',
      additionalProperties: false,
      properties: Object.fromEntries(
        Object.entries(flagTable).map(([name, { meaning }]) => [
          name,
          { description: meaning, type: 'number', minimum: 0 },
        ]),
      ),
    },
    rules: { type: 'array', minItems: 1, items: { $ref: '#/$defs/rule' } },
  },
  $defs: {
    limit: {
      description: 'Bounds of a figure, included.',
      type: 'object',
      additionalProperties: false,
      minProperties: 1,
      properties: { min: { type: 'number' }, max: { type: 'number' }, equals: { type: 'number' } },
    },
    rule: {
      type: 'object',
      additionalProperties: false,
      required: ['name'],
      anyOf: checks.map((name) => ({ required: [name] })),
      properties: {
        name: { description: 'For people and JUnit.', type: 'string', minLength: 1 },
        severity: { description: 'Only a failed error makes the check fail.', enum: ['error', 'warning'] },
        message: { description: 'Told when the rule fails.', type: 'string', minLength: 1 },
        tensors: { description: 'Globs over names, or modules; all by default.', ...globs },
        kinds: { description: 'Kinds of tensors.', type: 'array', minItems: 1, items: { enum: [...kinds] } },
        optional: { description: 'May match no tensor.', type: 'boolean' },
        limits: limits(Object.keys(figures), 'Limits on figures of each tensor.'),
        flags: {
          description: 'Flags that must not be there.',
          type: 'object',
          additionalProperties: false,
          minProperties: 1,
          properties: { codes, severity: { enum: ['error', 'warning', 'info'] }, except: codes },
        },
        change: limits(changeNames, 'Limits on the change of each tensor against the baseline.'),
        totals: limits(Object.keys(totals), 'Limits on totals of the model.'),
        required: { description: 'Globs that must each match a tensor.', ...globs },
        forbidden: { description: 'Globs that must match none.', ...globs },
        lipschitz: {
          description: 'The bound of a declared chain of layers.',
          type: 'object',
          additionalProperties: false,
          required: ['chain', 'max'],
          properties: {
            chain: { $ref: '#/$defs/chain' },
            norm: { enum: ['spectral', 'l1', 'linf'] },
            max: { type: 'number' },
          },
        },
      },
    },
    chain: { type: 'array', minItems: 1, items: { $ref: '#/$defs/link' } },
    link: {
      description: 'One layer of a chain.',
      type: 'object',
      additionalProperties: false,
      minProperties: 1,
      properties: {
        tensor: { description: 'Name of a weight.', type: 'string', minLength: 1 },
        activation: { type: 'string', minLength: 1 },
        slope: { description: 'Of leakyRelu.', type: 'number' },
        normalization: { description: 'Name of a batch normalization.', type: 'string', minLength: 1 },
        eps: { type: 'number', exclusiveMinimum: 0 },
        pooling: { enum: ['max', 'average'] },
        kernel: { type: 'integer', minimum: 1 },
        stride: { type: 'integer', minimum: 1 },
        axes: { type: 'integer', minimum: 1 },
        residual: { $ref: '#/$defs/chain' },
        constant: { type: 'number', minimum: 0 },
        why: { type: 'string' },
      },
    },
  },
}
