/** SciPy as a peer: a process that stays alive. `PYTHON` names another Python, `THREADS` (1) says how many threads its BLAS may use. */
import { type ChildProcess, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { Real } from '../../src/lapack/index.js'

const python = process.env['PYTHON'] ?? '/usr/bin/python3'
export const threads = Number(process.env['THREADS'] ?? 1)

export type Answer = readonly [seconds: number, largest: number]

/** Runs `factorizations.scipy.py`: one line of JSON in (task, type, n, calls), one out. */
export class ScipyPeer {
  private readonly child: ChildProcess
  private readonly waiting: ((answer: Answer) => void)[] = []
  constructor() {
    const env = { ...process.env, OPENBLAS_NUM_THREADS: String(threads), OMP_NUM_THREADS: String(threads) }
    const program = fileURLToPath(new URL('../factorizations.scipy.py', import.meta.url))
    this.child = spawn(python, [program], { stdio: ['pipe', 'pipe', 'inherit'], env })
    createInterface({ input: this.child.stdout! }).on('line', (line) =>
      this.waiting.shift()?.(JSON.parse(line) as Answer),
    )
  }
  ask(task: string, type: Real, n: number, calls: number): Promise<Answer> {
    return new Promise((resolve) => {
      this.waiting.push(resolve)
      this.child.stdin!.write(`${JSON.stringify([task, type, n, calls])}\n`)
    })
  }
  end(): void {
    this.child.stdin!.end()
  }
}
