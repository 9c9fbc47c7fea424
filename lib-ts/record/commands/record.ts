import { escapeLine, quote } from '../../input/index.js'
import {
  integer,
  namesOf,
  REFUSED,
  text,
  textOf,
  toggle,
  UsageError,
  valued,
  type Command,
  type CommandContext,
} from '../../cli/index.js'
import { JsonLines, type Sink } from '../../telemetry/index.js'
import {
  ConfigError,
  parseConfig,
  Recorder,
  sinkOfUrl,
  type Policy,
  type RecordConfig,
  type SinkConfig,
} from '../index.js'

const number = (word: string, option: string): number => {
  const found = /^(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(word) ? Number(word) : NaN
  if (!Number.isFinite(found)) throw new UsageError(`${option}: ${quote(word)} is not a number of 0 or more`)
  return found
}

const to = valued(
  'to',
  'URL',
  'where to: jsonl:FILE, jsonl:- for stdout, influx://HOST/DATABASE; may be repeated',
  text,
)
const spool = valued('spool', 'DIR', 'a folder in which samples wait, so that no crash loses them', text, {
  complete: 'file',
})
const deadband = valued(
  'deadband',
  'X',
  'only values that are further than X from the last one recorded',
  number,
)
const every = valued('every', 'MS', 'the newest value again after MS without one', integer(1))
const minPeriod = valued('min-period', 'MS', 'at most one sample per PV in MS', integer(0))
const name = valued('name', 'NAME', 'the name of this recorder', text)

const check = toggle('check', 'with a configuration: tell its faults, all of them, and connect to nothing')

const SECOND = 1_000

export const record: Command = {
  name: 'record',
  forms: ['PV… --to URL…', '-f FILE --to URL…', 'CONFIG.jsonc', '--check CONFIG.jsonc'],
  completes: 'pv',
  options: [to, spool, deadband, every, minPeriod, name, check],
  shares: ['names', 'network'],
  notes: [
    'It goes on until SIGINT or SIGTERM, delivers what waits within 10 s, and exits 0, or 1 when something was lost or refused for good. A second signal ends it at once. SIGHUP opens files anew, after logs were rotated.',
    'PVs that are not there are waited for, and sinks that are down are tried again. On a terminal, stderr shows how it goes.',
  ],
  examples: ['node-pvxs record demo:temperature demo:mode --to jsonl:lab.jsonl'],
  run: async (context) => {
    const { config, sinks } = await configOf(context)
    if (context.options.of(check) === true) {
      context.note(`${config.pvs.length} PVs, ${Object.keys(config.sinks).length} sinks: no faults`)
      return
    }
    const core = await context.open()
    const recorder = await started(config, { context: core, sinks, log: (line) => context.note(line) })
    context.onHangup(() => {
      recorder.reopen().catch((error: unknown) => {
        context.note((error as Error).message)
      })
    })
    const ticker = context.stderr.terminal ? setInterval(() => show(context, recorder), SECOND) : undefined
    if (context.verbose) context.note(`recording ${config.pvs.length} PVs`)
    await context.untilSignal(true)
    clearInterval(ticker)
    const failed = Object.values(recorder.status().sinks).some(({ state }) => state === 'failed')
    await recorder.close()
    await core.close()
    if (recorder.lost > 0 || failed) context.fail(REFUSED)
    if (context.stderr.terminal) context.talk('\n')
  },
}

async function started(...args: Parameters<typeof Recorder.start>): Promise<Recorder> {
  try {
    return await Recorder.start(...args)
  } catch (error) {
    throw error instanceof ConfigError ? new UsageError(error.message) : error
  }
}

async function configOf(context: CommandContext): Promise<{
  readonly config: RecordConfig
  readonly sinks: Readonly<Record<string, Sink>>
}> {
  const { options: given } = context
  const [file, ...more] = context.args
  if (file !== undefined && /\.jsonc?$/.test(file)) {
    if (more.length > 0 || given.all(to).length > 0)
      throw new UsageError('a configuration names its PVs and sinks itself: no PV and no --to with it')
    return { config: await configIn(context, file), sinks: {} }
  }
  const names = [...new Set(await namesOf(context))]
  const urls = given.all(to)
  if (urls.length === 0) throw new UsageError('no sink is named: --to jsonl:FILE')
  const sinks: Record<string, SinkConfig> = {}
  const custom: Record<string, Sink> = {}
  for (const url of urls) {
    const config = read(url)
    let key: string = config.type
    for (let i = 2; Object.hasOwn(sinks, key); i++) key = `${config.type}-${i}`
    const isStdout = config.type === 'jsonl' && config['path'] === '-'
    sinks[key] = isStdout ? { type: 'custom', batch: { linger: 100 } } : config
    if (isStdout) custom[key] = new StdoutSink(context)
  }
  const dir = given.of(spool)
  const recorder = given.of(name)
  const defaults = policyOf(context)
  return {
    config: {
      pvs: names,
      sinks,
      defaults,
      ...(dir === undefined ? {} : { spool: { dir } }),
      ...(recorder === undefined ? {} : { name: recorder }),
    },
    sinks: custom,
  }
}

async function configIn(context: CommandContext, file: string): Promise<RecordConfig> {
  const { options: given, signal } = context
  let config: RecordConfig
  try {
    config = parseConfig(await textOf(file, signal), { file })
  } catch (error) {
    throw error instanceof ConfigError ? new UsageError(error.message) : error
  }
  const dir = given.of(spool)
  return {
    ...config,
    defaults: { ...config.defaults, ...policyOf(context) },
    ...(dir === undefined ? {} : { spool: { ...config.spool, dir } }),
    ...(given.of(name) === undefined ? {} : { name: given.of(name) }),
  }
}

function policyOf({ options: given }: CommandContext): Policy {
  return {
    ...(given.of(deadband) !== undefined && { deadband: given.of(deadband) }),
    ...(given.of(every) !== undefined && { every: given.of(every) }),
    ...(given.of(minPeriod) !== undefined && { minPeriod: given.of(minPeriod) }),
  }
}

function read(url: string): SinkConfig {
  try {
    return sinkOfUrl(url)
  } catch (error) {
    throw new UsageError(`--to: ${(error as Error).message}`)
  }
}

/** Samples as lines on stdout. */
class StdoutSink implements Sink {
  readonly #context: CommandContext
  readonly #lines = new JsonLines()

  constructor(context: CommandContext) {
    this.#context = context
  }

  async write(batch: Parameters<Sink['write']>[0]): ReturnType<Sink['write']> {
    await this.#context.stdout.write(batch.map((sample) => `${this.#lines.line(sample)}\n`).join(''))
    return { written: batch.length, rejected: [] }
  }

  close(): Promise<void> {
    return Promise.resolve()
  }
}

/** One line that is written over: how it goes. */
function show(context: CommandContext, recorder: Recorder): void {
  const { connected, pvs, rate, sinks } = recorder.status()
  const all = Object.entries(sinks)
  const waiting = all.reduce((sum, [, { buffered }]) => sum + buffered, 0)
  const troubles = all
    .filter(([, { state }]) => state !== 'ok')
    .map(([key, { state }]) => `, ${key} ${state}`)
  const line = `${connected} of ${pvs} PVs, ${rate} samples/s, ${waiting} waiting${troubles.join('')}`
  context.talk(`\r\u001b[K${escapeLine(line)}`)
}
