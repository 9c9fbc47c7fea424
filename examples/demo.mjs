// @ts-check
// `npm run demo`: a server in one process, a client in another, and what the client saw.
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

const start = (/** @type {string} */ file, /** @type {string[]} */ ...args) =>
  fork(fileURLToPath(new URL(`demo/${file}`, import.meta.url)), args)

const server = start('server.mjs')
const failed = once(server, 'exit').then(([code]) =>
  Promise.reject(new Error(`the server ended with ${code}`)),
)
const [config] = await Promise.race([once(server, 'message'), failed])
console.log(`server: process ${server.pid}, seen on the loopback interface only`)

const client = start('client.mjs', JSON.stringify(config))
console.log(`client: process ${client.pid}`)
const [code] = await Promise.race([once(client, 'exit'), failed])

failed.catch(() => undefined) // from here on it may end
server.send('stop')
const [served] = await once(server, 'exit')
process.exitCode = code ?? served ?? 1
if (process.exitCode === 0) console.log('done: everything above went over PVAccess')
