// `record list`: the list of PVs that a broker keeps for recorders.
import { didYouMean, escapeLine, quote } from '../../input/index.js'
import { namesOf, textOf, UsageError, type CommandContext } from '../../cli/index.js'
import type { KeyTable } from '../../telemetry/index.js'
import { checkedPlan, openTable, parseConfig, type Policy, type RecordConfig } from '../index.js'
import * as given from './record-options.js'

const VERBS = ['show', 'add', 'remove'] as const

/** Whether the words are of this command: `list` alone may be a PV. */
export function isList([word, file]: readonly string[]): boolean {
  return word === 'list' && file !== undefined && /\.jsonc?$/i.test(file)
}

export async function recordList(context: CommandContext): Promise<void> {
  const [, file = '', verb = 'show', ...names] = context.args
  if (!(VERBS as readonly string[]).includes(verb))
    throw new UsageError(
      `record list CONFIG takes show, add or remove, not ${quote(verb)}${didYouMean(verb, [...VERBS])}`,
    )
  if (verb === 'show' && names.length > 0) throw new UsageError('record list CONFIG show names no PV')
  const config = parseConfig(await textOf(file, context.signal), { file })
  if (config.list === undefined)
    throw new UsageError(`${quote(file)} has no "list": its PVs are in the file itself`)
  const pvs = verb === 'show' ? [] : [...new Set(await namesOf(context, names))]
  const policy = policyOf(context)
  if (verb !== 'add' && policy !== undefined) throw new UsageError('a policy goes with add')
  if (verb === 'add') check(config, pvs, policy)
  const table = await openTable(config.list)
  try {
    if (verb === 'show') await show(context, table)
    else {
      const text = verb === 'add' ? (policy === undefined ? '' : JSON.stringify(policy)) : undefined
      await table.put(new Map(pvs.map((pv) => [pv, text])))
    }
  } finally {
    await table.close()
  }
}

function policyOf({ options }: CommandContext): Policy | undefined {
  const policy = {
    deadband: options.of(given.deadband),
    every: options.of(given.every),
    minPeriod: options.of(given.minPeriod),
  }
  const typed = Object.entries(policy).filter(([, value]) => value !== undefined)
  return typed.length === 0 ? undefined : Object.fromEntries(typed)
}

/** Nothing is written that a recorder of this configuration would not take. */
function check(
  { list: _, ...config }: RecordConfig,
  pvs: readonly string[],
  policy: Policy | undefined,
): void {
  checkedPlan({ ...config, pvs: pvs.map((name) => ({ ...policy, name })) })
}

async function show(context: CommandContext, table: KeyTable): Promise<void> {
  for await (const { entries } of table.changes()) {
    const all = [...entries].sort(([a], [b]) => (a < b ? -1 : 1))
    const lines = all.map(([pv, text = '']) => `${escapeLine(text.trim() === '' ? pv : `${pv} ${text}`)}\n`)
    await context.stdout.write(lines.join(''))
    return
  }
}
