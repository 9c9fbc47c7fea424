// npm run conformance: the whole suite, and docs/conformance.md from what it showed.
process.env.CONFORMANCE = '1'
await import('../tests/test.mjs')
