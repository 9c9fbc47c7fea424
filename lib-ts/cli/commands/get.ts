import { setTimeout as sleep } from 'node:timers/promises'
import type { Context, Value } from '../../index.js'
import type { CommandContext } from '../context.js'
import { UsageError, valued, type Command } from '../declare.js'
import { namesOf } from '../names.js'
import type { Formatter } from '../output/formats.js'
import { integer, interval } from '../readers.js'
import { Turns } from '../turns.js'

const repeat = valued('repeat', 'T', 'read again each T', interval)
const count = valued('count n', 'N', 'with --repeat: N times', integer(1))

export const get: Command = {
  name: 'get',
  forms: ['NAME…', '-f FILE'],
  completes: 'pv',
  options: [repeat, count],
  shares: ['names', 'timeout', 'request', 'output', 'network'],
  notes: [
    'All PVs are read at once and printed in the order of their names. A failure of one is told on stderr and never hides another.',
  ],
  examples: ['node-pvxs get demo:temperature', 'node-pvxs get demo:temperature --json'],
  run: async (context) => {
    const names = await namesOf(context)
    const every = context.options.of(repeat)
    const rounds = context.options.of(count)
    if (rounds !== undefined && every === undefined)
      throw new UsageError('-n counts the rounds of --repeat T')
    const format = await context.format(names)
    const ctx = await context.open()
    for (let round = 1; ; round++) {
      const start = performance.now()
      await readAll(context, ctx, names, format)
      if (every === undefined || round === rounds) return
      await sleep(Math.max(0, start + every - performance.now()), undefined, { signal: context.signal })
    }
  },
}

type Outcome = { readonly value: Value } | { readonly error: unknown }

async function readAll(
  context: CommandContext,
  ctx: Context,
  names: readonly string[],
  format: Formatter,
): Promise<void> {
  const { selection, target, timeout, signal } = context
  const partial = selection.fields !== undefined || selection.request !== undefined
  const read = (name: string): Promise<Outcome> =>
    ctx.get(name, { ...selection, ...target, timeout, signal }).then(
      (value) => ({ value }),
      (error: unknown) => ({ error }),
    )
  const outcomes = new Map([...new Set(names)].map((name) => [name, read(name)]))
  const turns = new Turns()
  for (const name of names) {
    const outcome = await outcomes.get(name)
    await turns.next()
    signal.throwIfAborted()
    if (outcome === undefined) continue
    try {
      if ('error' in outcome) throw outcome.error
      const { value } = outcome
      await context.stdout.write(
        format.reading({
          name,
          value,
          update: false,
          ...(partial && { sent: context.asked(value.$changed) }),
        }),
      )
    } catch (error) {
      await context.stdout.write(format.failure(name, error))
      context.failed(name, error, names.length === 1)
    }
  }
}
