import { expect, it } from 'vitest'
import { runProgram } from './child.js'

const WORKERS = Number(process.env['NODE_PVXS_WORKERS'] ?? 100)

interface State {
  readonly rss: number
  readonly threads: number
  readonly fds: number
}

async function workers(...args: string[]): Promise<Readonly<Record<'before' | 'middle' | 'after', State>>> {
  const { code, signal, stdout, stderr } = await runProgram('workers.mjs', args, {
    limit: 60_000 + WORKERS * 2_000,
  })
  expect({ code, signal }, stderr).toEqual({ code: 0, signal: null })
  expect(stderr).toBe('')
  return JSON.parse(stdout) as Record<'before' | 'middle' | 'after', State>
}

// L-01. One in four each: ends by itself, process.exit(), throws, terminate().
it.each([
  [WORKERS, 'one after another', 'workers', '1'],
  [WORKERS / 4, 'beside a main thread that uses the package too', 'main', '1'],
  [WORKERS / 2, 'eight at a time', 'workers', '8'],
])(
  '[114] %d workers come and go, %s',
  { timeout: 120_000 + WORKERS * 4_000 },
  async (count, _, where, width) => {
    const { before, middle, after } = await workers(String(count), where, width)
    expect(after.threads).toBeLessThanOrEqual(before.threads)
    expect(after.fds).toBeLessThanOrEqual(before.fds)
    // The first half leaves the allocator's own slack; the second must not leave as much once more.
    const first = Math.max(0, middle.rss - before.rss)
    expect(after.rss - middle.rss).toBeLessThan(first / 2 + (16 << 20) + WORKERS * 6 * 1024)
  },
)
