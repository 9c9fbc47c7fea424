import { escapeLine } from '../../input/index.js'
import { ARRAY, SCALAR, serveBench, SERVES, startServer, UPDATES } from '../bench/server.js'
import * as rows from '../bench/rows.js'
import type { Bench, Row } from '../bench/rows.js'
import type { CommandContext } from '../context.js'
import { UsageError, valued, type Command } from '../declare.js'
import { checkedName } from '../names.js'
import { format, json } from '../options.js'
import { jsonText } from '../output/json.js'
import { padEnd } from '../output/width.js'
import { interval } from '../readers.js'

const during = valued('for', 'T', 'time of each row, default 2 s', interval)

const EACH = 2_000

export const bench: Command = {
  name: 'bench',
  forms: ['', 'NAME…'],
  completes: 'pv',
  options: [during, json],
  shares: ['timeout', 'network'],
  notes: [
    'Without a NAME it starts a server of its own in a second process, on loopback. Named PVs are read and watched only, never written.',
    'CPU is that of this process for each update.',
  ],
  examples: ['node-pvxs bench', 'node-pvxs bench demo:temperature --for 5'],
  run: async (context) => {
    if (process.env[SERVES] === '1') return serveBench(context)
    const names = context.args.map((name) => checkedName(name))
    if (names.length === 0 && context.target.server !== undefined)
      throw new UsageError('--server: name the PVs to read there')
    return names.length === 0 ? measureOwn(context) : measureNamed(context, names)
  },
}

type Measure = (bench: Bench) => Promise<Row>

async function measureOwn(context: CommandContext): Promise<void> {
  const server = await startServer(context)
  try {
    const { Context } = await context.core()
    const ctx = new Context({
      useEnv: false,
      autoAddressList: false,
      addressList: [],
      interfaces: ['127.0.0.1'],
    })
    const all: readonly (readonly [Measure, string])[] = [
      [rows.getsInTurn, SCALAR],
      [rows.getsInWaves, SCALAR],
      [rows.putsInTurn, SCALAR],
      [rows.putsInWaves, SCALAR],
      [rows.updates, UPDATES],
      [rows.arrays, ARRAY],
    ]
    for (const [measure, pv] of all) {
      const { ms, timeout, signal } = limits(context)
      print(
        context,
        await measure({ ctx, pv, target: { server: server.address }, ms, timeout, signal }),
        false,
      )
    }
  } finally {
    server.stop()
  }
}

async function measureNamed(context: CommandContext, names: readonly string[]): Promise<void> {
  const ctx = await context.open()
  const { target } = context
  for (const pv of names) {
    try {
      for (const measure of [rows.getsInTurn, rows.getsInWaves, rows.updates])
        print(context, await measure({ ctx, pv, target, ...limits(context) }), true)
    } catch (error) {
      context.signal.throwIfAborted()
      context.failed(pv, error, names.length === 1)
    }
  }
}

function limits({ options, timeout, signal }: CommandContext): Pick<Bench, 'ms' | 'timeout' | 'signal'> {
  return { ms: options.of(during) ?? EACH, timeout, signal }
}

const ROW_WIDTH = 25
const VALUE_WIDTH = 10

function print(context: CommandContext, row: Row, named: boolean): void {
  if (context.options.of(format) === 'json') {
    void context.stdout.write(jsonText(row))
    return
  }
  const { value, unit, p50, p99, cpu } = row
  const more = [
    ...(p50 === undefined || p99 === undefined ? [] : [`p50 ${p50.toFixed(0)} µs  p99 ${p99.toFixed(0)} µs`]),
    ...(cpu === undefined ? [] : [`${cpu.toFixed(2)} µs CPU each`]),
  ]
  const shown = (value >= 100 ? value.toFixed(0) : value.toFixed(1)).padStart(VALUE_WIDTH)
  const front = named ? `${escapeLine(row.pv)}  ` : ''
  void context.stdout.write(
    `${front}${padEnd(row.row, ROW_WIDTH)}${shown} ${padEnd(unit, 9)}  ${more.join('  ')}`.trimEnd() + '\n',
  )
}
