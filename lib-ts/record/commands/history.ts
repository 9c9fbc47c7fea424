import { escapeControls, escapeLine, quote } from '../../input/index.js'
import {
  integer,
  namesOf,
  oneOf,
  text,
  TIMED_OUT,
  toggle,
  UsageError,
  valued,
  type Command,
  type CommandContext,
} from '../../cli/index.js'
import { Batcher, type History, type Sample, type Sink } from '../../telemetry/index.js'
import { JsonlStore, momentOf, openInto, openStore, serviceOfUrl, sinkOfUrl, spanOf } from '../index.js'
import { http, serve, service } from './history-serve.js'
import { formatterOf, type Form } from './rows.js'
import { seriesFormatter } from './series-rows.js'

const moment = (word: string, option: string): bigint => {
  const found = momentOf(word, BigInt(Date.now()) * 1_000_000n)
  if (found === undefined)
    throw new UsageError(
      `${option}: ${quote(word)} is not a time: ISO text, now, -10m, or seconds or nanoseconds since 1970`,
    )
  return found
}
const span = (word: string, option: string): bigint => {
  const found = spanOf(word)
  if (found === undefined) throw new UsageError(`${option}: ${quote(word)} is not a span: 10s, 5m, 1h`)
  return found
}

const store = valued(
  'store',
  'URL',
  'where from: jsonl:FILE, influx://…, pi://…, btrdb://…, hist://SERVICE',
  text,
)
const from = valued('from', 'T', 'included; default: an hour before --to', moment)
const to = valued('to', 'T', 'not included; default: now', moment)
const width = valued('width', 'D', 'figures of windows so wide: 10s, 5m, 1h', span)
const at = valued('at', 'T', 'the newest sample of each PV at or before this time', moment)
const limit = valued('limit', 'N', 'samples per PV at most', integer(1))
const order = oneOf('order', ['asc', 'desc'], 'which end comes first')
const into = valued('into', 'URL', 'with copy: where to', text)
const csv = toggle('csv', 'as CSV')
const json = toggle('json', 'as one JSON array')
const jsonl = toggle('jsonl', 'as JSON lines; the default where stdout is not a terminal')

const HOUR = 3_600_000_000_000n
const LAST = 2n ** 63n - 1n

export const history: Command = {
  name: 'history',
  forms: [
    'PV… --store URL',
    'find PATTERN --store URL',
    'copy PV… --store URL --into URL --from T --to T',
    'serve --store URL [--service NAME] [--http PORT]',
  ],
  completes: 'pv',
  options: [store, from, to, width, at, limit, order, into, service, http, csv, json, jsonl],
  shares: ['names', 'network'],
  notes: [
    'Without --from and --to: the last hour. Times are ISO text (UTC without a zone), now, -90s -10m -1h -7d, or a number: seconds, or above 10^12 nanoseconds, since 1970.',
    'find lists the series that match a glob (*, ?). copy writes what one store has into another; it may be repeated without doubling.',
    'serve answers by PVAccess RPC and, with --http, under the paths of the Archiver Appliance, until SIGINT or SIGTERM.',
    'A PV of which the store knows nothing is an exit code of 3.',
  ],
  examples: ['node-pvxs history demo:temperature --from -10m --store jsonl:lab.jsonl'],
  run: async (context) => {
    const url = context.options.of(store)
    if (url === undefined) throw new UsageError('no store is named: --store jsonl:FILE')
    const [word, ...rest] = context.args
    const source = await opened(context, url)
    try {
      if (word === 'find') await find(context, source.history, rest)
      else if (word === 'copy') await copy(context, source.history, rest)
      else if (word === 'serve') await serving(context, source.history, rest)
      else await show(context, source.history)
    } finally {
      await source.close()
    }
    if (source.history instanceof JsonlStore && source.history.damaged > 0)
      context.note(
        `${source.history.damaged} lines of ${source.history.path} are not samples and were passed over`,
      )
  },
}

async function serving(context: CommandContext, store: History, more: readonly string[]): Promise<void> {
  if (more.length > 0)
    throw new UsageError(`serve takes no ${quote(more.join(' '))}: it has every PV of the store`)
  await serve(context, store, context.options.of(json) === true || context.options.of(jsonl) === true)
}

async function opened(context: CommandContext, url: string): ReturnType<typeof openStore> {
  try {
    if (serviceOfUrl(url) === undefined) sinkOfUrl(url)
  } catch (error) {
    throw new UsageError(`--store: ${(error as Error).message}`)
  }
  if (url === 'jsonl:-') throw new UsageError('--store: stdout cannot be read')
  return openStore(url, () => context.open())
}

function rangeOf({ options }: CommandContext): { readonly from: bigint; readonly to: bigint } {
  const until = options.of(to) ?? BigInt(Date.now()) * 1_000_000n + 1n
  const since = options.of(from) ?? until - HOUR
  if (since >= until) throw new UsageError('--from is not before --to')
  return { from: since, to: until }
}

function formOf({ options, stdout }: CommandContext): Form {
  const asked = [csv, json, jsonl].filter((option) => options.of(option) === true)
  if (asked.length > 1) throw new UsageError('--csv, --json and --jsonl: give one of them')
  return (asked[0]?.name ?? (stdout.terminal ? 'table' : 'jsonl')) as Form
}

/** Writes data; to a terminal without what could be an escape sequence. */
function print({ stdout }: CommandContext, data: string): Promise<void> | undefined {
  return stdout.write(stdout.terminal ? escapeControls(data) : data)
}

async function show(context: CommandContext, from: History): Promise<void> {
  const names = [...new Set(await namesOf(context))]
  const { options, signal } = context
  const time = options.of(at)
  const windows = options.of(width)
  for (const [option, other] of [
    [at, width],
    [at, limit],
    [at, order],
    [width, limit],
    [width, order],
  ] as const)
    if (options.text(option) !== undefined && options.text(other) !== undefined)
      throw new UsageError(`--${other.name} has no meaning with --${option.name}`)
  const form = formatterOf(formOf(context), names, windows !== undefined)
  const range = time === undefined ? rangeOf(context) : undefined
  await print(context, form.begin())
  const silent: string[] = []
  if (range === undefined) {
    const found = await from.at(names, time as bigint, { signal })
    for (const [i, sample] of found.entries())
      if (sample === null) silent.push(names[i] as string)
      else await print(context, form.samples([sample]))
  } else {
    for (const name of names) {
      let some = false
      const batches =
        windows === undefined
          ? map(
              from.read(name, { ...range, limit: options.of(limit), order: options.of(order) }, { signal }),
              (batch) => form.samples(batch),
            )
          : map(from.windows(name, range, windows, { signal }), (batch) => form.windows(name, batch))
      for await (const part of batches) {
        some = true
        await print(context, part)
      }
      if (!some) silent.push(name)
    }
  }
  await print(context, form.end())
  if (silent.length > 0) await tellUnknown(context, from, silent, time)
}

async function* map<A>(batches: AsyncIterable<A>, text: (batch: A) => string): AsyncGenerator<string> {
  for await (const batch of batches) yield text(batch)
}

/** Says of which PVs the store knows nothing at all; having nothing in the range is no failure. */
async function tellUnknown(
  context: CommandContext,
  from: History,
  names: readonly string[],
  time: bigint | undefined,
): Promise<void> {
  const newest =
    time === undefined ? await from.at(names, LAST, { signal: context.signal }) : names.map(() => null)
  for (const [i, name] of names.entries()) {
    if (newest[i] !== null) continue
    context.note(
      `${escapeLine(name)}: ${time === undefined ? 'the store has nothing of it' : 'the store has nothing of it by that time'}`,
    )
    context.fail(TIMED_OUT)
  }
}

async function find(
  context: CommandContext,
  from: History,
  [pattern, ...more]: readonly string[],
): Promise<void> {
  if (pattern === undefined || more.length > 0)
    throw new UsageError('find takes one pattern, such as "lab:*"')
  const form = seriesFormatter(formOf(context))
  await print(context, form.begin())
  let count = 0
  for await (const series of from.find(pattern, { signal: context.signal })) {
    count++
    await print(context, form.series(series))
  }
  await print(context, form.end())
  if (count > 0) return
  context.note(`no series matches ${quote(pattern)}`)
  context.fail(TIMED_OUT)
}

async function copy(context: CommandContext, source: History, names: readonly string[]): Promise<void> {
  const url = context.options.of(into)
  if (names.length === 0) throw new UsageError('copy names the PVs to copy')
  if (url === undefined) throw new UsageError('copy needs --into URL')
  if (context.options.of(from) === undefined || context.options.of(to) === undefined)
    throw new UsageError('copy needs --from and --to')
  const range = rangeOf(context)
  const sink = await target(url)
  const silent: string[] = []
  try {
    for (const name of new Set(names))
      if ((await copyOne(context, source, name, range, sink)) === 0) silent.push(name)
  } finally {
    await sink.close()
  }
  if (silent.length > 0) await tellUnknown(context, source, silent, undefined)
}

async function target(url: string): Promise<Sink> {
  try {
    sinkOfUrl(url)
  } catch (error) {
    throw new UsageError(`--into: ${(error as Error).message}`)
  }
  return openInto(sinkOfUrl(url))
}

async function copyOne(
  context: CommandContext,
  source: History,
  name: string,
  range: { readonly from: bigint; readonly to: bigint },
  sink: Sink,
): Promise<number> {
  const { signal } = context
  const reasons = new Set<string>()
  const batcher = new Batcher(sink, {
    linger: 0,
    maxBuffered: 20_000,
    onRejected: (_: readonly Sample[], reason) => reasons.add(reason),
    onError: (error) => {
      context.note(error.message)
    },
  })
  for await (const batch of source.read(name, range, { signal })) await batcher.push(batch)
  await batcher.flush({ signal })
  await batcher.close()
  const { pushed, written, rejected } = batcher.stats
  context.note(`${escapeLine(name)}: ${pushed} read, ${written} written, ${rejected} refused`)
  for (const reason of reasons) context.note(`${escapeLine(name)}: ${reason}`)
  if (rejected > 0) context.fail(1)
  return pushed
}
