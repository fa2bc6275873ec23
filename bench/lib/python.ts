/**
 * A Python program beside a benchmark that stays alive: one line of JSON in, one line of JSON out. PYTHON names another Python; PEER_CORETYPE
 * tells its OpenBLAS a core type, where it does not know the processor and takes an old one.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

const python = process.env['PYTHON'] ?? '/usr/bin/python3'

/** The core type that the OpenBLAS of that Python takes, as it says when loaded. */
export function peerCore(): string {
  const core = process.env['PEER_CORETYPE']
  const env = { ...process.env, OPENBLAS_VERBOSE: '2', ...(core && { OPENBLAS_CORETYPE: core }) }
  const { stdout, stderr } = spawnSync(python, ['-c', 'import numpy'], { encoding: 'utf8', env })
  return /Core: (\w+)/.exec(`${stdout}${stderr}`)?.[1] ?? 'no core named'
}

export class PythonPeer {
  readonly #child: ChildProcess
  readonly #lines: AsyncIterator<string>

  private constructor(script: URL, threads: number) {
    const count = String(threads)
    const core = process.env['PEER_CORETYPE']
    const env = {
      ...process.env,
      OPENBLAS_NUM_THREADS: count,
      OMP_NUM_THREADS: count,
      ...(core && { OPENBLAS_CORETYPE: core }),
    }
    this.#child = spawn(python, [fileURLToPath(script)], { stdio: ['pipe', 'pipe', 'inherit'], env })
    this.#lines = createInterface({ input: this.#child.stdout! })[Symbol.asyncIterator]()
  }

  /** Starts a program. Null where a package that it needs is missing, and then says so. */
  static start(script: URL, threads: number, packages: string): PythonPeer | null {
    if (spawnSync(python, ['-c', `import ${packages}`]).status === 0) return new PythonPeer(script, threads)
    console.log(`skipped: ${python} has no ${packages}; its side is left out (Debian: python3-numpy -scipy -torch)`)
    return null
  }

  async ask<T>(question: unknown): Promise<T> {
    this.#child.stdin!.write(`${JSON.stringify(question)}\n`)
    const { value, done } = await this.#lines.next()
    if (done) throw new Error(`the Python peer ended at ${JSON.stringify(question)}`)
    return JSON.parse(value as string) as T
  }

  end(): void {
    this.#child.stdin!.end()
  }
}
