/** The JSON Schema of a search; docs/search.schema.json is the same, for editors. */
import { above1, atLeastZero, described, flag, listOf, map, number, oneOf, type Part, share, text, whole } from '../config/schema/parts.js' // biome-ignore format: one line
import { trainSchema } from '../config/schema/schema.js'

const { $schema: draft, title: _, $defs, ...train } = trainSchema as Part & { $defs: unknown }

const scalar: Part = { type: ['number', 'string', 'boolean', 'null'] }
const range = map({ low: number, high: number, log: flag, whole: flag, count: whole(1, 'So many, evenly, in a grid.') }, ['low', 'high']) // biome-ignore format: one line

export const searchSchema: Part = {
  $schema: draft,
  title: 'Configuration of normball search',
  ...map(
    {
      $schema: { type: 'string' },
      base: described('What is varied: a configuration of normball train.', train),
      method: described('grid where absent.', oneOf('grid', 'random', 'halving', 'path')),
      space: described('Fields by their paths (optimizer.lr, penalties.0.lambda), with a list or a range of values.', {
        type: 'object',
        minProperties: 1,
        additionalProperties: {
          if: { type: 'array' },
          // biome-ignore lint/suspicious/noThenProperty: the word is JSON Schema's
          then: listOf(scalar),
          else: { ...range, type: ['object', 'array'] },
        },
      }),
      trials: whole(1, 'Draws of random search, or settings that halving begins with.'),
      folds: whole(1, 'k of k-fold cross-validation of the training part, 5 by default; 1 for the validation part.'),
      stratified: described('Folds with the same shares of classes; true by default where there are classes.', flag),
      metric: described('Of the part that is left out; loss by default.', text),
      path: described(
        'Lambdas from large to small, with warm starts.',
        map({
          penalty: described('Solved as a linear model. Without it the first penalty of base is varied.', oneOf('l1', 'elasticNet', 'ridge', 'groupLasso')), // biome-ignore format: one line
          alpha: described('The share of l1 in the elastic net.', share),
          lambdas: described('Chosen from the data where absent.', listOf(atLeastZero)),
          count: whole(1, 'How many lambdas; 100 by default.'),
          groups: described('Names of features that enter together.', listOf(listOf(text))),
        }),
      ),
      halving: map({ factor: above1, least: whole(1, 'Epochs of the first round.') }),
      seed: whole(0, 'Of draws and folds; that of base by default.'),
      output: described('Folder of the journal, from which a search that was stopped goes on.', text),
    },
    ['base'],
  ),
  $defs,
}
