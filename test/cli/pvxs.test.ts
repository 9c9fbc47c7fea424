// delta, tree and info against PVXS's own formatting, line for line.
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { TypeDef } from 'node-pvxs'
import { Server, SharedPV, type AnyPV, type Value } from 'node-pvxs'
import { filled, input, type as anyType } from '../unit/arbitrary.js'
import { run, Running } from './run.js'
import { serveEveryKind } from './served.js'

const printer = join(import.meta.dirname, '../../build/test/pvxs_get')
if (!existsSync(printer)) throw new Error('pvxs_get is not built: npm run test:core')

// PVXS writes text that is not ASCII as bytes, and ids and field names as they are.
const plain = (value: Value): boolean =>
  /^[ -~]*$/.test(JSON.stringify([value, value.$type])) && !/__proto__/.test(JSON.stringify(value.$type))
const random = fc
  .sample(filled, { numRuns: 400, seed: 15 })
  .map((made) => made.$freeze() as Value)
  .filter(plain)
  .slice(0, 60)

let server: Server
let names: string[]
beforeAll(async () => {
  const more = Object.fromEntries(
    random.map((value, k): [string, AnyPV] => [
      `r:${k}`,
      SharedPV.readonly(value.$type, value as never) as AnyPV,
    ]),
  )
  const kinds = [
    'double',
    'single',
    'int64',
    'text',
    'bool',
    'array',
    'texts',
    'enum',
    'image',
    'motor',
    'empty',
  ].map((name) => `x:${name}`)
  server = await serveEveryKind(more)
  names = [...kinds, ...Object.keys(more)]
})
afterAll(() => server.close())

function printed(format: string, limit: number): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(printer, [`127.0.0.1:${server.tcpPort}`, format, String(limit), ...names], (error, stdout) => {
      if (error === null) resolve(stdout)
      else reject(new Error(stdout, { cause: error }))
    })
  })
}

it.each(['delta', 'tree'].flatMap((format) => [0, 2].map((limit) => [format, limit] as const)))(
  'get -F %s -# %i prints what PVXS prints',
  async (format, limit) => {
    const { stdout, stderr } = await run(
      ['get', ...names, '-F', format, '-#', String(limit), '--precision', '6'],
      { server },
    )
    expect(stderr).toBe('')
    // pvxget indents a value below its name.
    const wanted = (await printed(format, limit)).replace(/^(?![xr]:\w+$)(?=.)/gm, '    ')
    expect(stdout.split('\n')).toEqual(wanted.split('\n'))
  },
)

it('info prints what PVXS prints, and ids of arrays of structures', async () => {
  const { stdout } = await run(['info', ...names], { server })
  const peer = `127.0.0.1:${server.tcpPort}`
  expect(stdout.replace(/((?:struct|union)\[\]) "[^"]*"/g, '$1').split('\n')).toEqual(
    (await printed('info', 0)).replace(/^([xr]:\w+)$/gm, `$1 from ${peer}`).split('\n'),
  )
})

/** The fields of a type and of its structures, by path. */
function pathsOf(type: TypeDef, prefix = ''): string[] {
  return type.members.flatMap((member) => {
    const path = `${prefix}${member.name}`
    return member.type.code === 'struct' ? [path, ...pathsOf(member.type, `${path}.`)] : [path]
  })
}

const UPDATES = 4

/** A type, its first value, and updates that mark some of its fields, or of its structures. */
const changing = anyType.chain((type) => {
  const make = (x: unknown): Value => type.create(x as never)
  const update = fc
    .tuple(input(type), fc.subarray(pathsOf(type), { minLength: Math.min(1, type.members.length) }))
    .map(([x, paths]) => {
      const change = make(x).$clone().$unmark()
      for (const path of paths) change.$mark(path)
      return change
    })
  return fc.tuple(input(type).map(make), fc.array(update, { minLength: UPDATES, maxLength: UPDATES }))
})

/** What was printed of each PV, update by update. */
function blocksOf(text: string): Map<string, string[]> {
  const blocks = new Map<string, string[]>()
  for (const block of text.split(/^(?=r:\d+$)/m)) {
    const [name = '', ...lines] = block.split('\n')
    blocks.set(name, [...(blocks.get(name) ?? []), lines.map((line) => line.replace(/^ {4}/, '')).join('\n')])
  }
  return blocks
}

it('monitor -F delta prints of each update what PVXS prints: the fields that are marked', async () => {
  const all = fc
    .sample(changing, { numRuns: 200, seed: 16 })
    .filter(([first, updates]) => pathsOf(first.$type).length > 0 && [first, ...updates].every(plain))
    .slice(0, 30)
  const pvs = all.map(([first]) => SharedPV.readonly(first.$type, first as never))
  const watched = pvs.map((_, k) => `r:${k}`)
  const served = Object.fromEntries(pvs.map((pv, k): [string, AnyPV] => [`r:${k}`, pv]))
  await using changer = await Server.start({ isolated: true, pvs: served })
  const total = String(watched.length * (1 + UPDATES))
  const at = `127.0.0.1:${changer.tcpPort}`
  const words = ['monitor', ...watched, '-F', 'delta', '--precision', '6', '-n', total, '--server', at]
  await using ours = new Running(words)
  const theirs = spawn(printer, [at, 'monitor', String(1 + UPDATES), ...watched])
  const over = once(theirs, 'close')
  let printedByPvxs = ''
  theirs.stdout.setEncoding('utf8').on('data', (text: string) => (printedByPvxs += text))
  const count = (text: string): number => text.match(/^r:\d+$/gm)?.length ?? 0
  // One update at a time: none is merged with the next.
  for (let round = 0; ; round++) {
    const due = watched.length * (round + 1)
    while (count(ours.stdout) < due) await once(ours.child.stdout, 'data')
    while (count(printedByPvxs) < due) await once(theirs.stdout, 'data')
    if (round === UPDATES) break
    for (const [k, [, updates]] of all.entries()) pvs[k]?.post(updates[round] as never)
  }
  await Promise.all([ours.ended, over])
  expect([...blocksOf(ours.stdout)]).toEqual([...blocksOf(printedByPvxs)])
})
