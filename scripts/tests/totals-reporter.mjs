// Ends a vitest run with what was skipped and why, and one plain line that a program can read:
// `N passed, N failed`, and `, N skipped` when there are any.
// A file that could not be collected and an error outside of any test count as one failure each.
// NODE_PVXS_TOTALS names a file that gets the same as JSON, with the names of what failed.
import { writeFileSync, writeSync } from 'node:fs'

const REASON = / \(skipped: (.*)\)$/

export default class TotalsReporter {
  #pattern

  onInit(vitest) {
    this.#pattern = vitest.getGlobalTestNamePattern()
  }

  onTestRunEnd(modules, unhandledErrors) {
    const totals = totalsOf(modules, unhandledErrors, this.#pattern)
    const notes = process.env.NODE_PVXS_TOTALS
    if (notes !== undefined) writeFileSync(notes, JSON.stringify(totals))
    const lines = linesOf(totals).map((line) => `${line}\n`)
    // The default reporter prints its summary in the same hook, and vitest may still say that it waits
    // for something to close: these lines have to come after both.
    process.once('exit', () => writeSync(process.stdout.fd, lines.join('')))
  }
}

function totalsOf(modules, unhandledErrors, pattern) {
  let passed = 0
  const failures = unhandledErrors.map((error) => `outside of any test: ${error.message ?? String(error)}`)
  const skipped = []
  for (const module of modules) {
    failures.push(...brokenSuites(module))
    for (const test of module.children.allTests()) {
      const { state } = test.result()
      if (state === 'passed') passed++
      else if (state !== 'skipped') failures.push(`${test.module.relativeModuleId} > ${test.fullName}`)
      // what `-t` leaves out was not asked for
      else if (wasAskedFor(test, pattern)) skipped.push(groupOf(test))
    }
  }
  return { passed, failed: failures.length, skipped: skipped.length, failures, groups: counted(skipped) }
}

function linesOf({ passed, failed, skipped, groups }) {
  const totals = `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`
  return [...Object.entries(groups).map(([group, count]) => `skipped ${count}: ${group}`), totals]
}

function counted(names) {
  const counts = {}
  for (const name of names) counts[name] = (counts[name] ?? 0) + 1
  return counts
}

function wasAskedFor(test, pattern) {
  // Vitest matches the names of the groups and the test, joined by a space.
  return pattern === undefined || pattern.test([...parentsOf(test), test].map(({ name }) => name).join(' '))
}

/** The suites around a test, the outermost first. */
function parentsOf(test) {
  const parents = []
  for (let suite = test.parent; suite.type === 'suite'; suite = suite.parent) parents.unshift(suite)
  return parents
}

/** Where a skipped test belongs, and the reason: the outermost name that gives one, or a hook that failed. */
function groupOf(test) {
  const around = [...parentsOf(test), test]
  const file = test.module.relativeModuleId
  const said = around.find(({ name }) => REASON.test(name))
  if (said !== undefined) return `${file}: ${said.name.replace(REASON, ': $1')}`
  const broken = around.slice(0, -1).find((suite) => suite.errors().length > 0)
  if (broken !== undefined) return `${file}: ${broken.name}: a hook failed`
  if (test.module.errors().length > 0) return `${file}: a hook failed`
  return `${file}: ${test.name}: ${test.result().note ?? 'no reason is given'}`
}

/** Errors that belong to a suite rather than a test: a failed hook, a file that does not load. */
function brokenSuites(module) {
  const file = module.relativeModuleId
  const suites = [...module.children.allSuites()].flatMap((suite) =>
    suite.errors().map(({ message }) => `${file} > ${suite.fullName}: ${message}`),
  )
  return [...module.errors().map(({ message }) => `${file}: ${message}`), ...suites]
}
