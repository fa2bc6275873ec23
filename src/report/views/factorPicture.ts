/** A compressed picture as a view: what was kept, what is lost, both pictures on a page. */
import type { PictureReport } from '../../factor/internal.js'
import { showNumber } from '../numbers.js'
import { base64 } from '../pixels.js'
import type { Section, View, ViewColumn } from './view.js'
import { commandWord } from './words.js'

const column = (key: string, title: string, meaning: string, format: ViewColumn['format'], rank = 0): ViewColumn => ({ key, title, meaning, format, rank }) // biome-ignore format: one line

/** Rows of the table of errors. */
const told = 12

/** `pictures`: both as PNG, for a page. */
export function pictureView(
  report: PictureReport,
  pictures: { readonly original: Uint8Array; readonly compressed: Uint8Array } | null,
): View {
  const { path, output, k, rows, columns, channels, why, reconstructionError, psnr, size, energy, curve, warnings } = report // biome-ignore format: one line
  const steps = curve.filter((_, i) => i % Math.ceil(curve.length / told) === 0 || i === curve.length - 1)
  return {
    title: `${path} → ${output}`,
    facts: [
      `${columns} × ${rows} pixels, ${channels.length === 1 ? 'grey' : 'colour, channel by channel'}; k = ${k}, ${why}`,
      `${showNumber(size.kept)} numbers in place of ${showNumber(size.original)}: ${showNumber(100 * size.ratio, 3)} %`,
    ],
    about: `normball ${report.normball} factor`,
    sections: [
      {
        kind: 'cards',
        cards: [
          { title: 'numbers kept', value: size.ratio, format: 'share' },
          { title: 'relative error', value: reconstructionError.relative, format: 'number' },
          { title: 'signal to noise, dB', value: psnr, format: 'number' },
          { title: 'energy kept', value: energy, format: 'share' },
        ],
      },
      { kind: 'list', title: 'Told', items: warnings.map((text) => ({ tone: 'warning', text })) },
      ...both(report, pictures),
      {
        kind: 'table',
        title: 'Error against size',
        note: 'Of the best pictures of rank k, before their values are rounded to bytes.',
        noun: 'k',
        columns: [
          column('k', 'k', 'Singular triples of each channel.', 'text'),
          column('relative', 'relative error', 'Frobenius norm of the difference by that of the picture.', 'number', 0),
          column('psnr', 'signal to noise, dB', '10 log10(255² / mean squared error).', 'number', 1),
          column(
            'size',
            'numbers kept',
            'k (height + width + 1) by height × width; above 100 % nothing is saved.',
            'share',
            2,
          ),
        ],
        rows: steps.map((point) => ({ cells: [String(point.k), point.relative, point.psnr, point.size] })),
      },
      {
        kind: 'chart',
        title: 'Singular values',
        x: { title: 'singular value', log: true },
        y: { title: 'size', log: true },
        series: channels.map(({ name, singularValues }) => ({ name, points: singularValues.map((value, i) => [i + 1, value] as const) })), // biome-ignore format: one line
      },
      {
        kind: 'chart',
        title: 'Signal to noise',
        x: { title: 'k', log: true },
        y: { title: 'dB' },
        series: [{ name: 'Signal to noise', points: curve.flatMap((point) => (point.psnr === null ? [] : [[point.k, point.psnr] as const])) }], // biome-ignore format: one line
        marks: [{ x: k, label: 'chosen' }],
        pageOnly: true,
      },
    ],
    next: [
      [`normball factor ${commandWord(path)} --k ${Math.max(1, Math.round(k / 2))}`, 'half as many'],
      [`normball factor ${commandWord(path)} --k ${k} --html picture.html`, 'both pictures as one page'],
    ],
  }
}

function both({ rows, columns, k }: PictureReport, pictures: Parameters<typeof pictureView>[1]): Section[] {
  if (pictures === null) return []
  const show = (title: string, png: Uint8Array): Section => ({
    kind: 'picture',
    title,
    svg: `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${columns} ${rows}" width="${columns}" height="${rows}" role="img" aria-label="${title}"><image width="${columns}" height="${rows}" href="data:image/png;base64,${base64(png)}"/></svg>`,
  })
  return [show('Original', pictures.original), show(`k = ${k}`, pictures.compressed)]
}
