// Fails when a test was skipped that is not on this list: a skip is a promise that somebody knows why.
import { readFileSync } from 'node:fs'

/** Pattern over "file > full test name", and the reason. `runs` limits it to one of CI's two runs. */
const allowed = [
  {
    pattern: /chmod000|unreadable|read-only folder/i,
    reason: 'root may read everything, so permission cannot be refused',
  },
  { pattern: /\(needs mounting\)/, reason: 'a container may not be allowed to mount' },
  {
    pattern: /krylov.*matrices from practice.*(bcsstk13|cryg2500|west0067)/,
    reason: 'the oracle names matrices whose files are not beside it',
  },
  { pattern: /\(long\)/, reason: 'long sweeps run once, in the second run', runs: ['system'] },
  {
    pattern: /system (backend|lapack)|OpenBLAS|BLIS/i,
    reason: 'NORMBALL_BACKEND=portable leaves the system library out',
    runs: ['portable'],
  },
]

const [path, run] = process.argv.slice(2)
const results = JSON.parse(readFileSync(path, 'utf8'))
const unknown = []
let skipped = 0
for (const file of results.testResults) {
  for (const test of file.assertionResults) {
    if (test.status === 'passed' || test.status === 'failed') continue
    skipped++
    const name = `${file.name.split('/test/').at(-1)} > ${test.fullName}`
    if (!allowed.some((rule) => rule.pattern.test(name) && (!rule.runs || rule.runs.includes(run)))) unknown.push(name)
  }
}
for (const name of unknown) console.error(`skipped without a known reason: ${name}`)
if (unknown.length > 0) console.log(`skips (${run}): ${unknown.length} without a known reason`)
console.log(`${results.numPassedTests} passed, ${results.numFailedTests} failed, ${skipped} skipped`)
process.exitCode = unknown.length === 0 ? 0 : 1
