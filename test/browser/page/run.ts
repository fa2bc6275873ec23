/** Runs one bundled test file in the page it is loaded into, and tells what became of every test. */
import { type File, type Suite, startTests, type Task, type VitestRunner } from '@vitest/runner'

export interface Outcome {
  /** The test with what it stands in: `a matrix > is its own transpose`. */
  readonly name: string
  readonly state: 'pass' | 'fail' | 'skip'
  readonly errors: readonly string[]
}

const errorsOf = (task: Task): string[] => task.result?.errors?.map((one) => one.stack ?? one.message) ?? []

/** The tests in order. A file or a group that failed outside its tests (an import, a hook) counts as one that failed. */
function outcomes(task: Task, path: readonly string[] = []): Outcome[] {
  const name = path.join(' > ')
  if (task.type === 'test') {
    const state = task.mode === 'skip' || task.mode === 'todo' ? 'skip' : task.result?.state
    if (state === 'skip') return [{ name, state, errors: [] }]
    return [{ name, state: state === 'pass' ? 'pass' : 'fail', errors: errorsOf(task) }]
  }
  const own =
    errorsOf(task).length > 0 ? [{ name: name || 'the file', state: 'fail' as const, errors: errorsOf(task) }] : []
  return [...own, ...(task as Suite).tasks.flatMap((one) => outcomes(one, [...path, one.name]))]
}

/** Imports the bundle at `address` and runs the tests that it defines. */
async function runFile(address: string): Promise<Outcome[]> {
  const runner = {
    config: {
      root: '/',
      setupFiles: [],
      name: undefined,
      passWithNoTests: false,
      testNamePattern: undefined,
      allowOnly: false,
      sequence: { shuffle: false, concurrent: false, seed: 1, hooks: 'stack', setupFiles: 'list' },
      chaiConfig: undefined,
      maxConcurrency: 1,
      testTimeout: 120_000,
      hookTimeout: 120_000,
      retry: 0,
      includeTaskLocation: false,
      tags: [],
      tagsFilter: undefined,
      strictTags: true,
    },
    importFile: (path) => import(/* @vite-ignore */ path),
  } satisfies VitestRunner
  const files: File[] = await startTests([{ filepath: address, testLocations: undefined }] as never, runner)
  return files.flatMap((file) => outcomes(file))
}

/** The little of Node's globals that test files use. */
Object.assign(globalThis, {
  process: { env: {}, platform: 'browser', arch: 'wasm32' },
  setImmediate: (fn: () => void) => {
    const { port1, port2 } = new MessageChannel()
    port1.onmessage = fn
    port2.postMessage(null)
  },
})

declare global {
  var runSuite: (address: string) => Promise<Outcome[]>
}
globalThis.runSuite = runFile
