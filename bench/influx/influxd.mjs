// An influxd for the benchmark: ports of its own, a temporary folder, ended by pid.
import { spawn } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { InfluxDB } from 'node-pvxs/influx'
import { debian } from '../../scripts/supply/debian.mjs'
import { influxdConfiguration } from '../../scripts/supply/influxd.mjs'
import { pointsOf } from './data.mjs'

function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer().once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address()
      server.close(() => resolve(port))
    })
  })
}

export async function startInfluxd() {
  const executable = process.env.PVXS_TEST_INFLUXD ?? (await debian('influxdb', 'usr/bin/influxd'))
  const folder = await mkdtemp(join(tmpdir(), 'influxd-bench-'))
  const port = await freePort()
  const config = join(folder, 'influxd.conf')
  await writeFile(config, influxdConfiguration({ folder, port, rpc: await freePort() }))
  const child = spawn(executable, ['run', '-config', config], { stdio: 'ignore' })
  const url = `http://127.0.0.1:${port}`
  const db = new InfluxDB({ url })
  for (let tries = 0; ; tries++) {
    if (
      await db.ping().then(
        () => true,
        () => false,
      )
    )
      break
    if (tries > 500 || child.exitCode !== null) throw new Error(`${executable} does not serve`)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  return {
    url,
    /** Points to be read, by batches, so that memory stays small. */
    async fill(database, count) {
      await db.createDatabase(database)
      const first = pointsOf(Math.min(count, 200_000))
      for (let at = 0; at < count; at += first.length) {
        const shift = BigInt(at) * 1_000_000n
        await db.write(
          first.map((point) => ({ ...point, time: point.time + shift })),
          { database },
        )
      }
    },
    async stop() {
      await db.close()
      child.kill('SIGKILL')
      await rm(folder, { recursive: true, force: true })
    },
  }
}
