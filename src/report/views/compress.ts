/** What `compress` adds to the view of an edit: what became of the budget, the ranks, and how to build the layers. */
import type { CompressDetails, EditedTensor, EditReport } from '../../weights/index.js'
import type { Section, ViewTable } from './view.js'

type Spread = {
  readonly of: 'model' | 'chosen'
  readonly share: number
  readonly shareOfModel: number
  readonly shareOfChosen: number
  readonly weigh: 'absolute' | 'relative'
  readonly error: number
  readonly bound: number
}

/** Sections about ranks; none for other commands. */
export function compressSections(report: EditReport): Section[] {
  if (report.command !== 'compress') return []
  const layers = report.tensors.filter(({ details }) => 'breakEvenRank' in details)
  return [...budgetCards(report), rankTable(layers), ...lines(layers)]
}

const detailsOf = ({ details }: EditedTensor): CompressDetails => details as unknown as CompressDetails

function budgetCards({ record }: EditReport): Section[] {
  const spread = record['spread'] as Spread | undefined
  if (spread === undefined) return []
  const { of, share, shareOfModel, shareOfChosen, weigh, error, bound } = spread
  return [
    {
      kind: 'cards',
      cards: [
        { title: `budget, of ${of === 'model' ? 'the model' : 'the tensors chosen'}`, value: share, format: 'share' },
        { title: "kept of the model's parameters", value: shareOfModel, format: 'share' },
        { title: 'kept of the tensors chosen', value: shareOfChosen, format: 'share' },
        { title: `${weigh} error reached`, value: error, format: 'number' },
        { title: 'no choice of ranks is below', value: bound, format: 'number' },
      ],
    },
  ]
}

function rankTable(layers: readonly EditedTensor[]): ViewTable {
  const isWeighed = layers.some((one) => detailsOf(one).weighedError !== null)
  return {
    kind: 'table',
    title: 'Ranks',
    note: 'Two factors have fewer parameters than the layer below its break-even rank.',
    noun: 'layer',
    columns: [
      { key: 'name', title: 'layer', meaning: 'Name in the input.', format: 'text' },
      { key: 'rank', title: 'rank', meaning: 'Rank of the result; empty where the layer is left alone.', format: 'count', rank: 0 }, // biome-ignore format: a column
      { key: 'full', title: 'of', meaning: 'Full rank: the smaller side of the matrix.', format: 'count', rank: 2 },
      { key: 'breakEven', title: 'break-even', meaning: 'm n / (m + n): factors are smaller below it.', format: 'number', rank: 3 }, // biome-ignore format: a column
      { key: 'energy', title: 'energy kept', meaning: 'Share of the sum of squared singular values.', format: 'share', rank: 4 }, // biome-ignore format: a column
      { key: 'error', title: 'rel. error', meaning: '||W - AB|| / ||W||, Frobenius, of what is stored.', format: 'number', rank: 1, bar: true }, // biome-ignore format: a column
      ...(isWeighed
        ? [
            {
              key: 'weighed',
              title: 'rel. error of outputs',
              meaning: '||(W - AB) C^1/2|| / ||W C^1/2||, C the second moment of the inputs.',
              format: 'number' as const,
              rank: 1,
            },
          ]
        : []),
      { key: 'before', title: 'parameters', meaning: 'Of the layer before.', format: 'count', rank: 6 },
      { key: 'after', title: '→ parameters', meaning: 'Of both factors.', format: 'count', rank: 5 },
      { key: 'addsBefore', title: 'multiply-adds', meaning: 'Of one application (one output pixel) before.', format: 'count', wideOnly: true }, // biome-ignore format: a column
      { key: 'addsAfter', title: '→ multiply-adds', meaning: 'Of both factors.', format: 'count', wideOnly: true },
      { key: 'method', title: 'method', meaning: 'Where the spectrum is from: the Gram matrix, or an SVD.', format: 'text', wideOnly: true }, // biome-ignore format: a column
      { key: 'note', title: 'what', meaning: 'What was done, or why it was left alone.', format: 'text', rank: 7 },
    ],
    rows: layers.map((one) => {
      const details = detailsOf(one)
      const { rank, fullRank, breakEvenRank, energyKept, weighedErrorRelative, method } = details
      const { parametersBefore, parametersAfter, multiplyAddsBefore, multiplyAddsAfter } = details
      return {
        cells: [
          ...[one.name, rank, fullRank, breakEvenRank, energyKept, one.relativeError],
          ...(isWeighed ? [weighedErrorRelative] : []),
          ...[parametersBefore, parametersAfter, multiplyAddsBefore, multiplyAddsAfter, method, one.note],
        ],
      }
    }),
  }
}

/** How to build the layers, as PyTorch. */
function lines(layers: readonly EditedTensor[]): Section[] {
  const items = layers.flatMap((one) => {
    const { pytorch } = detailsOf(one)
    return pytorch === null ? [] : [{ text: pytorch }]
  })
  if (items.length === 0) return []
  return [{ kind: 'list', title: 'PyTorch: build the layers so, then load_state_dict', items, top: 8 }]
}
