import { readFileSync, statSync } from 'node:fs'
import { escapeLine, isPlainObject, quote } from '../../input/index.js'
import { InvalidArgumentError, ResourceError } from '../../errors.js'
import {
  integer,
  interval,
  oneOf,
  options as shared,
  text,
  toggle,
  UsageError,
  valued,
  type Command,
  type CommandContext,
} from '../../cli/index.js'
import { Bridge, BridgeError, hashPassword, type BridgeOptions, type LogEntry } from '../index.js'

const file = { complete: 'file' } as const
const number = (word: string, option: string): number => {
  const found = Number(word)
  if (word.trim() === '' || !Number.isFinite(found) || found <= 0)
    throw new UsageError(`${option}: ${quote(word)} is not a number above 0`)
  return found
}

const port = valued('port', 'N', 'TCP port, default 8080; 0: a free one', integer(0, 65_535))
const host = valued('host', 'ADDR', 'interface to listen on, default 127.0.0.1', text)
const path = valued('path', 'PATH', 'where the WebSocket is, default /pvws', text)
const cert = valued('cert', 'FILE', 'certificate, for https', text, file)
const key = valued('key', 'FILE', 'key of the certificate', text, file)
const read = valued('read', 'P', 'PVs that may be read, default *; may be repeated', text)
const write = valued('write', 'P', 'PVs that may be written, default none; may be repeated', text)
const rpc = valued('rpc', 'P', 'services that may be called, default none; may be repeated', text)
const origin = valued('origin', 'URL', 'pages that may connect; may be repeated', text)
const hostName = valued('host-name', 'NAME', 'another name of this host; may be repeated', text)
const tokens = valued('tokens', 'FILE', 'JSON list of { token, user, … }', text, file)
const users = valued('users', 'FILE', 'JSON list of { user, hash, … }', text, file)
const userHeader = valued('user-header', 'NAME', 'header in which a proxy names the user', text)
const proxy = valued('proxy', 'ADDR', 'address of a proxy that is trusted; may be repeated', text)
const status = oneOf('status', ['local', 'all', 'off'], 'who sees the status pages, default local')
const rate = valued('rate', 'HZ', 'updates a second and PV, default 10', number)
const arrayRate = valued('array-rate', 'HZ', 'the same for arrays and images, default 2', number)
const keep = valued('keep', 'TIME', 'recent values kept of each PV, such as 10m; default none', interval)
const title = valued('title', 'TEXT', 'heading of the page', text)
const noPage = toggle('no-page', 'no page at /')
const insecure = toggle('insecure-write', 'writes without login although others can reach it')
const config = valued('config', 'FILE', 'JSON with these options; a flag beats it', text, file)
const print = toggle('print-config', 'show the effective options and end')

const LISTS = { read, write, rpc, origins: origin, hosts: hostName, trustProxy: proxy } as const
const SINGLE = { port, host, path, status, rate, arrayRate, keep, insecureWrite: insecure } as const

export const bridge: Command = {
  name: 'bridge',
  forms: ['', 'hash'],
  completes: ['hash'],
  options: [
    port,
    host,
    path,
    cert,
    key,
    read,
    write,
    rpc,
    origin,
    hostName,
    tokens,
    users,
    userHeader,
    proxy,
    status,
    rate,
    arrayRate,
    keep,
    title,
    noPage,
    insecure,
    config,
    print,
    shared.json,
  ],
  shares: ['network'],
  notes: [
    'P is a pattern: * is any text, ? one character, /…/ a regular expression; a leading ! takes away, and the last that matches decides.',
    '"bridge hash" reads a password from stdin and prints the hash that belongs into the file of --users.',
    'It serves until SIGINT or SIGTERM, and ends with 0.',
  ],
  examples: ["node-pvxs bridge --port 0 --write 'demo:*'"],
  run: async (context) => {
    if (context.args.length > 1 || (context.args.length === 1 && context.args[0] !== 'hash'))
      throw new UsageError(`${quote(context.args.join(' '))}: there is "hash", or nothing`)
    if (context.args[0] === 'hash') await hash(context)
    else await serve(context)
  },
}

async function hash(context: CommandContext): Promise<void> {
  let input = ''
  for await (const part of process.stdin) input += String(part)
  const password = input.replace(/\r?\n$/, '')
  if (password === '') throw new UsageError('no password came on stdin')
  await context.stdout.write(`${await hashPassword(password)}\n`)
}

async function serve(context: CommandContext): Promise<void> {
  const { options } = context
  const given = optionsOf(context)
  if (options.of(print) === true) {
    const made = await usable(() => Promise.resolve(new Bridge({ page: true, ...given })))
    await context.stdout.write(`${JSON.stringify(made.config, shown, 2)}\n`)
    await made.close()
    return
  }
  const core = await context.open()
  const log = (entry: LogEntry): void => context.note(lineOf(entry))
  const served = await usable(() => Bridge.start({ ctx: core, log, ...given }))
  const { url } = served
  const pvws = `${url.replace('http', 'ws')}${String(served.config['path']).slice(1)}/pv`
  const line =
    options.of(shared.format) === 'json'
      ? JSON.stringify({ url, pvws, write: options.all(write).length > 0 })
      : url
  await context.stdout.write(`${line}\n`)
  for (const text of settingsIn(served, pvws)) context.note(text)
  await context.untilSignal(true)
  await served.close()
  await core.close()
}

/** What the program was told wrong, and a port that is taken, is exit 2. */
async function usable(make: () => Promise<Bridge>): Promise<Bridge> {
  try {
    return await make()
  } catch (error) {
    const mine = error instanceof InvalidArgumentError || error instanceof ResourceError
    throw mine || error instanceof BridgeError ? new UsageError(error.message) : error
  }
}

function optionsOf(context: CommandContext): BridgeOptions {
  const { options } = context
  const path = options.of(config)
  const given: Record<string, unknown> = path === undefined ? {} : { ...objectIn(path) }
  for (const name of ['read', 'write', 'rpc'])
    if (given[name] !== undefined) given[name] = patternsIn(given[name])
  for (const [name, option] of Object.entries(LISTS)) {
    const all = options.all(option)
    if (all.length > 0)
      given[name] = option === read || option === write || option === rpc ? patternsIn(all) : all
  }
  for (const [name, option] of Object.entries(SINGLE)) {
    const one = options.of<unknown>(option)
    if (one !== undefined) given[name] = one
  }
  const pair = [options.of(cert), options.of(key)]
  if (pair[0] !== undefined || pair[1] !== undefined) {
    if (pair[0] === undefined || pair[1] === undefined)
      throw new UsageError('--cert and --key belong together')
    given['tls'] = { cert: textIn(pair[0]), key: textIn(pair[1]) }
  }
  const heading = options.of(title)
  if (heading !== undefined)
    given['page'] = { ...(isPlainObject(given['page']) ? given['page'] : {}), title: heading }
  if (options.of(noPage) === true) given['page'] = false
  const auth = authOf(context, given['auth'])
  if (auth !== undefined) given['auth'] = auth
  return given
}

function authOf(context: CommandContext, before: unknown): unknown {
  const { options } = context
  const more: Record<string, unknown> = {}
  for (const [name, option] of [
    ['tokens', tokens],
    ['users', users],
  ] as const) {
    const path = options.of(option)
    if (path === undefined) continue
    const list = jsonIn(path)
    if (openToOthers(path)) context.note(`${path} holds secrets, and others may read it`)
    if (!Array.isArray(list)) throw new UsageError(`${path}: a JSON list is wanted`)
    more[name] = list
  }
  const header = options.of(userHeader)
  if (header !== undefined) more['header'] = header
  return Object.keys(more).length === 0 ? before : { ...(isPlainObject(before) ? before : {}), ...more }
}

function openToOthers(path: string): boolean {
  return process.platform !== 'win32' && (statSync(path).mode & 0o077) !== 0
}

function textIn(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    throw new UsageError(`${path}: ${(error as NodeJS.ErrnoException).code ?? 'it cannot be read'}`)
  }
}

function jsonIn(path: string): unknown {
  const read = textIn(path)
  try {
    return JSON.parse(read) as unknown
  } catch {
    throw new UsageError(`${path} is not JSON`) // not shown: it may hold a secret
  }
}

function objectIn(path: string): Record<string, unknown> {
  const read = jsonIn(path)
  if (!isPlainObject(read)) throw new UsageError(`${path}: a JSON object with options is wanted`)
  return read
}

function patternsIn(list: unknown): unknown {
  if (!Array.isArray(list)) return list
  return list.map((pattern: unknown) => {
    const body = typeof pattern === 'string' ? /^\/(.+)\/$/s.exec(pattern)?.[1] : undefined
    if (body === undefined) return pattern
    try {
      return new RegExp(body)
    } catch (error) {
      throw new UsageError(`${quote(pattern)}: ${(error as Error).message}`)
    }
  })
}

/** The effective settings, in six lines. */
function settingsIn({ config }: Bridge, pvws: string): readonly string[] {
  const list = (value: unknown, none: string): string =>
    Array.isArray(value) && value.length > 0 ? value.map(String).join(' ') : none
  const limits = config['limits'] as Readonly<Record<string, number>>
  return [
    `pages connect to ${pvws}`,
    `read ${list(config['read'], 'all')}, write ${list(config['write'], 'nothing')}, call ${list(config['rpc'], 'nothing')}`,
    `origins ${list(config['origins'], 'its own')}`,
    config['auth'] === true ? 'login wanted' : 'no login',
    String(config['search']),
    `${limits['sockets']} sockets, ${limits['subscriptions']} PVs each`,
  ]
}

function lineOf({ event, user, peer, pv, message }: LogEntry): string {
  const who = [user, peer].filter((part) => part !== undefined).join(' at ')
  return escapeLine(`${event} ${pv ?? ''} by ${who}: ${message}`)
}

function shown(_: string, value: unknown): unknown {
  return value instanceof RegExp ? String(value) : value
}
