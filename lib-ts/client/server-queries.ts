import { Value } from '../data/index.js'
import { PvaError } from '../errors.js'
import type { CallChecked } from './options.js'
import type { Target } from './context-core.js'
import { rpc } from './rpc.js'

/** What a server says about itself; servers may add to it. */
export interface PeerInfo {
  /** `cpp`, `java`, … */
  readonly implLang: string
  readonly version: string
  readonly [name: string]: unknown
}

/** Every PVAccess server has a PV of this name, which answers no searches and takes RPCs. */
export const SERVER_PV = 'server'

export type ServerTarget = Target & { readonly server: string }

/** The names a server serves. */
export async function channelsOf(target: ServerTarget, options: CallChecked): Promise<string[]> {
  const reply = await ask(target, 'channels', options)
  const names: unknown = reply['value']
  if (!Array.isArray(names))
    throw new PvaError(`list: ${target.server} did not answer with names`, { op: 'list' })
  return names.map(String)
}

export async function infoOf(target: ServerTarget, options: CallChecked): Promise<PeerInfo> {
  const reply = await ask(target, 'info', options)
  return reply.$toObject() as unknown as PeerInfo
}

async function ask(target: ServerTarget, question: string, options: CallChecked): Promise<Value> {
  const reply = await rpc(target, { op: question }, { ...options, server: target.server }).promise
  if (reply instanceof Value) return reply
  throw new PvaError(`${target.op}: ${target.server} did not answer with a structure`, { op: target.op })
}
