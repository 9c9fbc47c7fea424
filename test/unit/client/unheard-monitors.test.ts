// What is told of monitors that hear nothing, when a PV is between two states as it is asked about.
import { afterEach, expect, it, vi } from 'vitest'
import { setLogger, type LogLine } from 'node-pvxs'
import { UnheardMonitors } from '../../../lib-ts/client/unheard-monitors.js'
import type { ContextCore } from '../../../lib-ts/client/context-core.js'
import { until } from '../fixtures.js'

afterEach(() => {
  vi.useRealTimers()
  setLogger(null)
})

it('asks again for a name about which nothing could be said, and tells it then', async () => {
  vi.useFakeTimers({ toFake: ['performance'] })
  const lines: LogLine[] = []
  setLogger((line) => lines.push(line))
  const waits: number[] = []
  const deadlines = { add: (_: unknown, ms: number) => waits.push(ms) }
  const unheard = new UnheardMonitors({ closed: false, env: { deadlines } } as unknown as ContextCore)
  const answers = [undefined, { phase: 'connect', server: 'ioc:5075', trouble: undefined }]
  let asked = 0
  unheard.add({ pv: 'late', progress: () => Promise.resolve(answers[asked++] as never) })
  vi.advanceTimersByTime(5_000)
  unheard.expired()
  vi.useRealTimers()
  await until(() => waits.length === 2, 'it to be asked again')
  expect(lines).toEqual([])
  vi.useFakeTimers({ toFake: ['performance'], now: Date.now() })
  vi.advanceTimersByTime(60_000_000)
  unheard.expired()
  vi.useRealTimers()
  await until(() => lines.length === 1, 'the line')
  expect(lines[0]?.message).toContain('"late" found on server ioc:5075')
  expect(asked).toBe(2)
})
