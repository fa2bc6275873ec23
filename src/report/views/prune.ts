/** What a prune report says beyond other edits: where the cut lay, and which groups went. */
import type { EditReport } from '../../weights/index.js'
import type { Section } from './view.js'

/** Indices shown of the groups that went. */
const shown = 16

/** The cut of each tensor; none where no tensor was cut. */
export function pruneSections({ command, tensors }: EditReport): Section[] {
  if (command !== 'prune') return []
  const cut = tensors.filter(({ edited, details }) => edited && typeof details['pruned'] === 'number')
  if (cut.length === 0) return []
  return [
    {
      kind: 'table',
      title: 'Where it was cut',
      noun: 'tensor',
      columns: [
        { key: 'name', title: 'tensor', meaning: 'Name in the input.', format: 'text' },
        { key: 'pruned', title: 'pruned', meaning: 'Elements or groups that were chosen.', format: 'count', rank: 0 },
        { key: 'of', title: 'of', meaning: 'Elements or groups there are.', format: 'count', rank: 1 },
        { key: 'share', title: 'share', meaning: 'The part that was chosen.', format: 'share', rank: 3 },
        { key: 'threshold', title: 'cut at', meaning: 'The magnitude or norm that was the last to go.', format: 'number', rank: 2 }, // biome-ignore format: a column
        { key: 'ties', title: 'ties', meaning: 'Elements that equal the cut; the lower index stays.', format: 'count', rank: 5 }, // biome-ignore format: a column
        { key: 'indices', title: 'indices', meaning: 'Indices of the groups that went.', format: 'text', rank: 4 },
      ],
      rows: cut.map(({ name, count, details }) => {
        const [pruned, of] = [details['pruned'] as number, (details['groups'] ?? count) as number]
        const { threshold = null, ties = null, indices = [] } = details as { threshold?: number; ties?: number; indices?: number[] } // biome-ignore format: one line
        const rest = pruned - shown
        const list = indices.slice(0, shown).join(' ') + (indices.length > shown ? ` and ${rest} more` : '')
        return { cells: [name, pruned, of, of === 0 ? 0 : pruned / of, threshold, ties, list === '' ? null : list] }
      }),
    },
  ]
}
