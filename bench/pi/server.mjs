// A PI Web API as fast as it can be, in a process of its own: answers are made beforehand or as text. Prints its URL.
import { once } from 'node:events'
import { createServer } from 'node:http'
import { WebSocketServer } from 'ws'

const T0 = Date.UTC(2026, 0, 1)
const stamp = (ms) => `${new Date(ms).toISOString().slice(0, -1)}4567Z`
const value = (i) =>
  `{"Timestamp":"${stamp(T0 + i * 1000)}","Value":${Math.sin(i / 1000)},"UnitsAbbreviation":"degC","Good":true,` +
  '"Questionable":false,"Substituted":false,"Annotated":false}'
const body = (values) => Buffer.from(`{"Links":{},"Items":[${values.join(',')}],"UnitsAbbreviation":"degC"}`)
const rows = body(Array.from({ length: 200_000 }, (_, i) => value(i)))

/** The events of a tag that is called by their number: one a second from T0 on. */
function recorded(webId, query) {
  const count = Number(Buffer.from(webId.slice(4), 'base64url').toString())
  if (count === 200_000) return rows
  const first = Math.max(0, Math.ceil((Date.parse(query.get('startTime')) - T0) / 1000))
  const end = Math.min(count, first + Number(query.get('maxCount')))
  return body(Array.from({ length: Math.max(0, end - first) }, (_, i) => value(first + i)))
}

function points(paths) {
  const items = paths.map((path) => {
    const Name = path.split('\\').at(-1)
    const WebId = `I1DP${Buffer.from(Name).toString('base64url')}`
    const point = { WebId, Name, Path: path, PointType: 'Float64', EngineeringUnits: 'degC', Step: false }
    return { Identifier: path, IdentifierType: 'Path', Object: point, Exception: null }
  })
  return Buffer.from(JSON.stringify({ Items: items }))
}

const server = createServer({ maxHeaderSize: 1 << 20 }, (request, response) => {
  const { pathname, searchParams } = new URL(request.url, 'http://x')
  const [, , controller, second, last] = pathname.split('/')
  request.resume().on('end', () => {
    const answer =
      request.method === 'POST'
        ? Buffer.alloc(0)
        : second === 'multiple'
          ? points(searchParams.getAll('path'))
          : controller === 'streams' && last === 'recorded'
            ? recorded(decodeURIComponent(second), searchParams)
            : Buffer.from('{"Items":[]}')
    response.writeHead(request.method === 'POST' ? 204 : 200, {
      'content-type': 'application/json',
      'content-length': answer.length,
    })
    response.end(answer)
  })
})

const MESSAGES = 20_000
/** What a member says in a message: one value each, a second after that of the message before. */
const item = (webId, i) =>
  `{"WebId":"${webId}","Name":"${webId}","Path":"\\\\\\\\S\\\\${webId}","Links":{},"Items":[${value(i)}],"UnitsAbbreviation":"degC"}`
const made = new Map()
function messagesOf(webIds) {
  const key = webIds.join()
  if (!made.has(key))
    made.set(
      key,
      Array.from({ length: MESSAGES }, (_, i) =>
        Buffer.from(`{"Links":{},"Items":[${webIds.map((webId) => item(webId, i)).join(',')}]}`),
      ),
    )
  return made.get(key)
}

/** All messages of a channel, as fast as they are taken. */
const channels = new WebSocketServer({ server, perMessageDeflate: false })
channels.on('connection', async (socket, { url }) => {
  const closed = once(socket, 'close')
  for (const message of messagesOf(new URL(url, 'http://x').searchParams.getAll('webId'))) {
    if (socket.readyState !== socket.OPEN) return
    if (socket.bufferedAmount < 1 << 20) socket.send(message, { binary: false })
    else await Promise.race([closed, new Promise((sent) => socket.send(message, { binary: false }, sent))])
  }
})
server.listen(0, '127.0.0.1', () => console.log(`http://127.0.0.1:${server.address().port}/piwebapi`))
process.stdin.resume().on('end', () => process.exit())
