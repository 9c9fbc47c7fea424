import { expect, it } from 'vitest'
import { inParallel, runProgram } from './child.js'

const CHILDREN = Number(process.env['NODE_PVXS_CHILDREN'] ?? 100)

// L-03. The delays are spread over 0 to 50 ms, the same each time: a failure names its delay.
it(`[113] process.exit() at any moment, ${CHILDREN} times`, { timeout: CHILDREN * 3_000 }, async () => {
  const ends: number[] = []
  await inParallel(CHILDREN, 2, async (n) => {
    const delay = (n * 50) / CHILDREN
    const ended = await runProgram('random-exit.mjs', [String(delay)], { limit: 20_000 })
    const end = performance.timeOrigin + performance.now()
    const { code, signal, stderr, stdout } = ended
    expect({ delay, code, signal, stderr }).toEqual({ delay, code: 0, signal: null, stderr: '' })
    const { began } = JSON.parse(stdout) as { began: number }
    ends.push(end - began)
  })
  expect(ends.length).toBe(CHILDREN)
  ends.sort((a, b) => a - b)
  // From process.exit() to the last we hear of the process. 500 ms on an idle machine; this one may be busy.
  expect(ends[Math.floor(CHILDREN * 0.99) - 1]).toBeLessThan(2_500)
})
