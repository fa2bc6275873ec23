import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { parseXml } from '../weights/check-xml.js'
import { run, safetensors, temporaryFolder } from './run.js'

const folder = temporaryFolder()
const write = (name: string, bytes: Uint8Array | string): string => {
  const path = join(folder, name)
  writeFileSync(path, bytes)
  return path
}
const model = (factor: number) =>
  safetensors({ 'fc.weight': { shape: [2, 3], values: [1, -2, 0.5, 4, 5, -6].map((x) => factor * x) } })
const good = write('good.safetensors', model(1))
const other = write('other.safetensors', model(2))
const bad = write('nan.safetensors', safetensors({ 'fc.weight': { shape: [2, 2], values: [1, Number.NaN, 3, 4] } }))
const rules = write('rules.yaml', 'rules:\n  - name: small\n    limits: { linf: { max: 6 } }\n')
const soft = write('soft.json', '{"rules": [{"name": "small", "severity": "warning", "limits": {"linf": {"max": 1}}}]}')
const wrong = write('wrong.yaml', 'rules:\n  - name: small\n    limit: 1\n')
const change = write('change.yaml', 'rules:\n  - name: same\n    change: { changed: { equals: 0 } }\n')

describe('normball check', () => {
  const table: readonly (readonly [string, readonly string[], number])[] = [
    ['default rules on a clean file', [good], 0],
    ['default rules on NaN', [bad], 1],
    ['rules that hold', [good, '--rules', rules], 0],
    ['rules that fail', [other, '--rules', rules], 1],
    ['a warning', [good, '--rules', soft], 0],
    ['a warning that was asked for', [good, '--rules', soft, '--fail-on', 'warning'], 1],
    ['the same baseline', [good, '--rules', change, '--baseline', good], 0],
    ['another baseline', [good, '--rules', change, '--baseline', other], 1],
    ['no baseline', [good, '--rules', change], 2],
    ['wrong rules', [good, '--rules', wrong], 2],
    ['no rules file', [good, '--rules', join(folder, 'nowhere.yaml')], 2],
    ['a file that is no checkpoint', [rules], 3],
    ['no such file', [join(folder, 'nowhere.safetensors')], 4],
    ['no baseline file', [good, '--rules', change, '--baseline', join(folder, 'nowhere.safetensors')], 4],
  ]
  for (const [what, args, expected] of table)
    it(`${what}: exit code ${expected}`, async () => {
      const { code, stderr } = await run(['check', ...args])
      expect(code, stderr).toBe(expected)
      if (expected > 1) expect(stderr).toMatch(/^normball: [^\n]+\n$/)
      else expect(stderr).toBe('')
    })

  it('tells line and column of what is wrong with the rules', async () => {
    const { stderr, stdout } = await run(['check', good, '--rules', wrong, '--json'])
    expect(stderr).toBe(
      `normball: ${wrong}:2:5: rule 'small': nothing is checked. Expected at least one of limits, flags, change, totals, required, forbidden, lipschitz. And 1 more: line 3.\n`,
    )
    expect(JSON.parse(stdout).error.code).toBe('bad-rules')
  })

  it('names the tensor and the figure that failed', async () => {
    const { stdout } = await run(['check', other, '--rules', rules])
    expect(stdout).toContain('fc.weight')
    expect(stdout).toContain('linf is 12; expected at most 6. [small]')
  })

  it('--json and --junit agree', async () => {
    const junit = join(folder, 'junit.xml')
    const { stdout } = await run(['check', other, '--rules', rules, '--json', '--junit', junit])
    const report = JSON.parse(stdout)
    expect(report).toMatchObject({
      command: 'check',
      passed: false,
      counts: { rules: 1, failedErrors: 1, failedWarnings: 0, failures: 1 },
    })
    const xml = parseXml(readFileSync(junit, 'utf8'))
    expect(xml.attributes).toMatchObject({ tests: '1', failures: '1' })
    expect(xml.children[0]!.children[0]!.children[0]!.attributes['message']).toBe(report.rules[0].failures[0].message)
  })

  it('never writes over an input', async () => {
    expect((await run(['check', good, '--junit', good])).code).toBe(2)
    expect((await run(['check', good, '--rules', rules, '--junit', rules])).code).toBe(2)
  })
})
