import { InvalidArgumentError } from '../errors.js'
import { LONGEST_QUEUE, SHORTEST_QUEUE, type SubscribeChecked } from './options.js'
import { requestFrom, type PvRequest } from './request.js'

const DEFAULT_QUEUE = 16

/** The request of a monitor, with the queue size in force. */
export function monitorRequest(options: SubscribeChecked): { request: PvRequest; size: number } {
  const request = requestFrom(options.request, options.fields)
  if (options.latest === true) checkLatest(options)
  const size =
    options.queueSize ?? requestedQueue(request) ?? (options.latest === true ? SHORTEST_QUEUE : DEFAULT_QUEUE)
  request.record('queueSize', size)
  if (options.pipeline !== undefined) request.record('pipeline', options.pipeline)
  if (options.ackAny !== undefined) request.record('ackAny', options.ackAny)
  return { request, size }
}

function checkLatest(options: SubscribeChecked): void {
  for (const name of ['queueSize', 'pipeline', 'ackAny'] as const) {
    const value = options[name]
    if (value === undefined || value === false) continue
    throw new InvalidArgumentError(
      `options "latest" and "${name}" exclude each other: with latest only the newest update waits`,
      { op: 'monitor' },
    )
  }
}

function requestedQueue(request: PvRequest): number | undefined {
  const asked = request.option('queueSize')
  if (asked === undefined) return undefined
  const size = Number(asked)
  if (Number.isInteger(size) && size >= SHORTEST_QUEUE && size <= LONGEST_QUEUE) return size
  throw new InvalidArgumentError(
    `queueSize in the request is an integer from ${SHORTEST_QUEUE} to ${LONGEST_QUEUE}, not ${String(asked)}`,
    { op: 'monitor' },
  )
}
