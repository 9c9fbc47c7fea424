// node-pvxs bench: every row has a figure, its own server ends with it, named PVs are left as they are.
import { afterAll, beforeAll, expect, it } from 'vitest'
import { NTScalar, Server, SharedPV } from 'node-pvxs'
import { run } from './run.js'

let server: Server
const pv = SharedPV.mailbox(new NTScalar('float64'), { value: 7 })
beforeAll(async () => {
  server = await Server.start({ isolated: true, pvs: { 'b:x': pv } })
})
afterAll(() => server.close())

interface Row {
  readonly row: string
  readonly pv: string
  readonly value: number
  readonly unit: string
}

const rowsOf = (stdout: string): Row[] =>
  stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Row)

it('measures against a server of its own', { timeout: 60_000 }, async () => {
  const { code, stdout, stderr } = await run(['bench', '--for', '100ms', '--json'])
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  const rows = rowsOf(stdout)
  expect(rows.map(({ unit }) => unit)).toEqual(['gets/s', 'gets/s', 'puts/s', 'puts/s', 'updates/s', 'MB/s'])
  for (const { value } of rows) expect(value).toBeGreaterThan(0)
})

it('reads and watches named PVs, and writes none', { timeout: 60_000 }, async () => {
  const { code, stdout, stderr } = await run(['bench', 'b:x', '--for', '100ms', '--json'], { server })
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  expect(rowsOf(stdout).map(({ unit }) => unit)).toEqual(['gets/s', 'gets/s', 'updates/s'])
  expect(pv.current()['value']).toBe(7)
})

it('tells of a PV that is not there, with 3', async () => {
  const { code, stderr } = await run(['bench', 'b:nope', '-w', '200ms'], { server })
  expect(code).toBe(3)
  expect(stderr).toContain('b:nope: not found')
})

it.each([
  [['--for', '0'], 'is not a time above 0'],
  [['--server', '127.0.0.1:5075'], '--server: name the PVs to read there'],
])('%j is exit 2 and a sentence', async (args, text) => {
  const { code, stdout, stderr } = await run(['bench', ...args])
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
  expect(stderr).toContain(text)
})
