import { escapeLine } from '../../input/index.js'
import type { CommandContext } from '../context.js'
import { toggle, UsageError, type Command } from '../declare.js'
import { exitOf, type Finding, type Status } from '../doctor/finding.js'
import { checkedName } from '../names.js'
import { format, json, timeout } from '../options.js'
import { jsonText } from '../output/json.js'
import { padEnd } from '../output/width.js'

const strict = toggle('strict', 'a warning is a failure too')

const LISTENING = 3_000
const LONGEST = 600_000

export const doctor: Command = {
  name: 'doctor',
  forms: ['[NAME]'],
  completes: 'pv',
  options: [strict, json],
  shares: ['timeout', 'network'],
  notes: [
    'Looks at the configuration, this host, the addresses that are searched, the servers that answer and, with a NAME, at the way to it. It changes nothing and listens for 3 s, or for as long as -w says.',
    'Exit codes: 0 healthy, 10 the configuration, 11 the network, 12 the PV, 13 this host; of several the first.',
  ],
  examples: [
    'node-pvxs doctor',
    'node-pvxs doctor demo:temperature',
    'node-pvxs doctor demo:temperature --json',
  ],
  run: async (context) => {
    const { args, options } = context
    if (args.length > 1) throw new UsageError('one PV at a time: doctor NAME')
    const name = args[0] === undefined ? undefined : checkedName(args[0])
    const ms = context.settings.of(timeout) ?? LISTENING
    if (ms > LONGEST) throw new UsageError('--timeout: the doctor listens for 600 s at most')
    const { examine } = await import('../doctor/examine.js')
    const findings = await examine(context, name, ms)
    const exit = exitOf(findings, options.of(strict) === true)
    const isJson = options.of(format) === 'json'
    for (const finding of findings)
      void context.stdout.write(isJson ? jsonText(finding) : lines(context, finding))
    if (isJson) void context.stdout.write(jsonText({ exit, findings: findings.length }))
    context.fail(exit)
  },
}

const COLORS: Readonly<Record<Status, number>> = { ok: 32, note: 36, warn: 33, fail: 31 }
const STATUS_WIDTH = 4
const CHECK_WIDTH = 13

function lines({ colored }: CommandContext, finding: Finding): string {
  const { status, check, text } = finding
  const word = padEnd(status, STATUS_WIDTH)
  const shown = colored ? `\u001b[${COLORS[status]}m${word}\u001b[0m` : word
  const named = status === 'ok' ? text : `${finding.finding}: ${text}`
  const hint =
    finding.try === undefined
      ? ''
      : `${' '.repeat(STATUS_WIDTH + CHECK_WIDTH + 4)}try: ${escapeLine(finding.try)}\n`
  return `${shown}  ${padEnd(check, CHECK_WIDTH)}  ${escapeLine(named)}\n${hint}`
}
