import {
  ClosedError,
  ConversionError,
  DecodeError,
  DisconnectedError,
  InvalidArgumentError,
  NoFieldError,
  PvaError,
  RemoteError,
  ResourceError,
  TimeoutError,
  TypeMismatchError,
  type ErrorDetails,
  type Phase,
} from '../errors.js'
import { BridgeError, type BridgeCode } from '../pvws/index.js'

type Message = Readonly<Record<string, unknown>>

const CLASSES: Readonly<Record<string, new (message: string, details: ErrorDetails) => PvaError>> = {
  ERR_PVA_TIMEOUT: TimeoutError,
  ERR_PVA_DISCONNECTED: DisconnectedError,
  ERR_PVA_REMOTE: RemoteError,
  ERR_PVA_CLOSED: ClosedError,
  ERR_PVA_TYPE: TypeMismatchError,
  ERR_PVA_ARGUMENT: InvalidArgumentError,
  ERR_PVA_DECODE: DecodeError,
  ERR_PVA_RESOURCE: ResourceError,
}

/** The error that a message of the bridge tells of, of the class that the core would throw. */
export function faultOf(message: Message, op: string): PvaError {
  const code = textOf(message, 'code') ?? 'ERR_PVA'
  const text = textOf(message, 'message') ?? 'the bridge failed'
  const pv = textOf(message, 'pv')
  const phase = textOf(message, 'phase') as Phase | undefined
  const hint = textOf(message, 'hint')
  const path = textOf(message, 'path') ?? ''
  const details: ErrorDetails = {
    op,
    ...(pv !== undefined && { pv }),
    ...(phase !== undefined && { phase }),
    ...(hint !== undefined && { hint }),
  }
  if (code.startsWith('ERR_BRIDGE_')) return new BridgeError(code as BridgeCode, text, details)
  if (code === 'ERR_PVA_CONVERSION') return new ConversionError(text, { ...details, path })
  if (code === 'ERR_PVA_NO_FIELD') return new NoFieldError(text, { ...details, path, fields: [] })
  return new (CLASSES[code] ?? PvaError)(text, details)
}

function textOf(message: Message, name: string): string | undefined {
  const text = message[name]
  return typeof text === 'string' ? text : undefined
}
