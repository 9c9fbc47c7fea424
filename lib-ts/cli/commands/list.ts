import type { Context, DiscoveryEvent } from '../../index.js'
import { escapeLine } from '../../input/index.js'
import type { CommandContext } from '../context.js'
import { toggle, UsageError, valued, type Command } from '../declare.js'
import { TIMED_OUT } from '../failures.js'
import { globOf } from '../glob.js'
import { keepNames } from '../name-cache.js'
import { format as formatOption, json, time as timeOption } from '../options.js'
import { jsonFailure, jsonText } from '../output/json.js'
import { timeText } from '../output/times.js'
import { integer, text } from '../readers.js'

const silent = toggle('no-ping', 'wait for beacons, ask nobody', 'p')
const count = valued('count n', 'N', 'end after N servers, or events with -v', integer(1))
const about = toggle('info', 'what the servers say of themselves', 'i')
const all = toggle('all', 'the names of every server heard')
const match = valued(
  'match',
  'GLOB',
  'only names that match; * and ? stand for any text and any character',
  text,
)

export const list: Command = {
  name: 'list',
  forms: ['', 'SERVER…', '--all'],
  completes: 'server',
  options: [silent, count, about, all, match, json, timeOption],
  shares: ['timeout', 'network'],
  notes: ['Without a SERVER it listens for as long as -w says, and prints each server that is heard.'],
  examples: ['node-pvxs list', 'node-pvxs list 127.0.0.1:5075', "node-pvxs list --all --match 'demo:*'"],
  run: async (context) => {
    const forced = context.target.server
    const servers = forced === undefined ? context.args : [...context.args, forced]
    const everywhere = context.options.of(all) === true
    if (everywhere && servers.length > 0) throw new UsageError('--all asks every server: name none')
    if (context.options.of(match) !== undefined && !everywhere && servers.length === 0)
      throw new UsageError('--match selects names: name a server, or give --all')
    const ctx = await context.open()
    if (servers.length > 0) await ofServers(context, ctx, servers)
    else await listen(context, ctx, everywhere)
  },
}

function wantsJson(context: CommandContext): boolean {
  return context.options.of(formatOption) === 'json'
}

/** The names a server serves that match, by code point, each once; all of them are noted as heard. */
async function ask(
  context: CommandContext,
  ctx: Context,
  server: string,
  heard: Set<string>,
): Promise<string[]> {
  const { timeout, signal } = context
  const names = await ctx.list(server, { timeout, signal })
  for (const name of names) heard.add(name)
  const wanted = globOf(context.options.of(match) ?? '*')
  return [...new Set(names)].filter((name) => wanted.test(name)).sort(byCodePoint)
}

// JavaScript compares by UTF-16 units, which puts what is beyond the first plane before U+E000.
function byCodePoint(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b))
}

async function ofServers(context: CommandContext, ctx: Context, servers: readonly string[]): Promise<void> {
  const { timeout, signal } = context
  const telling = context.options.of(about) === true
  const names = new Set<string>()
  const heard = new Set<string>()
  const answers = [...new Set(servers)].map(async (server) => ({
    server,
    told: telling ? await settled(ctx.serverInfo(server, { timeout, signal })) : undefined,
    names: telling ? undefined : await settled(ask(context, ctx, server, heard)),
  }))
  for (const answer of answers) {
    const { server, told, names: listed } = await answer
    signal.throwIfAborted()
    const failure = told?.status === 'rejected' ? told : listed?.status === 'rejected' ? listed : undefined
    if (failure !== undefined) {
      if (wantsJson(context)) await context.stdout.write(jsonFailure(server, failure.reason))
      context.failed(server, failure.reason, servers.length === 1)
    } else if (told?.status === 'fulfilled') await context.stdout.write(infoText(context, server, told.value))
    else if (listed?.status === 'fulfilled') {
      if (wantsJson(context)) await context.stdout.write(namesJson(server, listed.value))
      else for (const name of listed.value) names.add(name)
    }
  }
  if (heard.size > 0) keepNames(heard, false)
  for (const name of [...names].sort(byCodePoint)) await context.stdout.write(`${escapeLine(name)}\n`)
}

async function settled<T>(promise: Promise<T>): Promise<PromiseSettledResult<T>> {
  const [result] = await Promise.allSettled([promise])
  return result
}

function infoText(context: CommandContext, server: string, told: object): string {
  if (wantsJson(context)) return jsonText({ server, ...told })
  const facts = Object.entries(told).map(([name, fact]) => `${name}=${JSON.stringify(fact)}`)
  return `${escapeLine([server, ...facts].join(' '))}\n`
}

function namesJson(server: string, names: readonly string[]): string {
  return names.map((name) => jsonText({ server, name })).join('')
}

/** Servers as they are heard, until the time is up. */
async function listen(context: CommandContext, ctx: Context, everywhere: boolean): Promise<void> {
  const limit = context.timeout
  const signal =
    limit === Infinity ? context.signal : AbortSignal.any([context.signal, AbortSignal.timeout(limit)])
  const wanted = context.options.of(count) ?? Infinity
  const heard = new Set<string>()
  const names = new Set<string>()
  const asked: Promise<void>[] = []
  let events = 0
  try {
    for await (const event of ctx.discover({ signal, ping: context.options.of(silent) !== true })) {
      events++
      const news = event.event === 'online' && !heard.has(event.guid)
      if (news) heard.add(event.guid)
      if (everywhere && news) asked.push(namesOfOne(context, ctx, event.server, names))
      else if (!everywhere && (news || context.verbose)) await context.stdout.write(eventText(context, event))
      if ((context.verbose ? events : heard.size) >= wanted) break
    }
  } catch (error) {
    context.signal.throwIfAborted()
    if (!signal.aborted) throw error
  }
  await Promise.all(asked)
  if (everywhere && names.size > 0) keepNames(names, true)
  if (heard.size === 0 && events === 0) {
    context.fail(TIMED_OUT)
    context.note(`no server was heard within ${limit / 1_000} s`)
  }
}

function eventText(context: CommandContext, event: DiscoveryEvent): string {
  if (wantsJson(context)) return jsonText(event)
  const { time, event: what, guid, protocol, server, peer } = event
  if (!context.verbose) return `${escapeLine(server)}\n`
  const style = context.settings.of(timeOption) ?? 'local'
  const when = style === 'none' ? '' : `${timeText(BigInt(time.getTime()) * 1_000_000n, style)} `
  return `${when}${escapeLine(`${what} ${guid} ${protocol} ${server} from ${peer}`)}\n`
}

async function namesOfOne(
  context: CommandContext,
  ctx: Context,
  server: string,
  heard: Set<string>,
): Promise<void> {
  try {
    const names = await ask(context, ctx, server, heard)
    keepNames(heard, false) // at once: a completion may wait for them
    await context.stdout.write(
      wantsJson(context)
        ? namesJson(server, names)
        : names.map((name) => `${escapeLine(`${server} ${name}`)}\n`).join(''),
    )
  } catch (error) {
    if (!context.signal.aborted) context.failed(server, error, false)
  }
}
