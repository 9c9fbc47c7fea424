// The simulator's channels, seen by a WebSocket client that knows nothing of node-pvxs/pi.
import { Agent } from 'node:http'
import { once } from 'node:events'
import { expect, it, onTestFinished } from 'vitest'
import { WebSocket, type ClientOptions } from 'ws'
import { plant } from './plant.js'
import type { PiSimulator } from 'node-pvxs/testing'

interface Frame {
  readonly Items: readonly {
    readonly WebId: string
    readonly Path: string
    readonly Items: readonly { readonly Value: unknown; readonly Timestamp: string }[]
  }[]
}

class Reader {
  readonly socket: WebSocket
  readonly #frames: Frame[] = []
  #wake: () => void = () => undefined

  constructor(sim: PiSimulator, path: string, options?: ClientOptions) {
    this.socket = new WebSocket(`${sim.url.replace('http', 'ws')}/${path}`, options)
    this.socket.on('message', (data: Buffer) => {
      this.#frames.push(JSON.parse(String(data)) as Frame)
      this.#wake()
    })
    this.socket.on('error', () => undefined)
    onTestFinished(() => this.socket.terminate())
  }

  async next(): Promise<Frame> {
    while (this.#frames.length === 0) await new Promise<void>((resolve) => (this.#wake = resolve))
    return this.#frames.shift() as Frame
  }

  /** The values of the next frame. */
  async values(): Promise<unknown[]> {
    return (await this.next()).Items.flatMap(({ Items }) => Items.map(({ Value }) => Value))
  }
}

/** Status and body of a refused upgrade. */
async function refusal(sim: PiSimulator, path: string, options?: ClientOptions): Promise<[number, unknown]> {
  const { socket } = new Reader(sim, path, options)
  const [, response] = (await once(socket, 'unexpected-response')) as [
    unknown,
    AsyncIterable<Buffer> & { statusCode: number },
  ]
  let text = ''
  for await (const chunk of response) text += String(chunk)
  return [response.statusCode, JSON.parse(text)]
}

async function idOf(sim: PiSimulator, path: string): Promise<string> {
  const list = path.includes('|') ? 'attributes' : path.includes('Pump') ? 'elements' : 'points'
  const answer = await fetch(`${sim.url}/${list}?path=${encodeURIComponent(path)}`)
  return ((await answer.json()) as { WebId: string }).WebId
}

it('a channel of one stream sends its value at once when asked to, and what is posted', async () => {
  const { sim } = await plant()
  const id = await idOf(sim, '\\\\PISRV\\sinusoid')
  const reader = new Reader(sim, `streams/${id}/channel?includeInitialValues=true`)
  const frame = await reader.next()
  expect(frame.Items).toMatchObject([{ WebId: id, Path: '\\\\PISRV\\sinusoid', Items: [{ Value: 1.5 }] }])
  sim.post('sinusoid', 2, { time: '2026-01-01T00:00:00.1234567Z' })
  sim.post('sinusoid', 3)
  expect(await reader.values()).toEqual([2, 3])
  expect(sim.sockets).toBe(1)
})

it('one of several sends those that changed, and no initial values by itself', async () => {
  const { sim } = await plant()
  const ids = [await idOf(sim, '\\\\PISRV\\sinusoid'), await idOf(sim, '\\\\PISRV\\mode')]
  const reader = new Reader(sim, `streamsets/channel?webId=${ids.join('&webId=')}&webIdType=IDOnly`)
  await once(reader.socket, 'open')
  sim.post('mode', 'Off')
  const { Items } = await reader.next()
  expect(Items).toMatchObject([{ Path: '\\\\PISRV\\mode', Items: [{ Value: { Name: 'Off', Value: 0 } }] }])
  expect(Items[0]?.WebId).toMatch(/^I1DP/)
})

it('one of an element follows its attributes', async () => {
  const { sim } = await plant({
    attributes: {
      'Plant\\Pump1|Flow': { value: 3 },
      'Plant\\Pump1|Speed': { value: 4 },
      'Plant\\Pump2|Flow': { value: 5 },
    },
  })
  const id = await idOf(sim, '\\\\AFSRV\\Plant\\Pump1')
  const all = new Reader(sim, `streamsets/${id}/channel?includeInitialValues=true`)
  expect(await all.values()).toEqual([3, 4])
  const some = new Reader(sim, `streamsets/${id}/channel?includeInitialValues=true&nameFilter=S*`)
  expect(await some.values()).toEqual([4])
})

it('a heartbeat is an empty message after so many polls without a change', async () => {
  const { sim } = await plant({ pollInterval: 1 })
  const id = await idOf(sim, '\\\\PISRV\\sinusoid')
  const reader = new Reader(sim, `streams/${id}/channel?heartbeatRate=3`)
  expect((await reader.next()).Items).toEqual([])
  expect((await reader.next()).Items).toEqual([])
})

it.each([
  ['an unknown point', 'streamsets/channel?webId=I1DPAAAAAAAAAAAAAAAAAAAAAAzzzzzz', 404, /not found/],
  ['what is not a WebID', 'streamsets/channel?webId=x', 400, /not valid/],
  ['no stream at all', 'streamsets/channel', 400, /webId/],
  [
    'a heartbeat that is not a number',
    'streamsets/channel?webId=POINT&heartbeatRate=x',
    400,
    /heartbeatRate/,
  ],
  ['an unknown form of WebID', 'streamsets/channel?webId=POINT&webIdType=x', 400, /WebID type/],
  ['another path', 'streams/channels', 404, /No HTTP resource/],
])('an upgrade for %s is refused with the server’s text', async (_, path, status, text) => {
  const { sim } = await plant()
  const id = await idOf(sim, '\\\\PISRV\\sinusoid')
  const [code, body] = await refusal(sim, path.replace('POINT', id))
  expect(code).toBe(status)
  expect(JSON.stringify(body)).toMatch(text)
  expect(sim.sockets).toBe(0)
})

it('an upgrade without credentials is refused, and the connection serves the next one', async () => {
  const ports = new Set<unknown>()
  const { sim } = await plant({ auth: { user: 'me', password: 'secret' } })
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  onTestFinished(() => agent.destroy())
  const path = 'streamsets/channel?webId=x'
  const seen = async (headers: Record<string, string>): Promise<number> => {
    const { socket } = new Reader(sim, path, { agent, headers })
    const [request, response] = (await once(socket, 'unexpected-response')) as [
      { socket: { localPort: number } },
      { statusCode: number; resume(): void },
    ]
    ports.add(request.socket.localPort)
    response.resume()
    await once(response as never, 'end')
    return response.statusCode
  }
  expect(await seen({})).toBe(401)
  const authorization = `Basic ${Buffer.from('me:secret').toString('base64')}`
  expect(await seen({ authorization })).toBe(400)
  expect(ports.size).toBe(1)
})

it('what is intercepted is answered in its place, and drops and stops cut what is open', async () => {
  const { sim } = await plant()
  sim.intercept(({ path }) =>
    path.endsWith('channel') ? { status: 503, body: { Errors: ['busy'] } } : undefined,
  )
  const id = await idOf(sim, '\\\\PISRV\\sinusoid')
  expect(await refusal(sim, `streams/${id}/channel`)).toEqual([503, { Errors: ['busy'] }])
  sim.intercept(undefined)
  const { url } = sim
  for (const way of ['drop', 'stop']) {
    const { socket } = new Reader(sim, `streams/${id}/channel`)
    await once(socket, 'open')
    const closed = once(socket, 'close')
    if (way === 'drop') sim.dropSockets()
    else await sim.stop()
    expect((await closed)[0]).toBe(1006)
  }
  await sim.start()
  expect(sim.url).toBe(url)
  const { socket } = new Reader(sim, `streams/${id}/channel`)
  await once(socket, 'open')
})
