import { writeFile } from 'node:fs/promises'
import { REFUSED, USAGE, UsageError, type Command, type CommandContext } from '../../cli/index.js'
import { escapeControls, escapeLine, quote } from '../../input/index.js'
import { checkedPlan, ConfigError, configSchema, Recorder, shownConfig, type RecordConfig } from '../index.js'
import { firstConfig } from './first-config.js'
import { configOf, type Meant } from './record-config.js'
import { isList, recordList } from './record-list.js'
import * as given from './record-options.js'

const SECOND = 1_000

export const record: Command = {
  name: 'record',
  forms: [
    'PV… --to URL…',
    '-f FILE --to URL…',
    'CONFIG.jsonc',
    'list CONFIG.jsonc [show]',
    'list CONFIG.jsonc add PV… [--deadband X] [--every MS] …',
    'list CONFIG.jsonc remove PV…',
    '--check CONFIG.jsonc',
    '--print CONFIG.jsonc',
    '--schema',
    '--init FILE',
  ],
  completes: 'pv',
  options: given.all,
  shares: ['names', 'network'],
  notes: [
    'It goes on until SIGINT or SIGTERM, delivers what waits within 10 s, and exits 0, or 1 when something was lost or refused for good. A second signal ends it at once. SIGHUP reads the configuration again, and opens files anew after logs were rotated.',
    'PVs that are not there are waited for, and sinks that are down are tried again. On a terminal, stderr shows how it goes.',
    'list is about the PVs of a configuration whose "list" is in a broker: every recorder of that list takes a change over within a second, while it runs. add takes --deadband, --every and --min-period for its PVs.',
    'With a configuration, --to stands for all of its sinks, and every other option for the key of that name; --deadband, --every and --min-period for those of its defaults.',
  ],
  examples: ['node-pvxs record demo:temperature demo:mode --to jsonl:lab.jsonl'],
  run: async (context) => {
    const { options } = context
    const alone = [given.schema, given.init].find((one) => options.text(one) !== undefined)
    if (alone !== undefined && context.args.length > 0)
      throw new UsageError(`--${alone.name} takes no PV and no configuration`)
    if (options.of(given.schema) === true) {
      await context.stdout.write(`${JSON.stringify(configSchema(), undefined, 2)}\n`)
      return
    }
    const file = options.of(given.init)
    if (file !== undefined) {
      await begin(file)
      return
    }
    try {
      if (isList(context.args)) await recordList(context)
      else await withConfig(context, await configOf(context))
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error
      context.talk(`${escapeControls(error.message)}\n`)
      context.fail(USAGE)
    }
  },
}

function sourceText({ pvs, from, list }: RecordConfig): string {
  if (list !== undefined) return `the list in ${list.type}`
  return from === undefined ? `${pvs?.length ?? 0} PVs` : `from ${from.type}`
}

/** Never over a file that is there. */
async function begin(file: string): Promise<void> {
  try {
    await writeFile(file, firstConfig, { flag: 'wx' })
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    throw new UsageError(`--init: ${code === 'EEXIST' ? `${quote(file)} is there already` : message}`)
  }
}

async function withConfig(context: CommandContext, meant: Meant): Promise<void> {
  const { options } = context
  const { config } = meant
  checkedPlan(config)
  if (options.of(given.check) === true)
    context.note(`${sourceText(config)}, ${Object.keys(config.sinks).length} sinks: no faults`)
  else if (options.of(given.print) === true)
    await context.stdout.write(`${JSON.stringify(shownConfig(config), undefined, 2)}\n`)
  else await run(context, meant)
}

async function run(context: CommandContext, { config, sinks, isFile }: Meant): Promise<void> {
  const core = await context.open(config.pva)
  const recorder = await Recorder.start(config, {
    context: core,
    sinks,
    log: (line) => {
      context.note(line)
    },
  })
  context.onHangup(() => void hangup(context, recorder, isFile))
  const ticker = context.stderr.terminal ? setInterval(() => show(context, recorder), SECOND) : undefined
  const { url, server } = recorder
  if (url !== undefined) context.note(`status on ${url}`)
  if (server !== undefined) context.note(`PVs ${config.status?.prefix ?? ''}… on TCP port ${server.tcpPort}`)
  if (context.verbose) context.note(`recording ${sourceText(config)}`)
  await context.untilSignal(true)
  clearInterval(ticker)
  const failed = Object.values(recorder.status().sinks).some(({ state }) => state === 'failed')
  await recorder.close()
  await core.close()
  if (recorder.lost > 0 || failed) context.fail(REFUSED)
  if (context.stderr.terminal) context.talk('\n')
}

async function hangup(context: CommandContext, recorder: Recorder, isFile: boolean): Promise<void> {
  try {
    await recorder.reopen()
    if (isFile) await recorder.reload()
  } catch (error) {
    // Faults of a configuration are in the log already.
    if (!(error instanceof ConfigError)) context.note((error as Error).message)
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
