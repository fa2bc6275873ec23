// Holds the import rules of the design (see CONTRIBUTING.md): imports go down only, folders are entered through their index, no cycles, and node:* or
// native modules stand only in files named *.node.ts, in cluster/ and in cli/.
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'

/** What each folder may import, besides itself. */
const below: Record<string, readonly string[]> = {}
const rows: readonly (readonly string[])[] = [
  ['core'],
  ['system', 'distributions'],
  ['archive'],
  ['kernels'],
  ['lapack'],
  ['tensor'],
  ['linalg'],
  ['norms'],
  ['checkpoint', 'table'],
  ['nn', 'weights'],
  ['optim'],
  ['train', 'factor', 'shift'],
  ['report', 'cluster'],
  ['cli'],
]
const lower: string[] = []
for (const row of rows) {
  for (const folder of row) below[folder] = [...lower]
  lower.push(...row)
}
// Side by side in one row of the house, though the list above has to name one before the other.
for (const folder of ['optim', 'train', 'factor', 'shift'])
  below[folder] = below[folder]!.filter((one) => one !== 'weights')

const source = fileURLToPath(new URL('../src', import.meta.url))
const files = readdirSync(source, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'))
const complaints: string[] = []
const graph = new Map<string, string[]>()
const imports =
  /(?:^|\n)\s*(?:import|export)\b(?!\s*\()[^'"`;]*?from\s*'([^']+)'|(?:^|\n)\s*import\s*'([^']+)'|\bimport\(\s*'([^']+)'\s*\)/g

for (const file of files) {
  const text = readFileSync(join(source, file), 'utf8')
  const folder = file.split('/')[0]!
  const mayBeNative = file.endsWith('.node.ts') || folder === 'cli' || folder === 'cluster'
  const targets: string[] = []
  for (const match of text.matchAll(imports)) {
    const target = (match[1] ?? match[2] ?? match[3])!
    const lazy = match[3] !== undefined
    if (!target.startsWith('.')) {
      if (!mayBeNative && (target.startsWith('node:') || target === 'koffi'))
        complaints.push(`${file}: imports ${target}, which only *.node.ts, cli/ and cluster/ may`)
      continue
    }
    const path = relative(source, join(source, dirname(file), target)).replace(/\.js$/, '.ts')
    const other = path.split('/')[0]!
    if (!files.includes(path) && !path.includes('/embedded/'))
      complaints.push(`${file}: imports ${target}, which is not there`)
    if (other !== folder) {
      if (!below[folder]?.includes(other)) complaints.push(`${file}: ${folder}/ may not import ${other}/ (${target})`)
      if (!/^[^/]+\/(index|internal)(\.node)?\.ts$/.test(path))
        complaints.push(`${file}: enters ${other}/ by ${target}, not through its index or internal.ts`)
    }
    if (path.endsWith('.node.ts') && !mayBeNative)
      complaints.push(`${file}: imports ${target}, so it would not run in a browser`)
    if (!lazy && !/(?:import|export)\s+type\b/.test(match[0])) targets.push(path)
  }
  graph.set(file, targets)
}

const state = new Map<string, 'open' | 'done'>()
const visit = (file: string, trail: string[]): void => {
  if (state.get(file) === 'done') return
  if (state.get(file) === 'open') {
    complaints.push(`import cycle: ${[...trail.slice(trail.indexOf(file)), file].join(' -> ')}`)
    return
  }
  state.set(file, 'open')
  for (const target of graph.get(file) ?? []) visit(target, [...trail, file])
  state.set(file, 'done')
}
for (const file of files) visit(file, [])

for (const complaint of complaints) console.error(complaint)
console.error(
  complaints.length === 0
    ? `layers: ${files.length} files keep the rules`
    : `layers: ${complaints.length} broken rules`,
)
process.exitCode = complaints.length === 0 ? 0 : 1
