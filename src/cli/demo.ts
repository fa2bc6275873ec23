/** `normball demo`: the main job on a real small network that comes with the package. */
import { relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { runInspect } from './inspect.js'
import type { CommonOptions } from './options.js'
import { writeStdout } from './output.js'

const absolute = fileURLToPath(new URL('../../examples/silero_vad_16k.safetensors', import.meta.url))
const fromHere = relative('.', absolute)
const model = fromHere.startsWith('..') ? absolute : fromHere

export async function runDemo(options: CommonOptions): Promise<number> {
  const html = options.html ?? 'normball-report.html'
  const code = await runInspect([model], { ...options, html, spectra: 'exact', convNorms: true }, false)
  if (options.json || options.output !== undefined || options.quiet) return code
  writeStdout(`
This was silero-vad, a network that hears whether somebody speaks (MIT licence, in examples/).
The whole report, with a picture of every layer, is in ${html}: open it in a browser.

Next, with your own file (safetensors, .pt, .onnx, .gguf, .npz, or a folder of shards):
  npx normball inspect YOUR-FILE
  npx normball inspect YOUR-FILE --html report.html
  npx normball inspect --help
`)
  return code
}
