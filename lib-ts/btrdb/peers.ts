// The optional packages. Each is loaded when it is needed first; one that is missing is one error.
import type * as grpc from '@grpc/grpc-js'
import type * as arrow from 'apache-arrow'
import type * as yaml from 'yaml'
import { BTrDBError } from './errors.js'
import { loadCodec, type Codec } from './wire/index.js'

export type Grpc = typeof grpc
export type Yaml = typeof yaml
export type Arrow = typeof arrow

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
