import type { Value } from '../data/index.js'
import { about } from '../errors.js'
import type { ContextCore } from './context-core.js'
import { get, type GetCall } from './get.js'
import { getOptions } from './options.js'

/** A result for each name: as many as there are names where these are written out, else an array. */
export type ForEach<N extends readonly string[], R> = { -readonly [K in keyof N]: R }

function startAll(
  core: ContextCore,
  owner: object,
  op: string,
  names: readonly string[],
  options: unknown,
): GetCall[] {
  const checked = getOptions(options)
  core.check(op)
  return names.map((pv) => about({ op, pv }, () => get({ core, owner, op: 'get', pv }, checked)))
}

/** All values in the order of the names; with the first failure the rest is given up. */
export async function getAll(
  core: ContextCore,
  owner: object,
  names: readonly string[],
  options: unknown,
): Promise<Value[]> {
  const calls = startAll(core, owner, 'getAll', names, options)
  try {
    return await Promise.all(calls.map((call) => call.promise))
  } catch (error) {
    for (const call of calls) call.cancel(error)
    throw error
  }
}

export function getAllSettled(
  core: ContextCore,
  owner: object,
  names: readonly string[],
  options: unknown,
): Promise<PromiseSettledResult<Value>[]> {
  return Promise.allSettled(
    startAll(core, owner, 'getAllSettled', names, options).map((call) => call.promise),
  )
}
