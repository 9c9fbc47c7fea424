import type { Context } from '../../index.js'
import { escapeLine, quote } from '../../input/index.js'
import type { CommandContext } from '../context.js'
import { toggle, UsageError, type Command } from '../declare.js'
import * as options from '../options.js'
import { jsonText } from '../output/json.js'
import { aligned } from '../output/width.js'
import { configurationFile, keys } from '../settings.js'

const json = toggle('json', 'a line of JSON for each setting')

export const config: Command = {
  name: 'config',
  forms: [''],
  options: [json, options.format, options.maxItems, options.time],
  shares: ['timeout', 'network'],
  notes: [
    'Strongest first: options, the section of the configuration file that --profile or NODE_PVXS_PROFILE names, EPICS_PVA_* variables, the lines of the file before any section, defaults. The keys of the file are the names that are printed.',
  ],
  examples: ['node-pvxs config', 'node-pvxs config --json'],
  run: async (context) => {
    const [word] = context.args
    if (word !== undefined) throw new UsageError(`config takes no argument, and ${quote(word)} was given`)
    const rows = await settingsOf(context)
    if (context.options.of(json) === true) {
      for (const [setting, value, from] of rows)
        await context.stdout.write(jsonText({ setting, value, from }))
      return
    }
    const lines = aligned(rows.map((row) => row.map(escapeLine)))
    await context.stdout.write(lines.map((line) => `${line}\n`).join(''))
  },
}

type Row = [setting: string, value: string, from: string]

async function settingsOf(context: CommandContext): Promise<Row[]> {
  const { settings } = context
  const ctx = await context.open()
  const defaults = defaultsOf(ctx)
  await ctx.close()
  const rows = keys.map(({ option, variable }): Row => {
    const { text, from } = settings.setting(option, variable) ?? {
      text: defaults[option.name] ?? '',
      from: 'default',
    }
    return [option.name, text, from]
  })
  const file = configurationFile(process.env)
  const profile = settings.profile
  return [
    ...rows,
    ['profile', profile?.text ?? '', profile?.from ?? 'default'],
    ['file', file?.path ?? '', file?.named === true ? 'NODE_PVXS_CONFIG' : 'default'],
  ]
}

/** What is in force where nothing is set: of the core, and of this program. */
function defaultsOf({ config }: Context): Readonly<Record<string, string>> {
  return {
    addr: config.addressList.join(' '),
    'name-server': config.nameServers.join(' '),
    interface: config.interfaces.join(' '),
    'auto-addr': config.autoAddressList ? 'yes' : 'no',
    'udp-port': String(config.broadcastPort),
    'tcp-port': String(config.serverPort),
    timeout: '5',
    format: 'line',
    time: 'local',
    color: 'auto',
  }
}
