// What a recorder tells of itself by HTTP, and what may be changed there.
import { connect } from 'node:net'
import { describe, expect, it } from 'vitest'
import type { RecordConfig } from 'node-pvxs/record'
import { leavesNothing, until } from '../unit/fixtures.js'
import { away } from './counting.js'
import { double, folder, recording, recordingFile, type Stage } from './staging.js'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'

leavesNothing()

const TOKEN = 'hush-hush'
const trusted = { authorization: `Bearer ${TOKEN}` }
const json = { 'content-type': 'application/json' }

interface Answer {
  readonly status: number
  readonly body: unknown
  readonly text: string
  readonly headers: Headers
}

async function ask(stage: Stage, path: string, init: RequestInit = {}): Promise<Answer> {
  const answer = await fetch(`${stage.recorder.url}${path}`, init)
  const text = await answer.text()
  const isJson = answer.headers.get('content-type')?.startsWith('application/json') === true
  return {
    status: answer.status,
    body: isJson && text !== '' ? JSON.parse(text) : undefined,
    text,
    headers: answer.headers,
  }
}

const served = (http: object = {}, config: Partial<RecordConfig> = {}): Promise<Stage> =>
  recording({ a: double(1), 'b/c:x y': double(2) }, { http: { port: 0, token: TOKEN, ...http }, ...config })

describe('the status by HTTP', () => {
  it('is on loopback, and tells what the program is told', async () => {
    const stage = await served()
    const { recorder, sink } = stage
    expect(recorder.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/)
    await sink.until(() => sink.samples.length === 2)
    const status = await ask(stage, '/status')
    expect(status.status).toBe(200)
    expect(status.body).toMatchObject({
      state: 'running',
      pvs: 2,
      connected: 2,
      received: 2,
      sinks: { all: { state: 'ok' } },
    })
    const pv = await ask(stage, `/pvs/${encodeURIComponent('b/c:x y')}`)
    expect(pv.body).toMatchObject({
      name: 'b/c:x y',
      connected: true,
      written: 1,
      lastTime: expect.stringMatching(/^\d{19}$/) as string,
    })
    expect((await ask(stage, '/pvs/b/c:x%20y')).status).toBe(200)
    expect((await ask(stage, '/pvs')).body).toHaveLength(2)
    expect((await ask(stage, '/pvs?state=disconnected')).body).toEqual([])
    expect((await ask(stage, '/pvs?state=connected')).body).toHaveLength(2)
    const head = await ask(stage, '/status', { method: 'HEAD' })
    expect([head.status, head.text]).toEqual([200, ''])
  })

  it('gives metrics that Prometheus reads', async () => {
    const stage = await served()
    await stage.sink.until(() => stage.sink.samples.length === 2)
    await until(() => stage.recorder.status().sinks['all']?.written === 2, 'they are written')
    const { text, headers } = await ask(stage, '/metrics')
    expect(headers.get('content-type')).toContain('version=0.0.4')
    expect(text).toMatch(/^node_pvxs_record_written_total\{sink="all"\} 2$/m)
    expect(text).toMatch(/^node_pvxs_record_pvs_connected 2$/m)
    for (const line of text.trimEnd().split('\n'))
      expect(line).toMatch(
        /^(# (HELP|TYPE) node_pvxs_record_\w+ .+|node_pvxs_record_\w+(\{\w+="[^"]*"(,\w+="[^"]*")*\})? [\d.e+-]+)$/,
      )
    for (const [, name = '', type] of text.matchAll(/^# TYPE (\S+) (\w+)$/gm))
      expect(name.endsWith('_total')).toBe(type === 'counter')
  })

  it.each([
    ['GET', '/', 404],
    ['GET', '/nothing', 404],
    ['GET', '/pvs/absent', 404],
    ['GET', '/pvs/%ZZ', 400],
    ['GET', '/pvs?state=lost', 400],
    ['POST', '/status', 405],
    ['DELETE', '/pvs', 405],
    ['GET', '/reload', 405],
    ['PUT', '/pvs/a', 405],
    ['GET', '/__proto__', 404],
  ])('answers %s %s with %i', async (method, path, status) => {
    const stage = await served()
    const answer = await ask(stage, path, { method })
    expect(answer.status).toBe(status)
    expect(answer.body).toEqual({ error: { message: expect.any(String) as string } })
    if (status === 405) expect(answer.headers.get('allow')).toMatch(/[A-Z]/)
  })

  it('cannot be had on a port that is taken: the start fails, and leaves nothing', async () => {
    const { recorder } = await served()
    const port = Number(new URL(recorder.url ?? '').port)
    await expect(served({ port })).rejects.toMatchObject({
      code: 'ERR_RECORD_START',
      message: expect.stringContaining('EADDRINUSE') as string,
    })
  })
})

describe('health', () => {
  it('is lost when a sink writes nothing while samples wait, and comes back with it', async () => {
    const stage = await served({ unhealthyAfter: 50 })
    const { sink } = stage
    await sink.until(() => sink.samples.length === 2)
    expect((await ask(stage, '/healthz')).body).toEqual({ healthy: true, reasons: [] })
    sink.fault = away
    await stage.recorder.update({ add: ['a', 'late'] })
    await stage.recorder.update({ remove: ['a'] })
    await stage.recorder.update({ add: ['a'] })
    await sink.until(() => sink.attempts > 3)
    expect(stage.lines.filter((line) => line === 'sink all: nobody answers')).toHaveLength(1)
    let ill = await ask(stage, '/healthz')
    while (ill.status === 200) ill = await ask(stage, '/healthz')
    expect(ill).toMatchObject({
      status: 503,
      body: { healthy: false, reasons: [expect.stringContaining('sink all')] },
    })
    sink.fault = undefined
    while (ill.status !== 200) ill = await ask(stage, '/healthz')
  })

  it('is ready when every PV was connected once, or the time is over', async () => {
    const patient = await recording({ a: double(1) }, { http: { port: 0 }, pvs: ['a', 'absent'] })
    await patient.sink.until(() => patient.sink.samples.length === 1)
    expect(await ask(patient, '/readyz')).toMatchObject({ status: 503, body: { ready: false } })
    await patient.recorder.update({ remove: ['absent'] })
    expect((await ask(patient, '/readyz')).status).toBe(200)
    await patient.recorder.update({ add: ['absent'] })
    expect((await ask(patient, '/readyz')).status).toBe(200)
    const hasty = await recording({ a: double(1) }, { http: { port: 0, readyAfter: 0 }, pvs: ['absent'] })
    expect((await ask(hasty, '/readyz')).status).toBe(200)
  })
})

describe('a change by HTTP', () => {
  it('needs the token', async () => {
    const stage = await served()
    for (const headers of [
      {},
      { authorization: 'Bearer wrong' },
      { authorization: TOKEN },
      { authorization: `Basic ${TOKEN}` },
    ])
      for (const [method, path] of [
        ['POST', '/reload'],
        ['PATCH', '/pvs'],
      ] as const) {
        const body = path === '/pvs' ? '{"remove":["a"]}' : null
        const { status, text } = await ask(stage, path, {
          method,
          body,
          headers: { ...json, ...(headers as Record<string, string>) },
        })
        expect([status, text.includes(TOKEN)]).toEqual([403, false])
      }
    const without = await served({ token: undefined })
    expect((await ask(without, '/reload', { method: 'POST', headers: trusted })).status).toBe(403)
    expect(stage.recorder.status().pvs).toBe(2)
  })

  it('adds and removes PVs', async () => {
    const stage = await served()
    const body = JSON.stringify({ add: [{ name: 'late', deadband: 1 }], remove: ['a'] })
    const answer = await ask(stage, '/pvs', { method: 'PATCH', headers: { ...trusted, ...json }, body })
    expect(answer).toMatchObject({ status: 200, body: { added: 1, removed: 1, changed: 0, kept: 1 } })
    expect([...stage.recorder.pvs()].map(({ name }) => name)).toEqual(['b/c:x y', 'late'])
  })

  it.each<[string, Record<string, string>, string, number]>([
    ['another type', { 'content-type': 'text/plain' }, '{}', 415],
    ['no type', { 'content-type': '' }, '{"add":["c"]}', 415],
    ['what is not JSON', json, '{', 415],
    ['a list', json, '[]', 400],
    ['another key', json, '{"ad":["c"]}', 400],
    ['a wrong value', json, '{"add":5}', 400],
    ['a name that is none', json, '{"add":[" c"]}', 400],
    ['a policy with faults', json, '{"add":[{"name":"c","deadbnd":1}]}', 400],
    ['a mebibyte and more', json, `{"add":["${'x'.repeat(2 ** 20)}"]}`, 413],
    ['40 mebibytes', json, `{"add":["${'x'.repeat(40 * 2 ** 20)}"]}`, 413],
  ])('refuses %s', async (_, headers, body, status) => {
    const stage = await served()
    const answer = await ask(stage, '/pvs', {
      method: 'PATCH',
      headers: { ...trusted, ...headers },
      body: Buffer.from(body),
    })
    expect(answer.status).toBe(status)
    expect(stage.recorder.status().pvs).toBe(2)
  })

  it('reads the file again, which undoes what was patched; faults are told', async () => {
    const config = (pvs: string): string =>
      `{ "name": "r", "pvs": ${pvs}, "sinks": { "all": { "type": "custom" } }, "http": { "port": 0, "token": "${TOKEN}" } }`
    const path = join(await folder({ 'r.jsonc': config('["a"]') }), 'r.jsonc')
    const stage = await recordingFile({ a: double(1), b: double(2) }, path)
    const headers = { ...trusted, ...json }
    await ask(stage, '/pvs', { method: 'PATCH', headers, body: '{"add":["c"]}' })
    await writeFile(path, config('["a", "b"]'))
    const reload = (): Promise<Answer> => ask(stage, '/reload', { method: 'POST', headers: trusted })
    expect(await reload()).toMatchObject({ status: 200, body: { added: 1, removed: 1, kept: 1 } })
    await writeFile(path, config('["a", 7]'))
    const refused = await reload()
    expect(refused).toMatchObject({
      status: 400,
      body: { error: { code: 'ERR_RECORD_CONFIG', faults: [{ pointer: '/pvs/1', line: 1 }] } },
    })
    expect((await ask(stage, '/status')).body).toMatchObject({
      pvs: 2,
      reloadFailures: 1,
      lastReloadError: expect.stringContaining('/pvs/1') as string,
    })
    const without = await served()
    expect((await ask(without, '/reload', { method: 'POST', headers: trusted })).status).toBe(409)
  })

  it('is not held up by a client that sends half a request, and ends with the recorder', async () => {
    const stage = await served()
    const socket = connect(Number(new URL(stage.recorder.url ?? '').port), '127.0.0.1')
    socket.on('error', () => undefined)
    await new Promise((resolve) => socket.write('POST /reload HTTP/1.1\r\nHost: x\r\n', resolve))
    expect((await ask(stage, '/healthz')).status).toBe(200)
    const closed = new Promise((resolve) => socket.once('close', resolve))
    await stage.recorder.close()
    await closed
  })
})

describe('a secret', () => {
  it('is in nothing that is told: neither the log, nor an error, nor the status', async () => {
    const path = join(
      await folder({
        'r.jsonc': `{ "pvs": ["a"], "sinks": { "all": { "type": "custom", "batch": { "linger": 0 } },
          "db": { "type": "influx", "url": "http://\${env:HOST}:9", "database": "d", "token": "\${env:TOKEN}", "batch": { "linger": 0 } } },
          "http": { "port": 0, "token": "\${env:TOKEN}" }, "drain": 10 }`,
      }),
      'r.jsonc',
    )
    process.env['HOST'] = '127.0.0.9'
    process.env['TOKEN'] = TOKEN
    const stage = await recordingFile({ a: double(1) }, path)
    await until(() => stage.recorder.status().sinks['db']?.lastError !== undefined, 'it failed')
    stage.sink.fault = () => new Error(`no ${TOKEN}`)
    await stage.recorder.update({ remove: ['a'] })
    await stage.recorder.update({ add: ['a'] })
    await until(() => stage.recorder.pv('a')?.rejected === 1, 'it is refused')
    const told = [
      JSON.stringify(stage.recorder.status()),
      JSON.stringify(stage.recorder.pv('a'), (_, value: unknown) =>
        typeof value === 'bigint' ? String(value) : value,
      ),
      (await ask(stage, '/status')).text,
      (await ask(stage, '/metrics')).text,
      stage.lines.join('\n'),
    ].join('\n')
    expect(told).toContain('***')
    expect(told).not.toContain(TOKEN)
    expect(told).not.toContain('127.0.0.9')
  })
})
