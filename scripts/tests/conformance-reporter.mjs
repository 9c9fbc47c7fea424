// Writes docs/conformance.md: which tests show which of the numbered behaviours, and how they ended. A vitest reporter.
// A test shows those whose numbers begin its own title or that of a suite around it: `it('[21] [120] close rejects …')`.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '../project.mjs'

const BEHAVIOURS = 124

export default class ConformanceReporter {
  onTestRunEnd(modules) {
    const rows = modules.flatMap((module) => [...module.children.allTests()].flatMap(rowsOf))
    rows.sort((a, b) => a.number - b.number || compare(a.file, b.file) || compare(a.title, b.title))
    writeFileSync(join(root, 'docs', 'conformance.md'), page(rows))
    const { failed, unnamed } = sums(rows)
    console.log(`\ndocs/conformance.md: ${failed.length} failed; no test for ${list(unnamed)}`)
  }
}

function rowsOf(test) {
  const titles = [test.name]
  for (let suite = test.parent; suite.type === 'suite'; suite = suite.parent) titles.unshift(suite.name)
  const numbers = new Set(titles.flatMap(numbersOf))
  const title = titles.map((part) => part.replace(leading, '')).join(' › ')
  const file = test.module.relativeModuleId
  return [...numbers].map((number) => ({ number, title, file, state: test.result().state }))
}

const leading = /^(?:\[\d{1,3}\] ?)+/

function numbersOf(title) {
  const numbers = leading.exec(title)?.[0].match(/\d+/g) ?? []
  return numbers.map(Number).filter((number) => number >= 1 && number <= BEHAVIOURS)
}

function sums(rows) {
  const named = new Set(rows.map(({ number }) => number))
  const numbers = Array.from({ length: BEHAVIOURS }, (_, k) => k + 1)
  const numbersIn = (state) =>
    numbers.filter((n) => rows.some((row) => row.number === n && row.state === state))
  return {
    named,
    unnamed: numbers.filter((number) => !named.has(number)),
    failed: numbersIn('failed'),
    skipped: numbersIn('skipped'),
  }
}

function page(rows) {
  const { named, unnamed, failed, skipped } = sums(rows)
  const table = rows.map(
    ({ number, title, file, state }) => `| ${number} | ${cell(title)} | \`${file}\` | ${state} |`,
  )
  return `# Conformance

The behaviours that this package holds itself to are numbered from 1 to ${BEHAVIOURS}; a test that shows one carries its number.
This page is written by \`npm run conformance\`, which runs the tests.

- Shown by a test: ${named.size} of ${BEHAVIOURS}
- No test names: ${list(unnamed)}
- With a test that failed: ${list(failed)}
- With a test that was skipped: ${list(skipped)}

| number | test | file | result |
| --- | --- | --- | --- |
${table.join('\n')}
`
}

function list(numbers) {
  return numbers.length > 0 ? numbers.join(', ') : 'none'
}

/** Text that a table cell shows as it is. */
function cell(text) {
  return text.replace(/\s+/g, ' ').replace(/[\\|<>*_`]/g, '\\$&')
}

/** By code unit: the same order on every machine. */
function compare(a, b) {
  return a < b ? -1 : a > b ? 1 : 0
}
