// @ts-check
// Updates of PVs as lines of JSON: node examples/stream-jsonl.mjs PV ... | node examples/stream-jsonl.mjs --file NAMES
// A file has a name a line; it is read again on SIGHUP, and the set follows while the rest goes on. Ctrl-C ends it.
import { readFile } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import { Context } from 'node-pvxs'
import { ManagedStream, pvSource } from 'node-pvxs/stream'

const { values, positionals } = parseArgs({ allowPositionals: true, options: { file: { type: 'string' } } })
const { file } = values

async function names() {
  if (file === undefined) return positionals
  const lines = (await readFile(file, 'utf8')).split('\n').map((line) => line.trim())
  return lines.filter((line) => line !== '' && !line.startsWith('#'))
}

const ctx = new Context()
const stream = new ManagedStream(
  pvSource(ctx, { fields: ['value', 'alarm', 'timeStamp'], connect: 'none' }),
  {
    handler: ({ name, value }) => JSON.stringify({ name, update: value }), // 64-bit integers as text: nothing is lost
    queue: { overflow: 'drop-oldest' },
  },
)
await stream.start(await names())

process.on('SIGHUP', () => {
  names()
    .then((now) => stream.update(now))
    .then(() => console.error(`${stream.spec?.length} PVs`))
    .catch((error) => console.error(error.message)) // the set is as it was
})
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => void stream.stop())

for await (const lines of stream.batches()) {
  // What is full is waited for: the queue fills, and the servers send less.
  if (!process.stdout.write(`${lines.join('\n')}\n`))
    await new Promise((go) => process.stdout.once('drain', go))
}
await ctx.close()
