// delta, tree and info against PVXS's own formatting, line for line.
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { SharedPV, type AnyPV, type Server, type Value } from 'node-pvxs'
import { filled } from '../unit/arbitrary.js'
import { run } from './run.js'
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
