import type { Context } from '../../index.js'
import { deriveType, TypeDef, Value } from '../../data/index.js'
import { isFieldName, isPlainObject, quote } from '../../input/index.js'
import type { CommandContext } from '../context.js'
import { toggle, UsageError, valued, type Command } from '../declare.js'
import { exactJson, notJson } from '../exact-json.js'
import { checkedName, textOf } from '../names.js'
import { format as formatOption } from '../options.js'
import { jsonOf, jsonText } from '../output/json.js'
import { main } from '../output/reading.js'
import { text } from '../readers.js'
import { kindOfWord, unknownType } from '../serving/kinds.js'
import { contentOf } from '../words.js'

const query = valued('args', 'JSON', 'all arguments as JSON; - from stdin, @FILE from a file', text)
const once = toggle('once', 'never send again after a broken connection')

export const call: Command = {
  name: 'call',
  forms: ['NAME [arg=TEXT] [arg:=JSON] [arg:TYPE=TEXT]…', 'NAME --args JSON|-|@FILE'],
  completes: 'pv',
  options: [query, once],
  shares: ['timeout', 'request', 'output', 'network'],
  notes: [
    'The arguments are sent as the query of an NTURI: = sends text, := what the JSON is (an integer as int64, another number as float64), :float64= that type.',
    'A reply that has a value is printed as a line, any other as a tree; no reply prints nothing.',
  ],
  examples: [
    'node-pvxs call demo:add lhs:=1 rhs:=2',
    'node-pvxs call demo:add lhs:float64=1 rhs:float64=2 --raw',
    `node-pvxs call demo:add --args '{"lhs": 1, "rhs": 2}' --json`,
  ],
  run: async (context) => {
    const [typed, ...words] = context.args
    if (typed === undefined) throw new UsageError('no PV is named')
    const name = checkedName(typed)
    const args = await argumentsOf(context, words)
    const ctx = await context.open()
    try {
      const reply = await ctx.rpc(name, (await uri(context, name, args)) as never, {
        ...context.selection,
        ...context.target,
        timeout: context.timeout,
        signal: context.signal,
        ...(context.options.of(once) === true && { atMostOnce: true }),
      })
      await print(context, name, reply)
    } catch (error) {
      context.signal.throwIfAborted()
      const format = await context.format([name])
      await context.stdout.write(format.failure(name, error))
      context.failed(name, error, true)
    }
  },
}

type Arguments = readonly (readonly [name: string, value: unknown, type: TypeDef])[]

const ARGUMENT = /^([^=:]*)(?::([^=]*))?=([^]*)$/

async function argumentsOf(context: CommandContext, words: readonly string[]): Promise<Arguments> {
  const json = context.options.of(query)
  if (json !== undefined) {
    if (words.length > 0) throw new UsageError('--args is the whole query: no other arguments with it')
    return fromJson(...(await jsonOfOption(context, json)))
  }
  const found = new Map<string, Arguments[number]>()
  for (const word of words) {
    const [, name = '', type, value = ''] = ARGUMENT.exec(word) ?? []
    if (!isFieldName(name))
      throw new UsageError(
        `${quote(word)} is not arg=TEXT, arg:=JSON or arg:TYPE=TEXT, with a name of letters and digits`,
      )
    if (found.has(name)) throw new UsageError(`the argument ${name} is given twice`)
    found.set(name, argumentOf(name, type, value))
  }
  return [...found.values()]
}

const anything = new TypeDef('any') as TypeDef

function argumentOf(name: string, type: string | undefined, value: string): Arguments[number] {
  if (type === undefined) return [name, value, new TypeDef('string')]
  if (type === '') {
    const json = exactJson(value, anything)
    if (json === undefined) throw notJson(value, `${name}: ${quote(value)}`)
    return [name, json, typeOf(name, json)]
  }
  const kind = kindOfWord(type)
  if (kind === undefined || (kind.kind !== 'scalar' && kind.kind !== 'array'))
    throw new UsageError(`${name}: ${unknownType(type).message}`)
  const def = new TypeDef(kind.kind === 'array' ? `${kind.code}[]` : kind.code) as TypeDef
  const word = { text: value, where: quote(value), stream: false }
  const content = contentOf(def, [word], 'typed', name)
  // Checked here, before anything is asked for.
  new TypeDef('struct', [def.as(name)]).create({ [name]: content } as never)
  return [name, content, def]
}

async function jsonOfOption({ signal }: CommandContext, given: string): Promise<[string, string]> {
  if (given === '-') return [await textOf('-', signal), 'stdin']
  if (!given.startsWith('@')) return [given, `--args: ${quote(given)}`]
  const file = given.slice(1)
  return [await textOf(file, signal), file]
}

function fromJson(json: string, where: string): Arguments {
  const all = exactJson(json, anything)
  if (all === undefined) throw notJson(json, where)
  if (!isPlainObject(all)) throw new UsageError(`${where} is not an object of arguments`)
  return Object.entries(all).map(([name, value]) => {
    if (!isFieldName(name)) throw new UsageError(`${where}: ${quote(name)} is not the name of an argument`)
    return [name, value, typeOf(name, value)]
  })
}

function typeOf(name: string, value: unknown): TypeDef {
  try {
    return deriveType(value, name)
  } catch (error) {
    throw new UsageError((error as Error).message)
  }
}

async function uri(context: CommandContext, path: string, args: Arguments): Promise<unknown> {
  const { NTURI } = await context.core()
  const members = args.map(([name, , type]) => type.as(name))
  const type = (new NTURI().build() as unknown as TypeDef).extend([
    new TypeDef('struct', members).as('query'),
  ])
  const query = Object.fromEntries(args.map(([name, value]) => [name, value]))
  return type.create({ scheme: 'pva', path, query } as never)
}

async function print(
  context: CommandContext,
  name: string,
  reply: Awaited<ReturnType<Context['rpc']>>,
): Promise<void> {
  if (reply === null) return
  // Some servers reply with a bare scalar or array.
  if (!(reply instanceof Value)) {
    const isJson = context.options.of(formatOption) === 'json'
    await context.stdout.write(isJson ? jsonText({ name, data: reply }) : `${jsonOf(reply)}\n`)
    return
  }
  const preferred = main(reply) === undefined ? 'tree' : 'line'
  const format = await context.format([name], preferred)
  await context.stdout.write(
    format.reading({ name: format.showsNames ? name : '', value: reply, update: false }),
  )
}
