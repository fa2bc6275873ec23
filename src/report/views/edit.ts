/** `clip`, `retain`, `prune`, `compress` and `convert` as a view: what it cost and gained, tensor by tensor, largest change first. */
import { plural, showBytes } from '../../core/index.js'
import type { EditedTensor, EditReport } from '../../weights/index.js'
import { compressSections } from './compress.js'
import { pruneSections } from './prune.js'
import type { Section, View, ViewItem, ViewList, ViewTable } from './view.js'
import { commandWord } from './words.js'

const done: Readonly<Record<EditReport['command'], string>> = {
  clip: 'clipped',
  retain: 'retained',
  prune: 'pruned',
  compress: 'compressed',
  convert: 'converted',
}

/** The report of an edit as cards, notes and tables. */
export function editView(report: EditReport): View {
  const { command, input, output, dryRun, format, bytesIn, bytesOut, totals, tensors } = report
  const edited = tensors.filter((one) => one.edited)
  return {
    title: output === null ? `${input} (nothing was written${dryRun ? ': dry run' : ''})` : `${input} → ${output}`,
    facts: [
      `${done[command]} ${edited.length} of ${plural(tensors.length, 'tensor')}`,
      `${showBytes(bytesIn)} → ${showBytes(bytesOut)}${format === null ? '' : ` ${format}`}`,
    ],
    about: `normball ${report.normball} ${command}`,
    sections: [
      {
        kind: 'cards',
        cards: [
          { title: 'elements changed', value: totals.changed, format: 'count' },
          { title: 'relative error', value: totals.relativeError, format: 'number' },
          { title: 'zeros before', value: totals.sparsityBefore, format: 'share' },
          { title: 'zeros after', value: totals.sparsityAfter, format: 'share' },
          { title: 'L2 before', value: totals.l2Before, format: 'number' },
          { title: 'L2 after', value: totals.l2After, format: 'number' },
          { title: 'multiply-adds before', value: totals.multiplyAddsBefore, format: 'count' },
          { title: 'multiply-adds after', value: totals.multiplyAddsAfter, format: 'count' },
        ],
      },
      gain(report),
      ...compressSections(report),
      notes(report),
      editedTable(edited),
      ...pruneSections(report),
      leftList(tensors.filter((one) => !one.edited)),
    ],
    next: output === null ? [] : nextOf(input, output),
  }
}

function gain({ gain: text }: EditReport): Section {
  return { kind: 'list', title: 'What it gained', items: [{ text }] }
}

/** Figures that are missing need no line each where the reason is the same. */
function notes({ warnings, skipped }: EditReport): Section {
  const items: ViewItem[] = warnings.map((text) => ({ tone: 'warning', text }))
  const reasons = new Map<string, string[]>()
  for (const { name, what, why } of skipped) {
    const text = `${what}: ${why}`
    reasons.set(text, [...(reasons.get(text) ?? []), name])
  }
  const rest = [...reasons].map(([text, names]): ViewItem => ({ tone: 'info', text, names }))
  return { kind: 'list', title: 'What was left out, and what to know', items, notes: rest }
}

function editedTable(tensors: readonly EditedTensor[]): ViewTable {
  const largest = [...tensors].sort((a, b) => b.relativeError - a.relativeError)
  return {
    kind: 'table',
    title: 'Edited tensors',
    note: 'The largest relative error first.',
    noun: 'tensor',
    columns: [
      { key: 'name', title: 'tensor', meaning: 'Name in the input.', format: 'text' },
      { key: 'error', title: 'rel. error', meaning: '||after - before|| / ||before||, Frobenius.', format: 'number', rank: 0, bar: true }, // biome-ignore format: a column
      { key: 'changed', title: 'changed', meaning: 'Elements that differ.', format: 'count', rank: 1 },
      { key: 'zerosBefore', title: 'zeros', meaning: 'Share of zeros before.', format: 'share', rank: 6 },
      { key: 'zerosAfter', title: '→ zeros', meaning: 'Share of zeros after.', format: 'share', rank: 2 },
      { key: 'l2Before', title: 'L2', meaning: 'L2 (Frobenius) norm before.', format: 'number', rank: 4 },
      { key: 'l2After', title: '→ L2', meaning: 'L2 (Frobenius) norm after.', format: 'number', rank: 3 },
      { key: 'linfBefore', title: 'max|w|', meaning: 'Largest magnitude before.', format: 'number', rank: 8 },
      { key: 'linfAfter', title: '→ max|w|', meaning: 'Largest magnitude after.', format: 'number', rank: 7 },
      { key: 'spectralBefore', title: 'spectral', meaning: 'Largest singular value before.', format: 'number', rank: 11 }, // biome-ignore format: a column
      { key: 'spectralAfter', title: '→ spectral', meaning: 'Largest singular value after.', format: 'number', rank: 10 }, // biome-ignore format: a column
      { key: 'rankBefore', title: 'rank', meaning: 'Numerical rank before.', format: 'count', rank: 15 },
      { key: 'rankAfter', title: '→ rank', meaning: 'Numerical rank after.', format: 'count', rank: 14 },
      { key: 'l1Before', title: 'L1', meaning: 'L1 norm before.', format: 'number', wideOnly: true },
      { key: 'l1After', title: '→ L1', meaning: 'L1 norm after.', format: 'number', wideOnly: true },
      { key: 'nuclearBefore', title: 'nuclear', meaning: 'Sum of singular values before.', format: 'number', wideOnly: true }, // biome-ignore format: a column
      { key: 'nuclearAfter', title: '→ nuclear', meaning: 'Sum of singular values after.', format: 'number', wideOnly: true }, // biome-ignore format: a column
      { key: 'deltaL1', title: 'Δ L1', meaning: '||after - before||_1.', format: 'number', wideOnly: true },
      { key: 'deltaL2', title: 'Δ L2', meaning: '||after - before||_2.', format: 'number', wideOnly: true },
      { key: 'deltaLinf', title: 'Δ max', meaning: 'Largest change of an element.', format: 'number', wideOnly: true },
      { key: 'deltaSpectral', title: 'Δ spectral', meaning: 'Spectral norm of the change.', format: 'number', wideOnly: true }, // biome-ignore format: a column
      { key: 'bytesOut', title: 'bytes', meaning: 'Bytes in the output.', format: 'bytes', wideOnly: true },
      { key: 'dtype', title: 'dtype', meaning: "The input file's word for the type.", format: 'text', rank: 13 },
      { key: 'shape', title: 'shape', meaning: 'Extents, outermost first.', format: 'text', rank: 5 },
      { key: 'note', title: 'what', meaning: 'What was done.', format: 'text', rank: 9 },
    ],
    rows: largest.map(({ name, dtype, shape, before, after, note, changed, relativeError, delta, bytesOut }) => ({
      cells: [
        ...[name, relativeError, changed, before.sparsity, after.sparsity, before.l2, after.l2],
        ...[before.linf, after.linf, before.matrix?.spectral ?? null, after.matrix?.spectral ?? null],
        ...[before.matrix?.rank ?? null, after.matrix?.rank ?? null, before.l1, after.l1],
        ...[before.matrix?.nuclear ?? null, after.matrix?.nuclear ?? null, delta.l1, delta.l2, delta.linf],
        ...[delta.spectral, bytesOut, dtype, `[${shape.join(', ')}]`, note],
      ],
    })),
  }
}

/** Reasons with the tensors that they hold for, the most tensors first. */
function leftList(tensors: readonly EditedTensor[]): ViewList {
  const reasons = new Map<string, string[]>()
  for (const { name, note } of tensors) {
    const why = note === 'left alone by the edit' ? 'nothing in them to change' : note.replace(/^left alone: /, '')
    reasons.set(why, [...(reasons.get(why) ?? []), name])
  }
  return {
    kind: 'list',
    title: 'Left as they were',
    items: [...reasons].map(([why, names]) => ({ text: why, names })).sort((a, b) => b.names.length - a.names.length),
    top: 8,
  }
}

function nextOf(input: string, output: string): NonNullable<View['next']> {
  const [from, to] = [commandWord(input), commandWord(output)]
  return [
    [`normball diff ${from} ${to}`, 'what changed, with the spectrum of the difference'],
    [`normball inspect ${to}`, 'every figure of the result'],
  ]
}
