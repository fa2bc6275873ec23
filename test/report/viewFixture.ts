/** Made-up views: a small one, and one whose texts are what a hostile file would choose. */
import type { View } from '../../src/report/index.js'
import { hostileName } from './fixture.js'

export const smallView: View = {
  title: 'a.npz against b.npz',
  facts: ['npz · 12 KB', '2 tensors'],
  about: 'normball 0.1.0',
  sections: [
    {
      kind: 'cards',
      cards: [
        { title: 'changed', value: 0.5, format: 'share' },
        { title: 'NaN', value: 3, format: 'count', tone: 'error' },
        { title: 'file', value: 4096, format: 'bytes' },
      ],
    },
    {
      kind: 'list',
      title: 'What stands out',
      items: [
        { tone: 'error', code: 'nan', name: 'fc.weight', text: '3 values are NaN.' },
        { text: 'The rest is as it was.' },
      ],
      notes: [{ tone: 'info', text: 'a note' }],
    },
    {
      kind: 'table',
      title: 'Tensors',
      note: 'The largest change first.',
      noun: 'tensor',
      columns: [
        { key: 'name', title: 'tensor', meaning: 'its name', format: 'text' },
        { key: 'shape', title: 'shape', meaning: 'outermost axis first', format: 'text', rank: 3 },
        { key: 'relative', title: 'relative', meaning: 'change over norm', format: 'number', rank: 0 },
        { key: 'changed', title: 'changed', meaning: 'elements that differ', format: 'count', rank: 1 },
        { key: 'bytes', title: 'bytes', meaning: 'in the file', format: 'bytes', wideOnly: true },
        { key: 'exact', title: 'exact', meaning: 'for programs', format: 'number', csvOnly: true },
      ],
      rows: [
        {
          cells: ['fc.weight', '[10, 64]', 0.25, 1234, 5120, 0.1 + 0.2],
          tags: [{ tone: 'error', text: 'nan', meaning: '3 values are NaN' }],
          curve: [1, 2, 4],
        },
        { cells: ['fc.bias', '[10]', null, 0, 40, null], tone: 'good', curve: [3, 2, 1] },
      ],
      curve: { title: 'path', log: false, meaning: 'norm over steps' },
    },
    {
      kind: 'chart',
      title: 'Norm',
      x: { title: 'step' },
      y: { title: 'L2', log: true },
      series: [
        {
          name: 'fc.weight',
          points: [
            [0, 1],
            [10, 10],
            [20, 100],
          ],
          tone: 'error',
        },
      ],
      marks: [{ x: 10, label: 'a jump', tone: 'warning' }],
    },
  ],
  next: [['normball diff a.npz b.npz --html report.html', 'every layer']],
}

/** Every text of every kind of section is the same attack. */
export function hostileView(text = hostileName): View {
  return {
    title: text,
    facts: [text],
    about: text,
    sections: [
      { kind: 'cards', cards: [{ title: text, value: text, format: 'text', tone: 'error' }] },
      {
        kind: 'list',
        title: text,
        note: text,
        items: [
          { tone: 'error', code: text, name: text, text },
          { text, names: [text, text] },
        ],
        notes: [{ tone: 'info', text }],
      },
      { kind: 'list', title: text, items: [], empty: text },
      {
        kind: 'table',
        title: text,
        note: text,
        noun: text,
        columns: [
          { key: text, title: text, meaning: text, format: 'text' },
          { key: 'n', title: text, meaning: text, format: 'number' },
        ],
        rows: Array.from({ length: 12 }, () => ({
          cells: [text, text],
          tags: [{ tone: 'warning' as const, text, meaning: text }],
          curve: [1, 2],
          bars: { label: text, counts: [1, 2] },
        })),
        curve: { title: text, log: false, meaning: text },
        bars: { title: text, meaning: text },
        tags: { title: text },
      },
      {
        kind: 'chart',
        title: text,
        note: text,
        x: { title: text },
        y: { title: text },
        series: Array.from({ length: 3 }, (_, i) => ({
          name: text,
          points: [
            [0, i],
            [1, 2 * i],
          ] as const,
        })),
        marks: [{ x: 0.5, label: text }],
      },
      {
        kind: 'heat',
        title: text,
        note: text,
        columns: [text, text],
        rows: [
          { name: text, values: [1, 2] },
          { name: text, values: [3, null] },
        ],
      },
      {
        kind: 'tree',
        title: text,
        note: text,
        columns: [{ title: text, format: 'number' }],
        shareOf: text,
        nodes: [1, 2, 2].map((depth) => ({
          path: text,
          depth,
          cells: [1],
          share: 0.5,
          tags: [{ tone: 'error' as const, text, meaning: text }],
        })),
      },
      { kind: 'text', title: text, text: `${text}\n${text}` },
      { kind: 'part', title: text, facts: [text], sections: [{ kind: 'list', title: text, items: [{ text }] }] },
    ],
    next: [[`normball inspect '${text}'`, text]],
  }
}
