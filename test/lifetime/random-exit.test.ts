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
    const said = stdout.startsWith('{"n":') // on its way out it speaks after the addon has shut down
    expect({ delay, code, signal, stderr, said }).toEqual({
      delay,
      code: 0,
      signal: null,
      stderr: '',
      said: true,
    })
    const { began } = JSON.parse(stdout) as { began: number }
    ends.push(end - began)
  })
  expect(ends.length).toBe(CHILDREN)
  ends.sort((a, b) => a - b)
  // From process.exit() to the last we hear of the process. 500 ms on an idle machine; this one may be busy, or stand
  // still for a while, and the two that run at once with it.
  expect(ends[Math.floor(CHILDREN * 0.98) - 1]).toBeLessThan(2_500)
})
