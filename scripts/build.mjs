// assembly/*.ts -> seven WebAssembly modules, embedded as text in src/kernels/embedded/; then src/ -> dist/ by tsc, and
// the command bundled into dist/bin/ by esbuild.
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { tableConstants } from './constants.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))
const run = (script, args) => {
  const done = spawnSync(process.execPath, [join(root, script), ...args], { cwd: root, stdio: 'inherit' })
  if (done.status !== 0) process.exit(done.status ?? 1)
}

// The modules work on one imported memory, so their static data must not overlap: see src/kernels/module.ts.
const modules = [
  { name: 'arith', memoryBase: 1024 },
  { name: 'edit', memoryBase: 192 * 1024 },
  { name: 'lapack', memoryBase: 256 * 1024 },
  { name: 'decode', memoryBase: 512 * 1024 },
  { name: 'array', memoryBase: 768 * 1024, constantsBase: 896 * 1024, constantsEnd: 1024 * 1024 },
  { name: 'nn', memoryBase: 1664 * 1024, constantsBase: 1728 * 1024, constantsEnd: 1792 * 1024 },
  { name: 'data', memoryBase: 1792 * 1024, constantsBase: 1856 * 1024, constantsEnd: 1920 * 1024 },
]

/** `--kernels` builds the modules and nothing else; names after it (`--kernels edit`) only those modules. */
const flags = new Set(process.argv.slice(2))
const wanted = modules.filter(({ name }) => flags.has(name))
/** Characters that stand in a string literal, a template and a page's script as they are. The last two begin a pair. */
const letters = Array.from({ length: 95 }, (_, at) => String.fromCharCode(32 + at))
  .filter((one) => !'\'"`$\\<'.includes(one))
  .join('')
const singles = letters.length - 2

/**
 * Bytes as text, undone by `bytesOf` in src/kernels/module.ts: first in hexadecimal the most frequent bytes, which are one character each; then the
 * bytes, where the others in ascending order are a pair. Shorter than base64, and unlike that it leaves the bytes' repetition to gzip: within
 * a hundredth of the module itself.
 */
function literal(bytes) {
  const counts = new Uint32Array(256)
  for (const byte of bytes) counts[byte]++
  const ranked = Array.from(counts.keys()).sort((a, b) => counts[b] - counts[a])
  const frequent = ranked.slice(0, singles)
  const others = ranked.slice(singles).sort((a, b) => a - b)
  const written = new Array(256)
  for (const [at, byte] of frequent.entries()) written[byte] = letters[at]
  for (const [at, byte] of others.entries())
    written[byte] = letters[singles + Math.floor(at / singles)] + letters[at % singles]
  const head = frequent.map((byte) => byte.toString(16).padStart(2, '0')).join('')
  return head + Array.from(bytes, (byte) => written[byte]).join('')
}

mkdirSync(join(root, 'build'), { recursive: true })
mkdirSync(join(root, 'src/kernels/embedded'), { recursive: true })
/** Compiles one module. Several run at a time: the compiler uses one core. */
async function buildModule({ name, memoryBase, constantsBase, constantsEnd }) {
  const wasm = `build/${name}-${process.pid}.wasm`
  const options = [
    '-O3',
    '--noAssert',
    '--runtime',
    'stub',
    '--enable',
    'simd',
    '--importMemory',
    '--initialMemory',
    '30',
  ]
  // 112: vectors in the signatures of functions within a module.
  const more = ['--memoryBase', String(memoryBase), '--use', 'abort=', '--disableWarning', '112']
  const asc = join(root, 'node_modules/assemblyscript/bin/asc.js')
  const child = spawn(process.execPath, [asc, `assembly/${name}/index.ts`, '--outFile', wasm, ...options, ...more], {
    cwd: root,
    stdio: 'inherit',
  })
  const [code] = await once(child, 'close')
  if (code !== 0) process.exit(code ?? 1)
  const plain = readFileSync(join(root, wasm))
  const bytes = constantsBase ? Buffer.from(tableConstants(plain, constantsBase, constantsEnd)) : plain
  const module = new WebAssembly.Module(bytes)
  const foreign = WebAssembly.Module.imports(module).filter((one) => one.kind !== 'memory')
  if (foreign.length > 0)
    throw new Error(`${name}: kernels may import nothing but the memory, found ${JSON.stringify(foreign)}`)
  const text = `// Made by scripts/build.mjs from assembly/${name}/.\nexport const ${name}Wasm: string =\n  '${literal(bytes)}'\n`
  const target = join(root, `src/kernels/embedded/${name}.ts`)
  writeFileSync(`${target}.${process.pid}`, text)
  renameSync(`${target}.${process.pid}`, target)
  rmSync(join(root, wasm))
}

await Promise.all((wanted.length > 0 ? wanted : modules).map(buildModule))
if (!flags.has('--kernels')) {
  const { build } = await import('esbuild')
  rmSync(join(root, 'dist'), { recursive: true, force: true })
  run('node_modules/typescript/bin/tsc', ['-p', 'tsconfig.build.json'])
  // The command and, on Node, the library start in half the time from a few files instead of hundreds. Chunks are shared: a tensor of one entry
  // is a tensor of all. Browsers get the modules as tsc wrote them, for their bundlers to take what is used.
  const commands = [
    'cli/main',
    'cli/shifter',
    'weights/worker',
    'weights/job',
    'train/trainer',
    'train/search/searcher',
    'factor/factorer',
  ]
  const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  const libraries = Object.values(manifest.exports).flatMap(({ node }) => node ?? [])
  await build({
    absWorkingDir: root,
    entryPoints: [
      ...commands.map((path) => ({ in: `dist/${path}.node.js`, out: `${path.split('/').at(-1)}.node` })),
      ...libraries.map(({ types, default: out }) => ({
        in: types.replace('.d.ts', '.js'),
        out: out.replace('./dist/bin/', '').replace('.js', ''),
      })),
    ],
    outdir: 'dist/bin',
    bundle: true,
    splitting: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    // Comments and line ends are a third of what a start has to read.
    minifyWhitespace: true,
    // Dependencies stay where npm installed them: most are loaded when first needed, and CommonJS ones need a require.
    packages: 'external',
  })
  chmodSync(join(root, 'dist/bin/main.node.js'), 0o755)
  // What only Node runs is in the bundle.
  rmSync(join(root, 'dist/cli'), { recursive: true })
  for (const file of readdirSync(join(root, 'dist'), { recursive: true }))
    if (file.endsWith('.node.js') && !file.startsWith('bin')) rmSync(join(root, 'dist', file))
}
