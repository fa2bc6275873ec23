/** `check` as a view: what failed first, then every rule. */
import type { CheckedRule, CheckReport } from '../../weights/index.js'
import type { Section, Tone, View, ViewTable } from './view.js'

/** The report as a list of failures and a table of rules. */
export function checkView(report: CheckReport): View {
  const { path, baseline, rulesFrom, counts, passed, rules } = report
  return {
    title: path ?? 'check',
    facts: [
      passed
        ? counts.failedWarnings === 0
          ? 'every rule holds'
          : 'no rule of severity error failed'
        : 'the check failed',
      `rules: ${rulesFrom ?? 'the default ones'}`,
      ...(baseline === null ? [] : [`baseline: ${baseline}`]),
    ],
    sections: [
      {
        kind: 'cards',
        cards: [
          { title: 'rules', value: counts.rules, format: 'count' },
          { title: 'passed', value: counts.rules - counts.failedErrors - counts.failedWarnings, format: 'count' },
          { title: 'failed', value: counts.failedErrors, format: 'count' },
          { title: 'warnings', value: counts.failedWarnings, format: 'count' },
        ],
      },
      ...trouble(report),
      ...failed(rules, 'error', 'What failed'),
      ...failed(rules, 'warning', 'Warnings'),
      ruleTable(rules),
    ],
  }
}

function trouble({ errors, warnings }: CheckReport): Section[] {
  const items = [
    ...errors.map(({ file, message }) => ({ tone: 'error' as const, name: file ?? '', text: message })),
    ...warnings.map((text) => ({ tone: 'warning' as const, text })),
  ]
  return items.length === 0 ? [] : [{ kind: 'list', title: 'The input', items }]
}

function failed(rules: readonly CheckedRule[], severity: 'error' | 'warning', title: string): Section[] {
  const items = rules
    .filter((rule) => rule.severity === severity)
    .flatMap(({ name, failures }) =>
      failures.map(({ tensor, message }) => ({
        tone: severity as Tone,
        ...(tensor === null ? {} : { name: tensor }),
        text: `${message} [${name}]`,
      })),
    )
  return items.length === 0 ? [] : [{ kind: 'list', title, items, top: 20 }]
}

function ruleTable(rules: readonly CheckedRule[]): ViewTable {
  return {
    kind: 'table',
    title: 'Rules',
    columns: [
      { key: 'rule', title: 'rule', meaning: 'Name of the rule.', format: 'text' },
      { key: 'outcome', title: 'outcome', meaning: 'Whether it holds.', format: 'text', rank: 0 },
      {
        key: 'severity',
        title: 'severity',
        meaning: 'Only a failed error makes the check fail.',
        format: 'text',
        rank: 1,
      },
      { key: 'checked', title: 'tensors', meaning: 'Tensors that were looked at.', format: 'count', rank: 2 },
      { key: 'failures', title: 'failures', meaning: 'Findings against the rule.', format: 'count', rank: 1 },
    ],
    rows: rules.map(({ name, severity, passed, checked, failures }) => ({
      tone: passed ? 'good' : severity,
      cells: [name, passed ? 'passed' : 'failed', severity, checked.length, failures.length],
    })),
  }
}
