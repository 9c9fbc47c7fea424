// What a command line of `record` stands for: a configuration, from its words or from a file that its options override.
import { namesOf, textOf, UsageError, type CommandContext } from '../../cli/index.js'
import { JsonLines, type Sink } from '../../telemetry/index.js'
import { derived, parseConfig, sinkOfUrl, type Policy, type RecordConfig, type SinkConfig } from '../index.js'
import * as given from './record-options.js'

export interface Meant {
  readonly config: RecordConfig
  /** Sinks that are of this process. */
  readonly sinks: Readonly<Record<string, Sink>>
  readonly isFile: boolean
}

/**
 * @throws ConfigError for a configuration with faults
 * @throws UsageError for what was typed wrong
 */
export async function configOf(context: CommandContext): Promise<Meant> {
  const [file, ...more] = context.args
  const targets = sinksOf(context)
  if (file !== undefined && /\.jsonc?$/i.test(file)) {
    if (more.length > 0) throw new UsageError('a configuration names its PVs itself: no PV beside it')
    const config = parseConfig(await textOf(file, context.signal), { file })
    return {
      config: derived(config, (read) => overridden(context, read, targets)),
      sinks: targets.own,
      isFile: true,
    }
  }
  const pvs = [...new Set(await namesOf(context))]
  if (targets.sinks === undefined) throw new UsageError('no sink is named: --to jsonl:FILE')
  return { config: overridden(context, { pvs, sinks: {} }, targets), sinks: targets.own, isFile: false }
}

/** An option beats the same key of the configuration; a policy that a PV has for itself is beaten by none. */
function overridden({ options }: CommandContext, config: RecordConfig, { sinks }: Targets): RecordConfig {
  const dir = options.of(given.spool)
  const prefix = options.of(given.status)
  const port = options.of(given.http)
  const name = options.of(given.name)
  const policy: Policy = {
    deadband: options.of(given.deadband),
    every: options.of(given.every),
    minPeriod: options.of(given.minPeriod),
  }
  const typed = Object.entries(policy).filter(([, value]) => value !== undefined)
  return {
    ...config,
    ...(sinks !== undefined && { sinks }),
    ...(typed.length > 0 && { defaults: { ...config.defaults, ...Object.fromEntries(typed) } }),
    ...(dir !== undefined && { spool: { ...config.spool, dir } }),
    ...(prefix !== undefined && { status: { ...config.status, prefix } }),
    ...(port !== undefined && { http: { ...config.http, port } }),
    ...(name !== undefined && { name }),
  }
}

interface Targets {
  /** Those of `--to`; undefined without any. */
  readonly sinks: Readonly<Record<string, SinkConfig>> | undefined
  readonly own: Readonly<Record<string, Sink>>
}

function sinksOf(context: CommandContext): Targets {
  const urls = context.options.all(given.to)
  if (urls.length === 0) return { sinks: undefined, own: {} }
  const sinks: Record<string, SinkConfig> = {}
  const own: Record<string, Sink> = {}
  for (const url of urls) {
    const config = read(url)
    let key: string = config.type
    for (let i = 2; Object.hasOwn(sinks, key); i++) key = `${config.type}-${i}`
    const isStdout = config.type === 'jsonl' && config['path'] === '-'
    sinks[key] = isStdout ? { type: 'custom', batch: { linger: 100 } } : config
    if (isStdout) own[key] = new StdoutSink(context)
  }
  return { sinks, own }
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
