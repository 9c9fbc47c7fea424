import { networkInterfaces } from 'node:os'
import type { Context, TypeDef } from '../../index.js'
import { escapeLine } from '../../input/index.js'
import type { CommandContext } from '../context.js'
import { toggle, UsageError, type Command } from '../declare.js'
import { namesOf } from '../names.js'
import { format as formatOption, json } from '../options.js'
import { jsonFailure, jsonText } from '../output/json.js'
import { layout } from '../output/layout.js'

const diagnose = toggle('diagnose', 'versions, platform, interfaces and configuration', 'D')

export const info: Command = {
  name: 'info',
  forms: ['NAME…', '-f FILE', '-D'],
  completes: 'pv',
  options: [diagnose, json],
  shares: ['names', 'timeout', 'network'],
  examples: ['node-pvxs info demo:temperature', 'node-pvxs info -D'],
  run: async (context) => {
    if (context.options.of(diagnose) === true) {
      if (context.args.length > 0) throw new UsageError('-D takes no PV')
      return tellHost(context)
    }
    const names = await namesOf(context)
    const ctx = await context.open()
    const outcomes = new Map([...new Set(names)].map((name) => [name, describe(context, ctx, name)]))
    for (const name of names) {
      const outcome = await outcomes.get(name)
      context.signal.throwIfAborted()
      if (outcome === undefined) continue
      if ('error' in outcome) {
        if (wantsJson(context)) await context.stdout.write(jsonFailure(name, outcome.error))
        context.failed(name, outcome.error, names.length === 1)
      } else {
        const { type, peer } = outcome
        const text = wantsJson(context)
          ? jsonText({ name, peer, type })
          : `${escapeLine(name)} from ${escapeLine(peer)}\n${layout(type)}\n`
        await context.stdout.write(text)
      }
    }
  },
}

function wantsJson(context: CommandContext): boolean {
  return context.options.of(formatOption) === 'json'
}

type Outcome = { readonly type: TypeDef; readonly peer: string } | { readonly error: unknown }

async function describe(context: CommandContext, ctx: Context, name: string): Promise<Outcome> {
  const { target, timeout, signal } = context
  try {
    const connection = ctx.connect(name, { ...target, signal })
    const type = await ctx.info(name, { ...target, timeout, signal })
    return { type, peer: connection.peer ?? '' }
  } catch (error) {
    return { error }
  }
}

async function tellHost(context: CommandContext): Promise<void> {
  const { version } = await context.core()
  const ctx = await context.open()
  const interfaces = Object.entries(networkInterfaces()).map(
    ([name, addresses = []]) => [name, addresses.map(({ cidr, address }) => cidr ?? address)] as const,
  )
  const facts = {
    ...version(),
    node: process.version,
    platform: `${process.platform} ${process.arch}`,
    interfaces: Object.fromEntries(interfaces),
    configuration: ctx.config,
  }
  if (wantsJson(context)) {
    await context.stdout.write(jsonText(facts))
    return
  }
  const lines = Object.entries(facts).flatMap(([name, fact]) =>
    typeof fact !== 'object'
      ? [`${name}: ${fact}`]
      : [
          `${name}:`,
          ...Object.entries(fact).map(([key, value]) =>
            `    ${key}: ${Array.isArray(value) ? value.join(' ') : String(value)}`.trimEnd(),
          ),
        ],
  )
  await context.stdout.write(`${lines.map(escapeLine).join('\n')}\n`)
}
