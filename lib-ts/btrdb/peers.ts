// The optional packages. Each is loaded when it is needed first; one that is missing is one error.
import { BTrDBError } from './errors.js'
import { loadCodec, type Codec } from './wire/index.js'

// Declarations that users compile must do without the packages that they do not have: the types are `any` then. The comments
// reach the declarations only in this form.
/* eslint-disable @typescript-eslint/ban-ts-comment, @typescript-eslint/consistent-type-imports */
/** @ts-ignore */
export type Grpc = typeof import('@grpc/grpc-js')
/** @ts-ignore */
export type GrpcChannel = import('@grpc/grpc-js').Channel
/** @ts-ignore */
export type Yaml = typeof import('yaml')
/** @ts-ignore */
export type Arrow = typeof import('apache-arrow')
/** @ts-ignore */
export type ArrowTable = import('apache-arrow').Table
/* eslint-enable @typescript-eslint/ban-ts-comment, @typescript-eslint/consistent-type-imports */

const MISSING = new Set(['ERR_MODULE_NOT_FOUND', 'MODULE_NOT_FOUND'])

async function peer<T>(name: string, what: string, load: () => Promise<T>): Promise<T> {
  try {
    return await load()
  } catch (cause) {
    const missing = MISSING.has(String((cause as { code?: unknown }).code))
    throw new BTrDBError(`${what} needs the package ${name}${missing ? '' : ', which could not be loaded'}`, {
      code: 'ERR_BTRDB_PEER',
      hint: `npm install ${name}`,
      cause,
    })
  }
}

export function loadGrpc(): Promise<Grpc> {
  return peer('@grpc/grpc-js', 'a connection to BTrDB', () => import('@grpc/grpc-js'))
}

export function loadWire(): Promise<Codec> {
  return peer('@bufbuild/protobuf', 'a connection to BTrDB', loadCodec)
}

export function loadYaml(): Promise<Yaml> {
  return peer('yaml', 'a credentials file', () => import('yaml'))
}

export function loadArrow(what: string): Promise<Arrow> {
  return peer('apache-arrow', what, () => import('apache-arrow'))
}
