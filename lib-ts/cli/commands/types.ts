import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import type { TypeDef } from '../../data/index.js'
import { quote } from '../../input/index.js'
import type { CommandContext } from '../context.js'
import { UsageError, valued, type Command } from '../declare.js'
import { REFUSED } from '../failures.js'
import { checkedName, namesOf } from '../names.js'
import { namesFile } from '../options.js'
import { text } from '../readers.js'
import { differenceText, pvBlocks } from '../type-diff.js'
import { typeModule, type Dialect, type PvTypes } from '../type-module.js'

const output = valued('output o', 'FILE', 'write FILE: .ts, .mts, or .js with its .d.ts', fileName, {
  complete: 'file',
})
const check = valued('check', 'FILE', 'fail when FILE is not what would be written', fileName, {
  complete: 'file',
})

export const types: Command = {
  name: 'types',
  forms: ['NAME… [-o FILE]', '-f FILE [-o FILE]', '[NAME…] --check FILE'],
  completes: 'pv',
  options: [output, check],
  shares: ['names', 'timeout', 'network'],
  notes: [
    'The module has a TypeDef for each type there is among the PVs, the TypeScript type of its values, and pvs, which gives the type of each PV. The same PVs in any order give the same bytes.',
    '--check without names asks for those that are in the file. When any PV fails, nothing is written.',
  ],
  examples: [
    'node-pvxs types demo:temperature demo:mode -o pvs.ts',
    'node-pvxs types --check pvs.ts',
    'node-pvxs types -f names.txt -o pvs.js',
  ],
  run: async (context) => {
    const file = context.options.of(output)
    const checked = context.options.of(check)
    if (file !== undefined && checked !== undefined)
      throw new UsageError('--check writes nothing: no -o with it')
    const names = checked === undefined ? await namesOf(context) : await namesToCheck(context, checked)
    const found = await typesOf(context, names)
    if (found === undefined) return
    if (checked !== undefined) await compare(context, found, checked)
    else if (file === undefined) await context.stdout.write(typeModule(found, 'ts'))
    else for (const [path, dialect] of filesOf(file)) write(path, typeModule(found, dialect))
  },
}

const FILE = /\.([mc]?)(js|ts)$/

function fileName(name: string, option: string): string {
  if (!FILE.test(text(name, option)) || /\.d\.[mc]?ts$/.test(name))
    throw new UsageError(`${option}: ${quote(name)} is neither .ts nor .js`)
  return name
}

/** The files that a name stands for: of JavaScript also its declarations. */
function filesOf(file: string): [path: string, dialect: Dialect][] {
  const [, kind = '', language] = FILE.exec(file) ?? []
  return language === 'ts'
    ? [[file, 'ts']]
    : [
        [file, 'js'],
        [file.replace(FILE, `.d.${kind}ts`), 'd.ts'],
      ]
}

async function namesToCheck(context: CommandContext, file: string): Promise<string[]> {
  const pvs = pvBlocks(read(file))
  if (context.args.length > 0 || context.options.text(namesFile) !== undefined) return namesOf(context)
  if (pvs === undefined || pvs.size === 0)
    throw new UsageError(`${quote(file)} is not a file that types has written: name the PVs`)
  return [...pvs.keys()].map((name) => checkedName(name, `${file}: `))
}

/** The types; undefined when any of them is not to be had, which is told. */
async function typesOf(context: CommandContext, names: readonly string[]): Promise<PvTypes | undefined> {
  const { timeout, signal, target } = context
  const ctx = await context.open()
  const distinct = [...new Set(names)]
  const outcomes = await Promise.allSettled(
    distinct.map((name) => ctx.info(name, { ...target, timeout, signal })),
  )
  signal.throwIfAborted()
  const found = new Map<string, TypeDef>()
  for (const [k, outcome] of outcomes.entries()) {
    const name = distinct[k] ?? ''
    if (outcome.status === 'fulfilled') found.set(name, outcome.value)
    else context.failed(name, outcome.reason, distinct.length === 1)
  }
  return found.size === distinct.length ? found : undefined
}

async function compare(context: CommandContext, found: PvTypes, file: string): Promise<void> {
  for (const [path, dialect] of filesOf(file)) {
    const now = typeModule(found, dialect)
    const old = read(path)
    if (old.replaceAll('\r\n', '\n') === now) continue
    context.fail(REFUSED)
    context.note(`${path} is not what would be written`)
    await context.stdout.write(differenceText(old.replaceAll('\r\n', '\n'), now))
    return
  }
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    throw new UsageError(`${quote(file)} cannot be read: ${(error as Error).message}`)
  }
}

/** Writes beside it and renames, so that nobody sees half of it. */
function write(file: string, content: string): void {
  const beside = `${file}.${process.pid}.tmp`
  try {
    writeFileSync(beside, content)
    renameSync(beside, file)
  } catch (error) {
    rmSync(beside, { force: true })
    const { code, message } = error as NodeJS.ErrnoException
    const wrong = `${quote(file)} cannot be written: ${message.replace(beside, file)}`
    throw code === 'ENOSPC' || code === 'EIO' ? new Error(wrong) : new UsageError(wrong)
  }
}
