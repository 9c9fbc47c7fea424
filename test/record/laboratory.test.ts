// The configuration of examples/record, run by the command against a real InfluxDB and a server with every kind of PV.
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { Context } from 'node-pvxs'
import { InfluxDB } from 'node-pvxs/influx'
import { run, Running } from '../cli/run.js'
import { debianNeed, influxd } from '../influx/servers.js'
import { folder } from './staging.js'

const path = join(import.meta.dirname, '../../examples/record/laboratory.jsonc')

describe('examples/record/laboratory.jsonc', () => {
  it('has no faults', async () => {
    expect(await run(['record', '--check', path])).toMatchObject({ code: 0, stdout: '' })
  })

  it.skipIf(debianNeed.missing)(debianNeed.named('records a laboratory'), { timeout: 60_000 }, async () => {
    await using db = await influxd()
    await using client = new InfluxDB({ url: db.url, database: 'lab' })
    await client.createDatabase('lab')
    const dir = await folder()
    await using lab = new Running(['serve', '--demo', '--isolated'])
    const port = /127\.0\.0\.1:(\d+)/.exec(await lab.says(/PVs on \S+/))?.[1] ?? ''
    const env = {
      EPICS_PVA_NAME_SERVERS: `127.0.0.1:${port}`,
      EPICS_PVAS_INTF_ADDR_LIST: '127.0.0.1',
      EPICS_PVAS_SERVER_PORT: '0',
      EPICS_PVAS_BROADCAST_PORT: '0',
      EPICS_PVAS_AUTO_BEACON_ADDR_LIST: 'NO',
      INFLUX_URL: db.url,
      LAB_FOLDER: dir,
    }
    await using recorder = new Running(['record', path, '--http', '0'], { env })
    const said = await recorder.says(/TCP port (\d+)\n/)
    const http = /status on (\S+)\n/.exec(said)?.[1] ?? ''
    const status = async (): Promise<{ connected: number; sinks: Record<string, { written: number }> }> =>
      (await (await fetch(`${http}/status`)).json()) as never
    for (;;) {
      const { connected, sinks } = await status()
      if (connected === 7 && Object.values(sinks).every(({ written }) => written >= 7)) break
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
    expect((await fetch(`${http}/healthz`)).status).toBe(200)
    const own = new Context({
      useEnv: false,
      autoAddressList: false,
      nameServers: [`127.0.0.1:${/TCP port (\d+)\n/.exec(said)?.[1]}`],
    })
    expect((await own.get('LAB:REC:connected')).$get('value')).toBe(7)
    await own.close()
    recorder.child.kill('SIGTERM')
    expect((await recorder.ended).code).toBe(0)
    lab.child.kill('SIGINT')
    const lines = (await readFile(join(dir, 'laboratory.jsonl'), 'utf8')).trimEnd().split('\n')
    const names = new Set(lines.map((line) => (JSON.parse(line) as { pv: string }).pv))
    for (const name of ['demo:temperature', 'demo:mode', 'demo:wave.mean', 'demo:count', 'demo:note'])
      expect(names.has(name), name).toBe(true)
    const series: string[] = []
    for await (const { id } of client.history().find('demo:*')) series.push(id)
    expect(series).toContain('demo:temperature')
    expect(series).not.toContain('demo:note')
  })
})
