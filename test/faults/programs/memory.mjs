// Makes calls with little address space left. Arguments: the TCP port of a server of `big`, an array of 160 MB, and `small`;
// how many bytes there are left, what to call, and its timeout. Writes 'ok' or code and message of that call, and then of a small one.
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { Context, setLogger } from '../../../dist/index.js'

const [port, left, kind, timeoutText] = process.argv.slice(2)
const timeout = Number(timeoutText)
setLogger(() => undefined)
const ctx = new Context({ useEnv: false, autoAddressList: false, nameServers: [`127.0.0.1:${port}`] })
const small = async () => String((await ctx.get('small')).value)

const values = new Float64Array(20_000_000)
const calls = {
  get: () => ctx.get('big', { timeout }),
  rpc: () => ctx.rpc('big', {}, { timeout }),
  monitor: async () => {
    for await (const v of ctx.monitor('big', { connectTimeout: timeout })) return v
  },
  put: () => ctx.put('big', values, { timeout }),
}

await small()
const used = Number(/VmSize:\s+(\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))[1]) * 1_024
const limited = spawnSync('prlimit', ['--pid', String(process.pid), `--as=${used + Number(left)}:`])
if (limited.status !== 0) throw new Error(`prlimit: ${limited.stderr}`)
const outcome = await calls[kind]().then(
  () => 'ok',
  (error) => `${error.code ?? error.name} ${error.message}`,
)
console.log(JSON.stringify([outcome, await small()]))
await ctx.close()
