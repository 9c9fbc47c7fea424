// 'wave', an array of 8 MB filled with a number, fifty times a second another, until the RPC 'stop', which answers with the
// last number, how many there were, and by how much memory grew. The RPC 'posted' answers with how many there were so far. Arguments: TCP and UDP port, 0 for any.
import { NTScalar, Server, SharedPV } from '../../../dist/index.js'

const [tcpPort = 0, udpPort = 0] = process.argv.slice(2).map(Number)
const bytes = 8 << 20
const wave = SharedPV.mailbox(new NTScalar('uint8[]'), { value: new Uint8Array(bytes) })
let last = 0
let posted = 0
let most = 0
const base = process.memoryUsage.rss()
const poster = setInterval(() => {
  last = (last + 1) % 250
  posted++
  wave.post({ value: new Uint8Array(bytes).fill(last) })
  most = Math.max(most, process.memoryUsage.rss())
}, 20)
const stop = new SharedPV({
  onRpc() {
    clearInterval(poster)
    return { last, posted, grown: most - base }
  },
})
const server = await Server.start({
  isolated: true,
  pvs: { wave, stop, posted: new SharedPV({ onRpc: () => ({ posted }) }) },
  ...(tcpPort > 0 && { tcpPort, udpPort }),
})
console.log(`ready ${server.tcpPort} ${server.udpPort}`)
