// node bench/run.mjs NAME [words ...]: runs bench/NAME.bench.ts as it would run when built. tsx names every closure as it is made, which costs an
// operation on a small tensor half its time. With --cpu-prof before the file, what takes the time.
import { rmSync } from 'node:fs'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { build } from 'esbuild'

const name = process.argv.splice(2, 1)[0]
const folder = fileURLToPath(new URL('.', import.meta.url))
const outfile = `${folder}.${name}.${process.pid}.mjs`
await build({
  entryPoints: [`${folder}${name}.bench.ts`],
  outfile,
  bundle: true,
  platform: 'node',
  format: 'esm',
  target: 'es2022',
  packages: 'external',
  // What is imported for what it does stays, though package.json names it by its place in dist/.
  ignoreAnnotations: true,
})
try {
  await import(pathToFileURL(outfile).href)
} finally {
  rmSync(outfile, { force: true })
}
