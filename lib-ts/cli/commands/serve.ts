import type { Server, ServerOptions } from '../../index.js'
import { escapeLine, quote } from '../../input/index.js'
import type { CommandContext } from '../context.js'
import { toggle, UsageError, valued, type Command } from '../declare.js'
import { definitionOf, definitionsIn, hertz, keyNames, type Definition } from '../definitions.js'
import { REFUSED } from '../failures.js'
import { checkedName, textOf } from '../names.js'
import * as shared from '../options.js'
import { jsonText } from '../output/json.js'
import { addresses, integer, interval, text } from '../readers.js'
import { simNames, simOf } from '../simulate.js'
import { Keep } from '../serving/keep.js'
import { hostOf, tryLine } from '../serving/reach.js'
import { Steps } from '../serving/steps.js'
import { servedPv, type Change, type Served } from '../serving/served.js'

const file = valued('file f', 'FILE', 'definitions from a file, one per line; -: from stdin', text, {
  complete: 'file',
})
const sim = valued(
  'sim',
  'SIM',
  'simulation of all that have no value and name none',
  (text, option) => simOf(text, option),
  {
    words: simNames,
  },
)
const rate = valued('rate', 'HZ', 'steps per second of simulations, default 10', hertz)
const period = valued('period', 'T', 'period of simulations, default 10 s', interval)
const port = valued('port', 'N', 'TCP port, default 5075; 0: a free one', integer(0, 65_535))
const udpPort = valued(
  'udp-port',
  'N',
  'UDP port of searches, default 5076; 0: a free one',
  integer(0, 65_535),
)
const interfaces = valued('interface', 'LIST', 'local addresses to listen on, default all', addresses)
const local = toggle('local', '127.0.0.1 only, usual ports')
const isolated = toggle('isolated', '127.0.0.1 only, free ports, no variables')
const prefix = valued('prefix', 'P', 'in front of every name', text)
const persist = valued('persist', 'FILE', 'keep the values of mailboxes in this file', text, {
  complete: 'file',
})
const demo = toggle('demo', 'one PV of every kind, under demo:')

export const serve: Command = {
  name: 'serve',
  forms: ['DEFINITION…', '-f FILE', '--demo'],
  options: [
    file,
    sim,
    rate,
    period,
    port,
    udpPort,
    interfaces,
    local,
    isolated,
    prefix,
    persist,
    demo,
    shared.json,
  ],
  shares: [],
  notes: [
    'DEFINITION is NAME[=TYPE][=VALUE] [key=word…], in quotes when it has blanks. TYPE is a code such as float64 or int32[], a word of PVXS such as double, enum(Off,Warm up,Run), table(i:int32,name:string) or image(64x48). Without one it follows from the value: a number, true, [1,2], ["a"], else text; without a value it is float64.',
    `Keys: ${keyNames.join(', ')}. drvl and drvh clamp a put; lolo, low, high and hihi set the alarm.`,
    `Simulations: ${simNames.join(', ')}. They take no put.`,
    'It serves until SIGINT or SIGTERM, and ends with 0.',
  ],
  examples: [
    'node-pvxs serve lab:x=1.5 lab:note=string',
    "node-pvxs serve 'lab:t sim=sine egu=C hihi=0.9'",
    'node-pvxs serve --demo --isolated',
  ],
  run: async (context) => {
    const definitions = await definitionsOf(context)
    const core = await context.core()
    const { options } = context
    const serving = new Serving(context)
    const defaults = { sim: options.of(sim), rate: options.of(rate), period: options.of(period) }
    const served = definitions.map((one) => servedPv(core, one, defaults, (change) => serving.tell(change)))
    if (defaults.sim !== undefined && !served.some(({ step }) => step !== undefined))
      throw new UsageError(`--sim ${defaults.sim}: no PV can be simulated so`)
    if (options.of(demo) === true) {
      const { demoPvs } = await import('../serving/demo.js')
      served.push(...demoPvs(core, options.of(prefix) ?? '', (change) => serving.tell(change)))
    }
    distinct(served)
    const path = options.of(persist)
    const keep = path === undefined ? undefined : new Keep(path, served, serving)
    await serving.run(served, keep, new core.Server(serverOptions(context)))
  },
}

async function definitionsOf(context: CommandContext): Promise<Definition[]> {
  const { args, options, signal } = context
  const found = args.map((one) => definitionOf(one, `definition ${quote(one)}`))
  for (const path of options.all(file))
    found.push(...definitionsIn(await textOf(path, signal), path === '-' ? 'stdin' : path))
  if (found.length === 0 && options.of(demo) !== true) {
    const paths = options.all(file).map((path) => JSON.stringify(path))
    throw new UsageError(paths.length === 0 ? 'no PV is defined' : `no PV is defined in ${paths.join(', ')}`)
  }
  const front = options.of(prefix) ?? ''
  for (const { name, where } of found) {
    if (front === '' && args.length > 1 && keyNames.includes(name) && where.startsWith('definition'))
      context.note(`${name} becomes a PV; a key belongs inside the quotes: 'NAME ${name}=…'`)
  }
  return found.map((one) => ({ ...one, name: checkedName(front + one.name, `${one.where}: `) }))
}

function distinct(served: readonly Served[]): void {
  const names = new Set<string>()
  for (const { name } of served) {
    if (names.has(name)) throw new UsageError(`the PV ${quote(name)} is defined twice`)
    names.add(name)
  }
}

function serverOptions({ options }: CommandContext): ServerOptions {
  const alone = [local, isolated, interfaces].filter((option) => options.of<unknown>(option) !== undefined)
  if (alone.length > 1)
    throw new UsageError(
      `${alone.map(({ name }) => `--${name}`).join(' and ')} say different things: give one`,
    )
  const ports = { tcpPort: options.of(port), udpPort: options.of(udpPort) }
  if (options.of(isolated) === true) {
    return { isolated: true, tcpPort: ports.tcpPort ?? 0, udpPort: ports.udpPort ?? 0 }
  }
  if (options.of(local) === true)
    return { ...ports, interfaces: ['127.0.0.1'], beaconDestinations: ['127.0.0.1'], autoBeacon: false }
  return { ...ports, interfaces: options.of(interfaces) }
}

/** A server that runs, and what it tells. */
class Serving {
  readonly #context: CommandContext
  readonly #json: boolean
  #keep: Keep | undefined

  constructor(context: CommandContext) {
    this.#context = context
    this.#json = context.options.of(shared.format) === 'json'
  }

  note(text: string): void {
    this.#context.note(text)
  }

  failed(reason: string): void {
    this.#context.note(reason)
  }

  /** Tells of a put. */
  tell(change: Change): void {
    this.#keep?.changed()
    if (this.#json) void this.#context.stdout.write(jsonText({ event: 'put', ...change }))
    if (!this.#context.verbose) return
    const { name, old, new: now, account, peer } = change
    const text = `put ${name}: ${JSON.stringify(old)} -> ${JSON.stringify(now)} by ${account} from ${peer}`
    this.#context.talk(`${escapeLine(text)}\n`)
  }

  async run(served: readonly Served[], keep: Keep | undefined, server: Server): Promise<void> {
    const context = this.#context
    this.#keep = keep
    for (const { name, pv } of served) server.addPV(name, pv)
    await server.start()
    const steps = new Steps(served)
    this.#announce(served, server)
    await context.untilSignal()
    steps.stop()
    if (keep?.stop() === false) context.fail(REFUSED)
    await server.close()
  }

  #announce(served: readonly Served[], server: Server): void {
    const { tcpPort, udpPort, config } = server
    const context = this.#context
    const wanted = context.options.of(port)
    if (wanted !== undefined && wanted !== 0 && wanted !== tcpPort)
      this.note(`TCP port ${wanted} is taken; ${tcpPort} is used instead`)
    const where = config.interfaces.map((address) => `${hostOf(address)}:${tcpPort}`).join(', ')
    const count = served.length === 1 ? '1 PV' : `${served.length} PVs`
    const moving = served.find(({ step }) => step !== undefined) ?? served[0]
    const line = tryLine({ interfaces: config.interfaces, tcpPort, udpPort }, 'monitor', moving?.name ?? '')
    if (this.#json)
      void context.stdout.write(
        jsonText({ event: 'ready', tcpPort, udpPort, pvs: served.map(({ name }) => name) }),
      )
    context.talk(`serving ${count} on ${where}, searches on UDP port ${udpPort}\ntry: ${escapeLine(line)}\n`)
  }
}
