// A ManagedStream over a source under full control.
import { ManagedStream, type StreamOptions } from 'node-pvxs/stream'
import { FakeSource, type FakeOptions } from './fake-source.js'

export type Stream = ManagedStream<readonly string[], unknown, unknown>

export function made(
  options?: StreamOptions<unknown, unknown>,
  how?: FakeOptions,
): { stream: Stream; source: FakeSource } {
  const source = new FakeSource(how)
  return { stream: new ManagedStream<readonly string[], unknown, unknown>(source, options), source }
}

export async function running(
  options?: StreamOptions<unknown, unknown>,
  onError?: (error: Error) => unknown,
): Promise<{ stream: Stream; source: FakeSource; errors: Error[] }> {
  const { stream, source } = made(options)
  const errors: Error[] = []
  await stream.start(['a'], {
    onError: (error) => {
      errors.push(error)
      return onError?.(error)
    },
  })
  return { stream, source, errors }
}

export const STATE = { code: 'ERR_STREAM_STATE' }
