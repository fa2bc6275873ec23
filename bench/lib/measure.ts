/** What every benchmark shares: medians, interleaved runs, a NumPy peer, and the machine's name. */
import { execFileSync, spawnSync } from 'node:child_process'
import { cpus } from 'node:os'

const python = process.env['PYTHON'] ?? '/usr/bin/python3'

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2
}

/** Seconds of each of `rounds` runs of every candidate, taken in turn so that a drifting machine hits all alike. */
export async function interleave(
  rounds: number,
  candidates: Record<string, () => unknown>,
): Promise<Record<string, number[]>> {
  const times: Record<string, number[]> = {}
  for (const [name, run] of Object.entries(candidates)) {
    times[name] = []
    await run()
  }
  for (let round = 0; round < rounds; round++) {
    for (const [name, run] of Object.entries(candidates)) {
      const start = performance.now()
      await run()
      times[name]!.push((performance.now() - start) / 1000)
    }
  }
  return times
}

/** Null where there is no Python with NumPy, and then says so. */
export function numpyVersion(): string | null {
  const done = spawnSync(python, ['-c', 'import numpy; print(numpy.__version__)'], { encoding: 'utf8' })
  if (done.status === 0) return done.stdout.trim()
  console.log(
    `NumPy is not here (${python}): its side of the comparison is left out. Debian: apt install python3-numpy`,
  )
  return null
}

/** Runs a Python program and parses the JSON that it prints last. */
export function runPython<T>(program: string, args: readonly string[] = [], env: Record<string, string> = {}): T {
  const said = execFileSync(python, ['-c', program, ...args], {
    encoding: 'utf8',
    maxBuffer: 1 << 28,
    env: { ...process.env, ...env },
  })
  return JSON.parse(said.trim().split('\n').at(-1)!) as T
}

export function machine(): string {
  return `${cpus().length} × ${cpus()[0]?.model ?? 'unknown'}, Node ${process.version}`
}

/** Wall seconds, processor seconds of all threads, and peak resident megabytes of a command, as the system counts them. */
export function runCommand(
  args: readonly string[],
  env: Record<string, string> = {},
): { seconds: number; cpu: number; megabytes: number; stdout: string } {
  const wrapper = `
import resource, subprocess, sys, time, json
start = time.perf_counter()
done = subprocess.run(sys.argv[1:], stdout=subprocess.PIPE)
seconds = time.perf_counter() - start
used = resource.getrusage(resource.RUSAGE_CHILDREN)
sys.stderr.write(json.dumps([seconds, used.ru_utime + used.ru_stime, used.ru_maxrss / 1000, done.returncode]))
sys.stdout.buffer.write(done.stdout)
`
  const done = spawnSync(python, ['-c', wrapper, ...args], {
    encoding: 'utf8',
    maxBuffer: 1 << 28,
    env: { ...process.env, ...env },
  })
  const tail = /\[[^[\]]+\]$/.exec(done.stderr.trim())
  if (!tail) throw new Error(`'${args.join(' ')}' failed: ${done.stderr}`)
  const [seconds, cpu, megabytes, status] = JSON.parse(tail[0]) as [number, number, number, number]
  if (status !== 0) throw new Error(`'${args.join(' ')}' ended with ${status}: ${done.stderr}`)
  return { seconds, cpu, megabytes, stdout: done.stdout }
}
