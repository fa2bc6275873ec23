/** `check` as JUnit XML, which CI services show test by test: a suite for each rule, a case for each tensor. */
import { inert } from '../core/index.js'
import type { CheckedRule, CheckFailure, CheckReport } from '../weights/index.js'

/** Names come from files: control characters, which XML cannot hold even escaped, become visible escapes. */
const clean = (text: string, limit = 500): string => inert(text, limit)

interface TestCase {
  '@_name': string
  '@_classname': string
  failure?: { '@_message': string; '@_type': string; '#text': string }
  'system-out'?: string
}

/** The XML text. Failed warnings are no failures; they stand in `system-out`. An input that could not be read is an error of a suite of its own. */
export async function toJunit(report: CheckReport): Promise<string> {
  const { default: Builder } = await import('fast-xml-builder')
  const builder = new Builder({ ignoreAttributes: false, format: true, suppressEmptyNode: true })
  const suites = report.rules.map((rule) => suiteOf(rule, report.path ?? ''))
  const errors = report.errors.map(({ code, message, file }) => ({
    '@_name': 'input',
    '@_tests': 1,
    '@_failures': 0,
    '@_errors': 1,
    testcase: [
      {
        '@_name': clean(file ?? 'input'),
        '@_classname': 'input',
        error: { '@_message': clean(message), '@_type': clean(code) },
      },
    ],
  }))
  const all = [...suites, ...errors]
  const count = (key: '@_tests' | '@_failures' | '@_errors'): number => all.reduce((sum, suite) => sum + suite[key], 0)
  return builder.build({
    '?xml': { '@_version': '1.0', '@_encoding': 'UTF-8' },
    testsuites: {
      '@_name': 'normball check',
      '@_tests': count('@_tests'),
      '@_failures': count('@_failures'),
      '@_errors': count('@_errors'),
      testsuite: all,
    },
  })
}

function suiteOf(rule: CheckedRule, path: string) {
  const classname = clean(rule.name)
  const whole = rule.failures.filter(({ tensor }) => tensor === null)
  const byTensor = new Map<string, CheckFailure[]>(rule.checked.map((name) => [name, []]))
  for (const failure of rule.failures)
    if (failure.tensor !== null) byTensor.set(failure.tensor, [...(byTensor.get(failure.tensor) ?? []), failure])
  const cases = [...byTensor].map(([name, failures]) => caseOf(name, classname, failures, rule.severity))
  // What is about the whole file is a case of its own; so is a rule that looked at no tensor.
  if (whole.length > 0 || cases.length === 0) cases.push(caseOf(path, classname, whole, rule.severity))
  return {
    '@_name': classname,
    '@_tests': cases.length,
    '@_failures': cases.filter(({ failure }) => failure).length,
    '@_errors': 0,
    testcase: cases,
  }
}

function caseOf(
  name: string,
  classname: string,
  failures: readonly CheckFailure[],
  severity: 'error' | 'warning',
): TestCase {
  const one: TestCase = { '@_name': clean(name), '@_classname': classname }
  if (failures.length === 0) return one
  const lines = failures.map(({ message }) => clean(message, 2000)).join('\n')
  if (severity === 'warning') return { ...one, 'system-out': `warning: ${lines}` }
  return {
    ...one,
    failure: {
      '@_message': clean(failures[0]!.message),
      '@_type': clean(failures[0]!.figure ?? 'rule'),
      '#text': lines,
    },
  }
}
