// Independent clients of the bridge: a WebSocket client for Python, and curl.
import { execFile, spawn } from 'node:child_process'
import { promisify } from 'node:util'
import { describe, expect, it, onTestFinished } from 'vitest'
import { NTScalar, SharedPV } from 'node-pvxs'
import { environment } from '../../scripts/tests/venv.mjs'
import { programs } from '../needs.js'
import { bridged } from './fixtures.js'

const run = promisify(execFile)
const client = new URL('peers/client.py', import.meta.url).pathname
const number = (value: number): SharedPV<never> =>
  SharedPV.mailbox(new NTScalar('float64'), { value }) as SharedPV<never>

interface Heard {
  readonly v1: Readonly<Record<string, unknown>>
  readonly v2: Readonly<Record<string, unknown>>
}

it('a client for Python speaks both versions, and reads the binary records by the page of the protocol', async () => {
  const { bridge } = await bridged(
    { n: number(1.5) },
    { auth: { tokens: [{ token: 'long-enough', user: 'py' }] }, write: ['n'] },
  )
  const url = `ws://127.0.0.1:${bridge.port}/pvws/pv`
  const { stdout } = await run(await environment('bridge'), [client, url, 'long-enough'])
  const { v1, v2 } = JSON.parse(stdout) as Heard
  expect(v1).toMatchObject({
    first: { pv: 'n', vtype: 'VDouble', value: 1.5, readonly: false, connected: true },
    written: { value: 2.5 },
    error: { code: 'ERR_PVA_CONVERSION', pv: 'n' },
    echo: { type: 'echo', text: 'ä' },
  })
  expect(v2).toMatchObject({
    hello: { v: 2, user: 'py', write: true },
    state: { id: 1, connected: true },
    records: [
      { kind: 1, id: 1, type: 0 },
      { kind: 2, flags: 1, merged: 1, id: 1, type: 1, bits: '0101', value: 2.5 },
    ],
    put: { id: 2 },
    get: { id: 3, value: { value: 4 } },
  })
}, 400_000)

const curlNeed = programs([{ command: 'curl', args: ['--version'], debian: 'curl' }])

describe.skipIf(curlNeed.missing)(curlNeed.named('curl'), () => {
  const curl = async (...args: readonly string[]): Promise<string> =>
    (await run('curl', ['-sS', ...args])).stdout

  it('reads, writes and sees why not by /api/pv', async () => {
    const { bridge } = await bridged({ 'lab:n': number(1.5) }, { write: ['lab:*'] })
    const url = `${bridge.url}api/pv/lab:n`
    expect(JSON.parse(await curl(url))).toMatchObject({ value: 1.5 })
    const json = ['-H', 'content-type: application/json', '-w', '%{http_code}']
    expect(await curl('-X', 'PUT', ...json, '-d', '7', url)).toBe('204')
    expect(JSON.parse(await curl(`${url}?fields=value`))).toEqual({ value: 7 })
    expect(await curl('-X', 'PUT', '-w', '%{http_code}', '-o', '/dev/null', '-d', '8', url)).toBe('415')
    expect(
      await curl(
        '--path-as-is',
        '-w',
        '%{http_code}',
        '-o',
        '/dev/null',
        `${bridge.url}pvws/../../etc/passwd`,
      ),
    ).toBe('404')
  })

  it('hears events as they come', async () => {
    const pv = number(1)
    const { bridge } = await bridged({ n: pv }, { rate: 1_000 })
    const heard = spawn('curl', ['-sSN', `${bridge.url}pvws/events?pv=n&pv=ca://x`])
    onTestFinished(() => void heard.kill())
    let text = ''
    const has = (part: RegExp): Promise<void> =>
      new Promise((resolve) => {
        const look = (): void => {
          if (part.test(text)) resolve()
        }
        heard.stdout.on('data', (data: Buffer) => {
          text += data.toString()
          look()
        })
        look()
      })
    await has(/event: update\ndata: \{"type":"update","pv":"n".*"value":1,/)
    pv.post({ value: 2 } as never)
    await has(/"value":2,/)
    await has(/event: error\ndata: .*ERR_BRIDGE_MESSAGE/)
  })
})
