/** What the documentation shows runs as it is written: its TypeScript against the built package, its commands against the options that there are. */
import { execFileSync } from 'node:child_process'
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { transformSync } from 'esbuild'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { bin, example } from '../cli/run.js'
import { hasShared, sharedPath } from '../shared.js'

const root = fileURLToPath(new URL('../..', import.meta.url))
const pages = [
  'README.md',
  ...readdirSync(join(root, 'docs'))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
]
const textOf = (page: string): string => readFileSync(join(root, page), 'utf8')

interface Block {
  readonly place: string
  readonly language: string
  readonly text: string
}

/** The fenced blocks of a page; the text outside them is left to `prose`. */
function blocksOf(page: string): Block[] {
  const text = textOf(page)
  return [...text.matchAll(/^```(\w*)\n([\s\S]*?)^```/gm)].map((match) => ({
    place: `${page}:${text.slice(0, match.index).split('\n').length}`,
    language: match[1]!,
    text: match[2]!,
  }))
}

/** `@example` of the functions that Node's users import. */
function examplesOf(path: string): Block[] {
  const text = textOf(path)
  return [...text.matchAll(/^ \* @example\n((?: \*(?!\/).*\n)+)/gm)].map((match) => ({
    place: `${path}:${text.slice(0, match.index).split('\n').length}`,
    language: 'ts',
    text: match[1]!.replace(/^ \* ?/gm, ''),
  }))
}

const blocks = pages.flatMap(blocksOf)
const indexes = [
  'src/weights/index.node.ts',
  'src/weights/diffFiles.node.ts',
  'src/weights/watch.node.ts',
  'src/checkpoint/index.node.ts',
]
const programs = [...blocks, ...indexes.flatMap(examplesOf)].filter(
  ({ language, text }) => language === 'ts' && /from 'normball/.test(text),
)

describe('the TypeScript that is shown', () => {
  let folder = ''
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'normball-docs-'))
    writeFileSync(join(folder, 'package.json'), '{"private":true,"type":"module"}')
    mkdirSync(join(folder, 'node_modules'))
    symlinkSync(root, join(folder, 'node_modules', 'normball'), 'junction')
    for (const name of ['model', 'before', 'after', 'step100', 'step200', 'step300'])
      copyFileSync(example, join(folder, `${name}.safetensors`))
    // The content decides the format, so the name .pt does no harm where there is no PyTorch file.
    const torch = hasShared ? sharedPath('data', 'checkpoints', 'digits-step0800-train.pt') : example
    copyFileSync(torch, join(folder, 'model.pt'))
    for (const [at, name] of ['june', 'july'].entries()) {
      const wave = (i: number, step: number): number => Math.sin(step * i + at)
      const rows = Array.from({ length: 200 }, (_, i) => `${wave(i, 1.3)},${wave(i, 0.7) + at},${wave(i, 1.3) > wave(i, 5) ? 'yes' : 'no'}`) // biome-ignore format: one line
      writeFileSync(join(folder, `${name}.csv`), `age,usage,churn\n${rows.join('\n')}\n`)
    }
  })
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  it('is there', () => {
    expect(programs.map(({ place }) => place.replace(/:\d+$/, ''))).toEqual(
      expect.arrayContaining(['README.md', ...indexes]),
    )
  })

  it.each(programs.map((one) => [one.place, one] as const))('%s runs, and says something', (_, { text }) => {
    const path = join(folder, 'program.mjs')
    writeFileSync(path, transformSync(text, { loader: 'ts', format: 'esm' }).code)
    const said = execFileSync(process.execPath, [path], {
      cwd: folder,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    expect(said).toMatch(/\S/)
    expect(said).not.toMatch(/\[object|NaN/)
  })
})

describe('the commands that are shown', () => {
  const help = (...args: string[]): string =>
    execFileSync(process.execPath, [bin, ...args, '--help'], { encoding: 'utf8' })
  const known = new Map<string, Set<string>>()
  beforeAll(() => {
    for (const [, name] of help().matchAll(/^ {2}([a-z]+)\b/gm)) {
      if (name === 'help') continue
      const options = help(name!).matchAll(/^ {2}(?:(-\w), )?(--[a-z-]+)/gm)
      known.set(
        name!,
        new Set([...options].flatMap(([, short, long]) => [short, long!].filter((one) => one !== undefined))),
      )
    }
  })

  /** Lines of code blocks, and code within sentences. */
  const shown = pages.flatMap((page) => {
    const prose = textOf(page).replace(/^```[\s\S]*?^```/gm, '')
    const lines = blocksOf(page)
      .filter(({ language }) => language !== 'ts')
      .flatMap(({ text }) => text.split('\n'))
    return [...lines, ...[...prose.matchAll(/`([^`]+)`/g)].map((match) => match[1]!)].map((code) => ({ page, code }))
  })
  /** `normball NAME ...` up to a pipe, a comment or the end of a substitution. */
  const commands = shown.flatMap(({ page, code }) =>
    [...code.matchAll(/(?:^(?:\$ )?|npx |\()normball ([a-z]+)([^|#)]*)/g)].map(([, name, rest]) => ({
      page,
      name: name!,
      options: rest!.match(/(?<=\s)--?[a-zA-Z][\w-]*/g) ?? [],
    })),
  )

  it('are found', () => {
    expect([...known.keys()]).toEqual(expect.arrayContaining(['inspect', 'demo', 'doctor', 'completion']))
    expect(known.get('inspect')).toContain('--spectra')
    expect(commands.filter(({ name }) => name === 'inspect').length).toBeGreaterThan(3)
    expect(commands.flatMap(({ options }) => options)).toContain('--fail-on')
  })

  it('exist, and take the options that are written behind them', () => {
    const wrong = commands.flatMap(({ page, name, options }) => {
      const own = known.get(name)
      if (own === undefined) return [`${page}: normball ${name}`]
      return options.filter((option) => !own.has(option)).map((option) => `${page}: normball ${name} ${option}`)
    })
    expect(wrong).toEqual([])
  })

  it('are not told of options that no command has', () => {
    const all = new Set([...known.values()].flatMap((options) => [...options]))
    const wrong = shown
      .filter(({ code }) => /^--[a-z]/.test(code))
      .filter(({ code }) => !all.has(/^--[a-z-]+/.exec(code)![0]))
    expect(wrong).toEqual([])
  })
})

it('links in the documentation lead to files that are there', () => {
  const wrong = pages.flatMap((page) =>
    [...textOf(page).matchAll(/\]\((?!https?:|#)([^)#]+)/g)]
      .map((match) => join(root, page, '..', match[1]!))
      .filter((path) => !existsSync(path)),
  )
  expect(wrong).toEqual([])
})
