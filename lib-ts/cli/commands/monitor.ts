import { toggle, UsageError, valued, type Command } from '../declare.js'
import { TIMED_OUT } from '../failures.js'
import { follow, type Watcher } from '../follow.js'
import { namesOf } from '../names.js'
import { integer, interval } from '../readers.js'

const count = valued('count n', 'N', 'end after N updates in all', integer(1))
const during = valued('for', 'T', 'end after this time', interval)
const every = valued('every', 'T', 'at most one line per PV in this time, the newest value', interval)
const events = toggle('events', 'connections as data, on stdout')
const queue = valued('queue', 'N', 'updates that may wait, default 16', integer(2, 1_000_000))
const pipeline = toggle('pipeline', 'slow the server down instead of merging updates')
const stats = toggle('stats', 'at the end, per PV on stderr: updates, rate, squashed, longest gap')
const watch = toggle('watch', 'a table that is redrawn in place; q ends it')

export const monitor: Command = {
  name: 'monitor',
  forms: ['NAME…', '-f FILE'],
  completes: 'pv',
  options: [count, during, every, events, queue, pipeline, stats, watch],
  shares: ['names', 'timeout', 'request', 'output', 'network'],
  notes: [
    'It goes on until it is interrupted, and reconnects by itself. With -w a PV without a first value in that time is a failure; without, it is told after 5 s and searched on.',
    'Connections that break and come back are told on stderr. A PV that is refused or finished by its server does not stop the others.',
  ],
  examples: ['node-pvxs monitor demo:temperature', 'node-pvxs monitor demo:temperature --every 1 -F delta'],
  run: async (context) => {
    const { options } = context
    const names = await namesOf(context)
    const pace = options.of(every)
    const size = options.of(queue)
    const board = options.of(watch) === true
    if (pace !== undefined && (size !== undefined || options.of(pipeline) === true))
      throw new UsageError('--every takes the newest value only: no --queue and no --pipeline with it')
    if (board && options.of(events) === true)
      throw new UsageError('--watch shows the state: no --events with it')
    const watcher: Watcher = board
      ? (await import('../board.js')).boardOf(context, names, pace)
      : (await import('../lines.js')).linesOf(
          context,
          await context.format(names),
          options.of(events) === true,
        )
    try {
      const updates = await follow(context, names, watcher, {
        most: options.of(count),
        during: options.of(during),
        every: board ? undefined : pace,
        queueSize: size,
        pipeline: options.of(pipeline),
        stats: options.of(stats) === true,
        latest: board || pace !== undefined,
      })
      if (updates === 0 && options.of(during) !== undefined && context.exitCode === 0) {
        context.fail(TIMED_OUT)
        context.note('no update came')
      }
    } finally {
      await watcher.end?.()
    }
  },
}
