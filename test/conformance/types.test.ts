// Types and values from a client to a server and back.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  any,
  NTScalar,
  SharedPV,
  TypeCode,
  TypeDef,
  type MutableValue,
  type RpcOperation,
  type Shape,
  type Value,
} from 'node-pvxs'
import { filled, text } from '../unit/arbitrary.js'
import { leavesNothing, loopback } from '../unit/fixtures.js'

leavesNothing()

/** What came, as text, and which leaves it says were set. */
function content(v: Value | MutableValue | null): [string, string[], string] {
  if (v === null) throw new Error('nothing came')
  return [text(v), [...v.$changed], String(v.$type)]
}

describe('a value', () => {
  it('[75] [90] of any type whatever is the same after get, put, monitor and rpc', async () => {
    await using it = await loopback({ echo: new SharedPV({ onRpc: (op: RpcOperation) => op.value }) })
    let run = 0
    await fc.assert(
      fc.asyncProperty(filled, async (m) => {
        const [served, taken] = [`served:${++run}`, `taken:${run}`]
        it.server.addPV(served, SharedPV.readonly(m.$type, m as never))
        it.server.addPV(taken, SharedPV.mailbox(m.$type))
        try {
          const whole = content(m)
          const v = await it.ctx.get(served)
          expect(content(v)).toEqual(whole)
          expect(v.$type.equals(m.$type, { ids: true })).toBe(true)
          for await (const update of it.ctx.monitor(served)) {
            expect(content(update)).toEqual(whole)
            break
          }
          await it.ctx.put(taken, v)
          const stamped = 'timeStamp' in v
          if (!stamped) expect(content(await it.ctx.get(taken))).toEqual(whole)
          expect(content(await it.ctx.rpc('echo', v))).toEqual(whole)
        } finally {
          it.server.removePV(served).removePV(taken)
        }
      }),
      { numRuns: 100 },
    )
  }, 60_000)

  const some: Record<string, unknown> = {
    bool: true,
    string: 'Ünïcode "quoted"\u0000 NUL',
    float32: 1.5,
    float64: -0.1,
    int64: -(2n ** 63n),
    uint64: 2n ** 64n - 1n,
  }
  const scalars = Object.values(TypeCode).filter((code) => !/^(struct|union|any)/.test(code))
  const Every: Shape = {
    ...Object.fromEntries(scalars.map((code) => [code.replace('[]', 'A'), code])),
    struct: { a: 'int8' },
    structA: [{ a: 'int8', b: 'string[]' }],
    union: new TypeDef('union', { n: 'int32', s: 'string', t: { a: 'int8' } }),
    unionA: new TypeDef('union[]', { n: 'int32', s: 'string', t: { a: 'int8' } }),
    any: 'any',
    anyA: 'any[]',
  }
  const initial = {
    ...Object.fromEntries(
      scalars.map((code) => {
        const element = some[code.replace('[]', '')] ?? 7
        return [code.replace('[]', 'A'), code.endsWith('[]') ? [element, element] : element]
      }),
    ),
    struct: { a: -1 },
    structA: [{ a: 1, b: ['x', ''] }, null, { a: 3, b: [] }],
    union: { select: 't', value: { a: 5 } },
    unionA: [{ select: 'n', value: 1 }, null, { select: 's', value: 'x' }, { select: 't', value: { a: 2 } }],
    any: any('uint16[]', [1, 2]),
    anyA: [any('bool', true), null, 'text', any(new TypeDef('struct', 'x:y', { z: 'float32' }), { z: 1.5 })],
  }

  it('[75] has every type code, builds, prints, and survives client, server and client', async () => {
    const type = new TypeDef('struct', 'every:code', Every)
    expect(type.members.map(({ code }) => code).sort()).toEqual(Object.values(TypeCode).sort())
    const sent = type.create(initial as never)
    const v = sent.$freeze() as Value
    for (const name of type.members.map(({ name }) => name)) expect(String(type)).toContain(name)
    await using it = await loopback({ x: SharedPV.mailbox(type) })
    await it.ctx.put('x', v)
    const back = await it.ctx.get('x')
    expect(text(back)).toBe(text(v))
    expect(back.$toObject()).toEqual(v.$toObject())
    // and each field by itself, over a server that has the rest at its defaults
    for (const { name } of type.members) {
      await using one = await loopback({ x: SharedPV.mailbox(type) })
      await one.ctx.put('x', { [name]: v.$get(name) })
      const alone = await one.ctx.get('x')
      expect([...alone.$changed].every((path) => path.split('.')[0] === name)).toBe(true)
      expect(alone.$toObject()[name]).toEqual(v.$toObject()[name])
    }
  })

  it('[92] has fields named like methods and words of the language', async () => {
    const words = [
      'type',
      'name',
      'field',
      'toString',
      'constructor',
      '__proto__',
      'then',
      'value',
      'length',
      'then',
    ]
    const names = [...new Set([...words, 'hasOwnProperty', 'valueOf', 'class', 'await', 'toJSON'])]
    const type = new TypeDef(
      'struct',
      Object.fromEntries(names.filter((n) => n !== '__proto__').map((n) => [n, 'int32'])) as Shape,
    ).extend(JSON.parse('{ "__proto__": "int32" }') as Shape)
    await using it = await loopback({ x: SharedPV.mailbox(type) })
    for (const [k, name] of names.entries()) await it.ctx.put('x', { [name]: k + 1 })
    const v = (await it.ctx.get('x')) as Value
    for (const [k, name] of names.entries()) {
      expect([name, v.$get(name)]).toEqual([name, k + 1])
      expect(Object.getOwnPropertyDescriptor(v, name)?.value).toBe(k + 1)
    }
    expect(Object.keys(v).sort()).toEqual([...names].sort())
    const m = v.$clone()
    for (const name of names)
      m.$assign(JSON.parse(`{ ${JSON.stringify(name)}: -1 }`) as Record<string, unknown>)
    for (const name of names) expect(m.$get(name)).toBe(-1)
  })

  it('[99] read from one PV is put as it is to another of its type, for every scalar and array code', async () => {
    for (const code of scalars as ConstructorParameters<typeof NTScalar>[0][]) {
      const element = some[code.replace('[]', '')] ?? 7
      const value = code.endsWith('[]') ? [element, element, element] : element
      const type = new NTScalar(code, { display: true, control: true, valueAlarm: true })
      const full = {
        value,
        alarm: { severity: 1, status: 2, message: 'm' },
        timeStamp: { secondsPastEpoch: 5n, nanoseconds: 6, userTag: 7 },
      }
      await using it = await loopback({ a: SharedPV.mailbox(type, full as never), b: SharedPV.mailbox(type) })
      const v = await it.ctx.get('a')
      await it.ctx.put('b', v)
      expect(content(await it.ctx.get('b'))).toEqual(content(v))
    }
  })
})
