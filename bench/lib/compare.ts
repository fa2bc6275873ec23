/**
 * Sides of a comparison timed in turn, in wall seconds and in processor seconds (of all threads): on a machine with other work the second is
 * the one to trust where a side uses one thread. Ratios are of medians, and a target is printed beside each.
 */
import { median } from './measure.js'

export interface Timing {
  readonly wall: number
  readonly cpu: number
}

/** Runs something `calls` times and says how long one call took. */
export type Side = (calls: number) => Timing | Promise<Timing>

/** A side in this process. */
export function timed(run: () => unknown): Side {
  return (calls) => {
    const [start, before] = [performance.now(), process.cpuUsage()]
    for (let call = 0; call < calls; call++) run()
    const wall = (performance.now() - start) / 1e3
    const { user, system } = process.cpuUsage(before)
    return { wall: wall / calls, cpu: (user + system) / 1e6 / calls }
  }
}

/** A side in this process whose calls are waited for. */
export function timedAsync(run: () => Promise<unknown>): Side {
  return async (calls) => {
    const [start, before] = [performance.now(), process.cpuUsage()]
    for (let call = 0; call < calls; call++) await run()
    const wall = (performance.now() - start) / 1e3
    const { user, system } = process.cpuUsage(before)
    return { wall: wall / calls, cpu: (user + system) / 1e6 / calls }
  }
}

export interface Rounds {
  readonly count: number
  /** Seconds of a side in a round, by as many calls as that takes. */
  readonly seconds: number
  /** A side that takes longer for one call than this is timed once. */
  readonly patience?: number
}

/** Medians of each side's rounds. The number of calls is found by trying, which also warms what compiles as it runs. */
export async function inTurn(rounds: Rounds, sides: Readonly<Record<string, Side>>): Promise<Record<string, Timing>> {
  const calls: Record<string, number> = {}
  const times: Record<string, Timing[]> = {}
  for (const [name, side] of Object.entries(sides)) {
    let tried = 1
    let first = await side(1)
    times[name] = [first]
    while (first.wall < rounds.seconds && first.cpu * tried < rounds.seconds && tried < 1e6) {
      tried = Math.min(
        1e6,
        tried * Math.min(10, Math.ceil((1.5 * rounds.seconds) / (Math.max(first.cpu, 1e-9) * tried))),
      )
      first = await side(tried)
    }
    calls[name] = tried
  }
  for (let round = 0; round < rounds.count; round++)
    for (const [name, side] of Object.entries(sides)) {
      const all = times[name]!
      if (all[0]!.wall > (rounds.patience ?? Infinity)) continue
      if (round === 0) all.length = 0
      all.push(await side(calls[name]!))
    }
  const middle = (all: Timing[], of: keyof Timing): number => median(all.map((one) => one[of]))
  return Object.fromEntries(
    Object.entries(times).map(([name, all]) => [name, { wall: middle(all, 'wall'), cpu: middle(all, 'cpu') }]),
  )
}

/** At most `most` times the time of a peer, or of the fastest of several; or at most so many seconds. */
export type Target = { readonly peer: string | readonly string[]; readonly most: number } | { readonly seconds: number }

export function duration(seconds: number): string {
  if (seconds < 1e-3) return `${(seconds * 1e6).toFixed(seconds < 1e-5 ? 2 : 1)} µs`
  return seconds < 10 ? `${(seconds * 1e3).toFixed(seconds < 1e-2 ? 2 : 1)} ms` : `${seconds.toFixed(1)} s`
}

/** Whether a target is met, and how it reads. */
function judge(
  times: Readonly<Record<string, Timing>>,
  ours: string,
  target: Target,
  of: keyof Timing,
): [boolean, string] | null {
  const mine = times[ours]![of]
  if ('seconds' in target) return [mine <= target.seconds, `at most ${duration(target.seconds)}`]
  const peers = [target.peer].flat().filter((peer) => times[peer])
  if (peers.length === 0) return null
  const best = peers.reduce((a, b) => (times[b]![of] < times[a]![of] ? b : a))
  return [mine <= target.most * times[best]![of], `at most ${target.most} of ${best}`]
}

const verdicts: boolean[] = []

/** Prints a line: ours, each peer with ours as a share of it (and that share in processor time), the target and whether it is met. */
export function report(name: string, times: Readonly<Record<string, Timing>>, ours: string, target?: Target): void {
  const mine = times[ours]!
  const peers = Object.entries(times)
    .filter(([peer]) => peer !== ours)
    .map(
      ([peer, { wall, cpu }]) =>
        `${peer} ${duration(wall)}: ${(mine.wall / wall).toFixed(2)} (cpu ${(mine.cpu / cpu).toFixed(2)})`,
    )
  const parts = [`${name}: ${duration(mine.wall)} (cpu ${duration(mine.cpu)})`, ...peers]
  const verdict = target && judge(times, ours, target, 'wall')
  if (verdict) {
    const [isMet, words] = verdict
    verdicts.push(isMet)
    const inCpu = !isMet && judge(times, ours, target, 'cpu')![0] ? ', met in processor time' : ''
    parts.push(`${words}: ${isMet ? 'MET' : `NOT MET${inCpu}`}`)
  }
  console.log(parts.join('; '))
}

/** Prints how many targets were met. */
export function summary(): void {
  console.log(`${verdicts.filter(Boolean).length} of ${verdicts.length} targets met`)
}
