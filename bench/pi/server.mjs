// A PI Web API as fast as it can be, in a process of its own: answers are made beforehand or as text. Prints its URL.
import { createServer } from 'node:http'

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
server.listen(0, '127.0.0.1', () => console.log(`http://127.0.0.1:${server.address().port}/piwebapi`))
process.stdin.resume().on('end', () => process.exit())
