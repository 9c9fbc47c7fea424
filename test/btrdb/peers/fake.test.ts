// The vendor's client for Python judges the fake server: every call, with and without TLS and keys.
import { beforeAll, describe, expect, it } from 'vitest'
import { btrdbFake, type BtrdbFakeOptions } from 'node-pvxs/testing'
import { messages } from '../../../lib-ts/btrdb/wire/schema.js'
import { calls, type Field, type Schema } from '../../../lib-ts/testing/btrdb/wire/schema.js'
import { certificates, openssl, ownAddress } from '../certificates.js'
import { python, PYTHON_MS } from './python.js'

const checks = [
  'info',
  'create_and_metadata',
  'update',
  'collections_and_lookup',
  'sql',
  'values',
  'bits',
  'merge_policies',
  'bad_points',
  'windows',
  'nearest',
  'delete_flush_obliterate',
  'changes',
  'arrow_points',
  'arrow_windows',
  'stream_sets',
  'csv',
  'subscribe',
  'fault_injection_is_off',
]
const proxies = ['10.0.0.1:4410']

type Said = Record<string, unknown>

async function judged(
  options: BtrdbFakeOptions,
  env: Record<string, string> = {},
  key?: string,
): Promise<Said> {
  await using fake = await btrdbFake({ proxies, ...options })
  return (await python('client.py', [fake.endpoint, ...(key === undefined ? [] : [key])], env)) as Said
}

/** What the checks said that did not go well. */
const complaints = (said: Said): unknown[] => checks.map((name) => said[name]).filter((text) => text !== '')

describe('the Python client against the fake BTrDB', () => {
  let said: Said
  beforeAll(async () => {
    said = await judged({})
  }, PYTHON_MS)

  it.each(checks)('%s', (name) => expect(said[name]).toBe(''))

  it('is asked for nothing that is not in this list', () =>
    expect(Object.keys(said).sort()).toEqual([...checks, 'a_schema'].sort()))

  it('has the fields of both of our tables of messages', () => {
    const { messages: theirs, calls: theirCalls } = said['a_schema'] as Interface
    for (const [rpc, { request, answer, streams }] of Object.entries<(typeof calls)['Info'] & Streams>(
      calls,
    )) {
      const [input, output, clientStreams, serverStreams] = theirCalls[rpc] ?? []
      expect([rpc, clientStreams, serverStreams]).toEqual([rpc, streams === 'both', streams !== undefined])
      compareOfFake(rpc, request, theirs, input as string)
      compareOfFake(rpc, answer, theirs, output as string)
      compareOfClient(`${rpc}Request`, theirs, input as string)
      compareOfClient(`${rpc}Answer`, theirs, output as string)
    }
    expect(Object.keys(theirCalls).sort()).toEqual(Object.keys(calls).sort())
  })
})

describe('the Python client over other ways', () => {
  it(
    'sends a key to a plaintext port, and is refused with a wrong one',
    async () => {
      expect(complaints(await judged({ apiKeys: ['other', 'right'] }, {}, 'right'))).toEqual([])
      await expect(judged({ apiKeys: ['right'] }, {}, 'wrong')).rejects.toThrow('the key is not known')
      await expect(judged({ apiKeys: ['right'] })).rejects.toThrow('a key is missing')
    },
    PYTHON_MS,
  )

  it.skipIf(openssl.missing)(
    openssl.named('comes over TLS on port 4411, with a key'),
    async () => {
      await using made = await certificates(ownAddress)
      const options = { host: ownAddress, port: 4411, tls: made.server, apiKeys: ['right'] }
      const env = { BTRDB_CA_BUNDLE: made.caFile }
      expect(complaints(await judged(options, env, 'right'))).toEqual([])
      await expect(judged(options, env)).rejects.toThrow('a key is missing')
    },
    PYTHON_MS,
  )

  it(
    'does without Arrow where the server is older, or has none',
    async () => {
      for (const options of [{ version: [5, 29] as const }, { arrow: false }]) {
        await using fake = await btrdbFake({ ...options, proxies })
        const told = (await python('client.py', [fake.endpoint])) as Said
        for (const name of ['values', 'windows', 'nearest', 'sql', 'update']) expect(told[name]).toBe('')
        for (const name of ['arrow_points', 'arrow_windows'])
          expect(told[name]).toContain('NotImplementedError')
        expect(told['subscribe']).toContain('UNIMPLEMENTED')
      }
    },
    PYTHON_MS,
  )
})

interface Streams {
  readonly streams?: 'answer' | 'both'
}

interface Interface {
  readonly messages: Readonly<Record<string, Readonly<Record<string, string>>>>
  readonly calls: Readonly<Record<string, readonly (string | boolean)[]>>
}

/** Kinds of ours that the interface has another word for. */
const words: Readonly<Record<string, readonly string[]>> = {
  uuid: ['bytes'],
  points: ['RawPoint*'],
  windows: ['StatPoint*'],
  uint32: ['uint32', 'enum'],
  int32: ['int32', 'enum'],
  string: ['string'],
  bytes: ['bytes', 'Mash', 'string'],
}

function compareOfFake(where: string, schema: Schema, theirs: Interface['messages'], name: string): void {
  for (const [number, { kind, repeated, name: field }] of schema) {
    const said = theirs[name]?.[String(number)]
    const at = `${where} ${name} ${number} ${field}`
    if (typeof kind !== 'string') {
      expect(said, at).toMatch(repeated ? /^[A-Z]\w+\*$/ : /^[A-Z]\w+$/)
      compareOfFake(where, kind, theirs, (said as string).replace('*', ''))
    } else expect([at, spelt(kind, repeated)], at).toEqual([at, expect.arrayContaining([said])])
  }
}

function spelt(kind: Field['kind'] & string, repeated: boolean): string[] {
  return (words[kind] ?? [kind]).map((word) => (repeated ? `${word}*` : word))
}

function compareOfClient(ours: string, theirs: Interface['messages'], name: string): void {
  const known = messages as Readonly<
    Record<string, Readonly<Record<string, readonly [number, string, 'many'?]>>>
  >
  const table = known[ours]
  if (table === undefined) return // a call that the client does not make
  for (const [field, [number, kind, many]] of Object.entries(table)) {
    const said = theirs[name]?.[String(number)]
    const at = `${ours}.${field} is field ${number} of ${name}`
    if (kind in known) {
      expect(said, at).toMatch(many ? /^[A-Z]\w+\*$/ : /^[A-Z]\w+$/)
      compareOfClient(kind, theirs, (said as string).replace('*', ''))
    } else
      expect([at, spelt(kind as 'bytes', many === 'many')], at).toEqual([at, expect.arrayContaining([said])])
  }
}
