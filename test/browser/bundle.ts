/** Bundles test files for a page by Vite: what they import of `src/` comes from the packed package, `vitest` and Node from test/browser/page. */
import { existsSync, writeFileSync } from 'node:fs'
import { createRequire, isBuiltin } from 'node:module'
import { dirname, join, relative, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { gzipSync } from 'node:zlib'
import { build, type Plugin, type Rollup } from 'vite'
import { type Packed, root } from './packed.js'

const page = (name: string): string => join(root, 'test', 'browser', 'page', `${name}.ts`)

/** What page/node.ts has of each module of Node. */
const provided: Record<string, readonly string[]> = {
  'node:fs': ['readFileSync', 'readdirSync', 'existsSync', 'createReadStream'],
  'node:path': ['join'],
  'node:url': ['fileURLToPath'],
  'node:zlib': ['gzipSync', 'gunzipSync'],
  'node:child_process': ['spawnSync'],
}

/** A module of Node's: what a page can have, and for the rest functions that refuse. */
async function nodeModule(name: string): Promise<string> {
  const has = provided[name] ?? []
  const names = Object.keys((await import(name)) as object).filter((one) => one !== 'default' && !has.includes(one))
  const absent = names.map((one) => `export const ${one} = absent('${name}', '${one}')`)
  return [
    `import { absent } from ${JSON.stringify(page('node'))}`,
    `export { ${has.join(', ')} } from ${JSON.stringify(page('node'))}`,
    ...absent,
  ].join('\n')
}

/** A path below `src/` in the package that was packed; Node's variant of an index is the plain one, other files of Node's are not there. */
function inPackage(packed: Packed, path: string): string | null {
  const built = join(packed.package, 'dist', relative(join(root, 'src'), path))
  const plain = built.replace(/\.node\.js$/, '.js')
  return existsSync(plain) ? plain : null
}

function forPages(packed: Packed): Plugin {
  // vitest's runner and matchers stand below vitest, wherever npm put them.
  const require = createRequire(createRequire(join(root, 'package.json')).resolve('vitest/package.json'))
  const tests = join(root, 'test')
  return {
    name: 'tests-for-pages',
    enforce: 'pre',
    async resolveId(source, importer) {
      if (source === 'vitest') return page('vitest')
      if (/^@vitest\/(runner|expect)$/.test(source)) return this.resolve(source, require.resolve('vitest/package.json'))
      if (isBuiltin(source)) return `\0${source.startsWith('node:') ? source : `node:${source}`}`
      if (importer?.startsWith(tests) && /^normball(\/|$)/.test(source))
        return this.resolve(source, join(packed.folder, 'index.js'))
      if (!importer?.startsWith(tests) || !source.startsWith('.')) return null
      const path = resolve(dirname(importer), source)
      if (path.startsWith(join(root, 'src'))) {
        const found = inPackage(packed, path)
        return found === null ? `\0absent` : this.resolve(found, join(packed.folder, 'index.js'), { skipSelf: true })
      }
      // package.json's word on side effects is about dist, not about tests.
      const found = await this.resolve(source, importer, { skipSelf: true })
      return found && { ...found, moduleSideEffects: true }
    },
    async load(id) {
      if (id === '\0absent') return 'export {}'
      return id.startsWith('\0node:') ? nodeModule(id.slice(1)) : null
    },
    transform(code, id) {
      if (!id.startsWith(tests)) return null
      return code.replaceAll('import.meta.url', JSON.stringify(pathToFileURL(id).href))
    },
  }
}

/** One bundle per test file, named by `names`, in the returned folder, with `run.js`, which runs them. Returns the modules in them, too. */
export async function bundleSuites(
  packed: Packed,
  files: ReadonlyMap<string, string>,
): Promise<{ folder: string; modules: string[] }> {
  const folder = join(packed.folder, 'pages')
  const modules = new Set<string>()
  await build({
    root: packed.folder,
    configFile: false,
    logLevel: 'error',
    plugins: [
      forPages(packed),
      {
        name: 'list-modules',
        generateBundle(_, bundle) {
          for (const one of Object.values(bundle))
            if (one.type === 'chunk') for (const id of one.moduleIds) modules.add(id)
        },
      },
    ],
    build: {
      outDir: folder,
      target: 'es2022',
      modulePreload: false,
      reportCompressedSize: false,
      chunkSizeWarningLimit: 1e6,
      rollupOptions: {
        input: { run: page('run'), ...Object.fromEntries(files) },
        shimMissingExports: true,
        output: { entryFileNames: '[name].js', chunkFileNames: 'chunks/[hash].js' },
      },
    },
  })
  return { folder, modules: [...modules] }
}

export interface Part {
  readonly gzipped: number
  /** Paths below the package of the modules of which something is left. */
  readonly modules: readonly string[]
}

/** A script of a user's, bundled and minified for browsers: its parts by the names that `partOf` gives to paths below the package. */
export async function bundleScript(
  packed: Packed,
  code: string,
  partOf: (path: string) => string = () => 'all',
): Promise<Map<string, Part>> {
  const entry = join(packed.folder, 'entry.js')
  writeFileSync(entry, code)
  const below = (id: string): string | null => (id.startsWith(packed.package) ? relative(packed.package, id) : null)
  const built = await build({
    root: packed.folder,
    configFile: false,
    logLevel: 'error',
    build: {
      write: false,
      target: 'es2022',
      modulePreload: false,
      reportCompressedSize: false,
      chunkSizeWarningLimit: 1e6,
      rollupOptions: {
        input: entry,
        preserveEntrySignatures: 'strict',
        output: {
          manualChunks: (id) => {
            const path = below(id)
            return path === null ? null : partOf(path)
          },
          onlyExplicitManualChunks: true,
        },
      },
    },
  })
  const { output } = (Array.isArray(built) ? built[0] : built) as { output: Rollup.OutputBundle[string][] }
  const chunks = output.filter((one) => one.type === 'chunk')
  return new Map(
    chunks.map((chunk) => {
      const modules = Object.entries(chunk.modules).filter(([, one]) => one.renderedLength > 0)
      return [
        chunk.name,
        {
          gzipped: gzipSync(chunk.code).length,
          modules: modules.map(([id]) => below(id)).filter((one) => one !== null),
        },
      ]
    }),
  )
}
