// A server on node:http2 alone, which does what no good server does.
import { createServer, type Http2Server, type ServerHttp2Session, type ServerHttp2Stream } from 'node:http2'
import type { AddressInfo } from 'node:net'
import { onTestFinished } from 'vitest'
import { loadCodec, type Codec, type MessageInput, type MessageName } from '../../lib-ts/btrdb/wire/index.js'

export type Answer = (stream: ServerHttp2Stream, request: Buffer, rpc: string) => void

export interface RudeServer {
  readonly endpoint: string
  readonly codec: Codec
  readonly http2: Http2Server
  /** Connections so far. */
  readonly sessions: readonly ServerHttp2Session[]
  /** Calls so far, the one that connect() makes among them. */
  readonly rpcs: readonly string[]
  answer: Answer
  /** What becomes of Subscribe, whose requests do not end. */
  open: (stream: ServerHttp2Stream) => void
}

/** One gRPC message. */
export function framed(message: Uint8Array, flag = 0): Buffer {
  const head = Buffer.alloc(5)
  head.writeUInt8(flag, 0)
  head.writeUInt32BE(message.length, 1)
  return Buffer.concat([head, message])
}

export const HEAD = { ':status': 200, 'content-type': 'application/grpc+proto' }

/** Answers as a good server does. */
export function good(stream: ServerHttp2Stream, ...messages: Uint8Array[]): void {
  stream.respond(HEAD, { waitForTrailers: true })
  stream.on('wantTrailers', () => {
    stream.sendTrailers({ 'grpc-status': '0' })
  })
  for (const message of messages) stream.write(framed(message))
  stream.end()
}

/** Says what it is as it should, and goes by `answer` for all else. */
export async function rudeServer(settings: object = {}): Promise<RudeServer> {
  const codec = await loadCodec()
  const sessions: ServerHttp2Session[] = []
  const rpcs: string[] = []
  const http2 = createServer({ settings })
  http2.on('session', (session) => {
    sessions.push(session)
    session.on('error', () => undefined)
  })
  http2.on('stream', (stream, headers) => {
    const rpc = String(headers[':path']).split('/').at(-1) ?? ''
    rpcs.push(rpc)
    const parts: Buffer[] = []
    stream.on('error', () => undefined)
    if (rpc === 'Subscribe') server.open(stream)
    stream.on('data', (part: Buffer) => parts.push(part))
    stream.on('end', () => {
      if (rpc === 'Info') good(stream, info)
      else if (rpc !== 'Subscribe') server.answer(stream, Buffer.concat(parts).subarray(5), rpc)
    })
  })
  const info = codec.encode('InfoAnswer', { majorVersion: 5, minorVersion: 34, build: 'rude' })
  await new Promise<void>((resolve) => http2.listen(0, '127.0.0.1', resolve))
  onTestFinished(
    () =>
      new Promise<void>((resolve) => {
        for (const session of sessions) session.destroy()
        http2.close(() => {
          resolve()
        })
      }),
  )
  const server: RudeServer = {
    endpoint: `127.0.0.1:${(http2.address() as AddressInfo).port}`,
    codec,
    http2,
    sessions,
    rpcs,
    answer: (stream) => {
      stream.close()
    },
    open: (stream) => {
      stream.close()
    },
  }
  return server
}

export type { MessageInput, MessageName }
