// Reading takes the memory of pages, and not of data: five million points go by in a process of its own.
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { project, run } from '../docs/pages.js'
import { lab, uuid } from './device.js'

const POINTS = 5_000_000
/** MB. About 30 are asked for; the points themselves have 80. */
const ROOM = 60

it('reads five million points in the memory of some pages', async () => {
  const { fake, db } = await lab({ insertBatch: 50_000 })
  const stream = await db.create(uuid(), 'a', { name: 'a' })
  const part = 500_000
  for (let at = 0; at < POINTS; at += part) {
    const time = BigInt64Array.from({ length: part }, (_, i) => BigInt(at + i))
    await stream.insert({ time, value: new Float64Array(part) }, { merge: 'never' })
  }
  const folder = await project()
  onTestFinished(() => folder.remove())
  const script = join(folder.path, 'read.mjs')
  await writeFile(
    script,
    `import { setFlagsFromString } from 'node:v8'
     import { runInNewContext } from 'node:vm'
     import { BTrDB } from 'node-pvxs/btrdb'
     setFlagsFromString('--expose-gc')
     const gc = runInNewContext('gc')
     const db = await BTrDB.connect({ endpoint: process.env.FAKE, env: {}, home: '/nonexistent' })
     const stream = db.streamFromUuid('${stream.uuid}')
     let most = 0
     const pass = async (to) => {
       let points = 0
       for await (const page of stream.rawValuesIter({ from: 0n, to })) {
         points += page.length
         most = Math.max(most, process.memoryUsage.rss())
       }
       return points
     }
     await pass(200_000n)
     gc()
     const before = (most = process.memoryUsage.rss())
     const points = await pass(${POINTS}n)
     await db.close()
     console.log(JSON.stringify({ points, grown: (most - before) / 1e6 }))`,
  )
  const { stdout, stderr } = await run(script, { FAKE: fake.endpoint }, [], 200_000)
  expect(stderr).toBe('')
  const { points, grown } = JSON.parse(stdout) as { points: number; grown: number }
  expect(points).toBe(POINTS)
  expect(grown).toBeLessThan(ROOM)
}, 300_000)
