import { assignmentsOf } from '../assignments.js'
import { asked } from '../ask.js'
import type { CommandContext } from '../context.js'
import { oneOf, toggle, UsageError, valued, type Command } from '../declare.js'
import { REFUSED } from '../failures.js'
import { PutTarget } from '../put-target.js'
import { text } from '../readers.js'
import type { PutOptions } from '../../index.js'
import type { Reading } from '../words.js'

const pv = valued('pv', 'NAME', 'the PV, where its name has a = itself', text, { complete: 'pv' })
const verbatim = toggle('text', 'values are text, whatever they look like')
const json = toggle('json', 'values are JSON; {…} is the whole structure')
const csv = toggle('csv', 'values are CSV with a header: a table, or what get --csv wrote')
const dryRun = toggle('dry-run', 'tell what would change, and send nothing')
const show = toggle('show', 'tell what changed')
const verify = toggle('verify', 'fail when something else is there afterwards')
const confirm = toggle('confirm', 'ask before anything is sent')
const yes = toggle('yes', 'the answer to --confirm, for scripts')
const keepGoing = toggle('keep-going', 'send the rest after one was refused')
const processing = oneOf('process', ['yes', 'no', 'passive'], 'whether the record is processed')
const block = toggle('block', 'wait until the record has been processed')
const once = toggle('once', 'never send again after a broken connection')

export const put: Command = {
  name: 'put',
  forms: ['NAME VALUE…', 'NAME FIELD=VALUE…', 'NAME=VALUE…', '--csv -|@FILE'],
  completes: 'pv',
  options: [pv, verbatim, json, csv, dryRun, show, verify, confirm, yes, keepGoing, processing, block, once],
  shares: ['timeout', 'request', 'network'],
  notes: [
    'A value is read by the type that the server has: numbers, true and false, labels of an enum, text as it is, arrays as 1,2,3 or JSON, structures as JSON. - takes it from stdin, @FILE from a file; @@ is an @ of the text. What does not fit is refused, and nothing is sent.',
    'Several PVs are looked up and all values read first; then they are written in order, until one is refused.',
  ],
  examples: [
    'node-pvxs put demo:setpoint 21.5',
    'node-pvxs put demo:mode Run --show',
    'node-pvxs put demo:setpoint value=21.5 alarm.severity=0',
    'node-pvxs put demo:setpoint=20 demo:mode=Off --verify',
    'node-pvxs put demo:numbers - < numbers.txt',
  ],
  run: async (context) => {
    const { options } = context
    const isDry = options.of(dryRun) === true
    const mustAsk = options.of(confirm) === true && options.of(yes) !== true && !isDry
    if (mustAsk && !(process.stdin.isTTY && context.stderr.terminal))
      throw new UsageError('--confirm asks on a terminal, and there is none: --yes answers it')
    const assignments = await assignmentsOf(context, options.of(pv), readingOf(context))
    const ctx = await context.open()
    const targets = assignments.map((assignment) => new PutTarget(context, ctx, assignment))
    const wantsOld = isDry || mustAsk || options.of(show) === true
    if (!(await prepared(context, targets, wantsOld))) return
    if (isDry) {
      for (const target of targets) await context.stdout.write(target.changes())
      return
    }
    if (mustAsk && !(await asked(context, targets.map((target) => target.changes()).join('')))) {
      context.fail(REFUSED)
      context.note('nothing was sent')
      return
    }
    await send(context, targets)
  },
}

function readingOf({ options }: CommandContext): Reading {
  const given = [verbatim, json, csv].filter((option) => options.of(option) === true)
  if (given.length > 1)
    throw new UsageError(`--${given[0]?.name} and --${given[1]?.name} say two things about the values`)
  return (given[0]?.name ?? 'typed') as Reading
}

/** Whether every value could be made; each that could not is told. */
async function prepared(
  context: CommandContext,
  targets: readonly PutTarget[],
  old: boolean,
): Promise<boolean> {
  const made = targets.map((target) =>
    target.prepare(old).then(
      () => undefined,
      (error: unknown) => ({ error }),
    ),
  )
  const outcomes = await Promise.all(made)
  context.signal.throwIfAborted()
  outcomes.forEach((failure, k) => {
    if (failure !== undefined) context.failed(targets[k]?.name, failure.error, targets.length === 1)
  })
  const all = outcomes.every((failure) => failure === undefined)
  if (!all && targets.length > 1) context.note('nothing was sent')
  return all
}

async function send(context: CommandContext, targets: readonly PutTarget[]): Promise<void> {
  const options = putOptions(context)
  for (const [k, target] of targets.entries()) {
    try {
      await target.send(options)
    } catch (error) {
      context.signal.throwIfAborted()
      context.failed(target.name, error, targets.length === 1)
      if (context.options.of(keepGoing) === true) continue
      for (const { name } of targets.slice(k + 1)) context.failed(name, new Error('was not sent'), false)
      return
    }
    await tell(context, target, targets.length === 1)
  }
}

/** What the PV holds after the put, for --show and --verify. */
async function tell(context: CommandContext, target: PutTarget, alone: boolean): Promise<void> {
  const wantsCheck = context.options.of(verify) === true
  if (!wantsCheck && context.options.of(show) !== true) return
  try {
    const now = await target.read()
    if (context.options.of(show) === true) await context.stdout.write(target.changes(now))
    if (!wantsCheck) return
    for (const difference of target.differences(now))
      context.failed(target.name, new Error(difference), alone)
  } catch (error) {
    context.signal.throwIfAborted()
    context.failed(target.name, error, alone)
  }
}

function putOptions({ options, selection }: CommandContext): PutOptions {
  const wanted = options.of(processing)
  return {
    ...selection,
    ...(wanted !== undefined && { process: wanted === 'passive' ? 'passive' : wanted === 'yes' }),
    ...(options.of(block) === true && { block: true }),
    ...(options.of(once) === true && { atMostOnce: true }),
  } as PutOptions
}
