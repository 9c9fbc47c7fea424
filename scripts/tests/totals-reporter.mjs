// Ends a vitest run with one plain line, `N passed, N failed`, that a program can read.
// A file that could not be collected and an error outside of any test count as one failure each.
import { writeSync } from 'node:fs'

export default class TotalsReporter {
  onTestRunEnd(modules, unhandledErrors) {
    let passed = 0
    let failed = unhandledErrors.length
    for (const module of modules) {
      for (const test of module.children.allTests()) {
        const { state } = test.result()
        if (state === 'passed') passed++
        else if (state !== 'skipped') failed++
      }
      failed += countBrokenSuites(module)
    }
    // The default reporter prints its summary in the same hook, and vitest may still say that it waits
    // for something to close: this line has to come after both.
    process.once('exit', () => writeSync(process.stdout.fd, `${passed} passed, ${failed} failed\n`))
  }
}

// Errors that belong to a suite rather than a test: a failed hook, a file that does not load.
function countBrokenSuites(module) {
  let broken = module.errors().length
  for (const suite of module.children.allSuites()) broken += suite.errors().length
  return broken
}
