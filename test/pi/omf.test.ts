import { gunzipSync } from 'node:zlib'
import { expect, it, onTestFinished } from 'vitest'
import { createServer, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'
import { client, failureOf, plant } from './plant.js'

/** An end of OMF that keeps what it gets. */
async function end(): Promise<{ url: string; got: { headers: IncomingHttpHeaders; bytes: Buffer }[] }> {
  const got: { headers: IncomingHttpHeaders; bytes: Buffer }[] = []
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      got.push({ headers: request.headers, bytes: Buffer.concat(chunks) })
      response.writeHead(202, { 'content-type': 'application/json' }).end('{"OperationId":"1"}')
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/piwebapi`, got }
}

it('OMF messages go out with their headers, compressed unless that is not wanted', async () => {
  const { url, got } = await end()
  const pi = client(url)
  const types = [{ id: 'Flow', type: 'object', classification: 'dynamic' }]
  await expect(pi.omf('type', types)).resolves.toEqual({ OperationId: '1' })
  await pi.omf('data', [{ containerid: 'a', values: [{ Value: 2n ** 60n }] }], {
    action: 'update',
    version: '1.1',
    gzip: false,
  })
  const [first, second] = got
  expect(first?.headers).toMatchObject({
    messagetype: 'type',
    messageformat: 'json',
    omfversion: '1.2',
    action: 'create',
    'content-encoding': 'gzip',
    'x-requested-with': 'node-pvxs',
  })
  expect(JSON.parse(gunzipSync(first?.bytes ?? '').toString())).toEqual(types)
  expect(second?.headers).toMatchObject({ messagetype: 'data', omfversion: '1.1', action: 'update' })
  expect(second?.headers['content-encoding']).toBeUndefined()
  expect(second?.bytes.toString()).toBe('[{"containerid":"a","values":[{"Value":1152921504606846976}]}]')
})

it.each([
  ['another type of message', ['types', []], '"type" is type, container, data'],
  ['a message that is not in a list', ['type', {}], 'array of objects'],
  ['a message that is not an object', ['type', [5]], 'array of objects'],
  ['another action', ['type', [], { action: 'upsert' }], '"action" is create'],
  ['another version', ['type', [], { version: '2' }], '"version" is 1.0'],
  ['compression that is neither on nor off', ['type', [], { gzip: 'yes' }], '"gzip"'],
  ['an unknown option', ['type', [], { zip: true }], 'did you mean "gzip"'],
])('%s is refused, and nothing is sent', async (_, args, said) => {
  const { pi, sim } = await plant()
  const failed = await failureOf(pi.omf(...(args as [never, never])))
  expect(failed.code).toBe('ERR_PI_ARGUMENT')
  expect(failed.message).toContain(said)
  expect(sim.requests).toEqual([])
})
