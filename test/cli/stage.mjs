// One fault for the doctor to find. It says `ready` when it stands.
import { createSocket } from 'node:dgram'
import { createServer } from 'node:net'
import { NTScalar, RemoteError, Server, SharedPV, setLogger, timeStamp } from '../../dist/index.js'

setLogger(() => undefined)
const [kind, ...args] = process.argv.slice(2)
const ready = () => console.log('ready')

function tcp(speak, port = 5075, host = '0.0.0.0') {
  const server = createServer((socket) => {
    socket.on('error', () => undefined)
    speak(socket)
  })
  server.listen(port, host, ready)
}

// The first words of a server: the byte order, then the question of who asks.
function firstWords(socket) {
  socket.write(Buffer.from([0xca, 2, 0x41, 2, 0, 0, 0, 0]))
  const body = Buffer.from([0, 0x40, 0, 0, 0xff, 0x7f, 1, 9, ...Buffer.from('anonymous')])
  const head = Buffer.from([0xca, 2, 0x40, 1, 0, 0, 0, 0])
  head.writeUInt32LE(body.length, 4)
  socket.write(Buffer.concat([head, body]))
}

/** Answers every search: found, at that address and port. */
function responder(host, port, guid) {
  const socket = createSocket({ type: 'udp4', reuseAddr: true })
  socket.on('message', (bytes, peer) => {
    if (bytes[3] !== 3) return
    const body = Buffer.alloc(12 + 4 + 16 + 2 + 4 + 1 + 2 + 4)
    body.fill(guid, 0, 12)
    bytes.copy(body, 12, 8, 12)
    if (host !== '') body.set([0xff, 0xff, ...host.split('.').map(Number)], 26)
    body.writeUInt16LE(port, 32)
    body.set([3, ...Buffer.from('tcp'), 1, 1, 0, 1, 0, 0, 0], 34)
    const head = Buffer.from([0xca, 2, 0x40, 4, 0, 0, 0, 0])
    head.writeUInt32LE(body.length, 4)
    socket.send(Buffer.concat([head, body]), bytes.readUInt16LE(32), peer.address)
  })
  socket.bind(5076)
}

const serve = (pvs) => Server.start({ useEnv: false, pvs }).then(ready)

switch (kind) {
  case 'udp-held':
    createSocket('udp4').bind({ port: 5076, exclusive: true }, ready)
    break
  case 'tcp-foreign':
    tcp((socket) => socket.write('SSH-2.0-other\r\n'), Number(args[0] ?? 5075))
    break
  case 'tcp-mute':
    tcp(() => undefined, Number(args[0] ?? 5075))
    break
  case 'responder':
    responder(args[0], Number(args[1]), 7)
    ready()
    break
  case 'mute-server':
    responder('', 5075, 7)
    tcp(firstWords)
    break
  case 'clock': {
    const pv = SharedPV.readonly(new NTScalar('int32'), { value: 0 })
    let value = 0
    setInterval(
      () => pv.post({ value: ++value, timeStamp: timeStamp(Date.now() / 1_000 + Number(args[0])) }),
      100,
    )
    await serve({ x: pv })
    break
  }
  case 'refusing':
    await serve({
      x: new SharedPV({
        type: new NTScalar('int32'),
        initial: { value: 1 },
        onGet: () => {
          throw new RemoteError('not \u001b[2J today')
        },
      }),
    })
    break
  default:
    throw new Error(`there is no stage ${kind}`)
}
