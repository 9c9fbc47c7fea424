import { inspect } from 'node:util'
import { describe, expect, it } from 'vitest'
import { Member, TypeCode, TypeDef } from '../../../lib-ts/data/index.js'
import { Layout } from '../../../lib-ts/data/types/layout.js'
import { trustedMember, trustedType } from '../../../lib-ts/data/types/typedef.js'
import { InvalidArgumentError } from '../../../lib-ts/errors.js'

const Motor = new TypeDef('struct', 'lab:Motor', {
  position: 'float64',
  names: 'string[]',
  limits: { low: 'float64', high: 'float64' },
  history: [{ at: 'int64', ok: 'bool' }],
  choice: new TypeDef('union', 'pick_t', { a: 'int32', b: ['any'] }),
})

const names = (type: TypeDef): string[] => type.members.map((member) => `${member.name} ${member.code}`)

describe('TypeDef', () => {
  it('has the code, the id and the members it was given, in order', () => {
    expect(Motor.code).toBe('struct')
    expect(Motor.id).toBe('lab:Motor')
    expect(names(Motor)).toEqual([
      'position float64',
      'names string[]',
      'limits struct',
      'history struct[]',
      'choice union',
    ])
    expect(Motor.members[3]?.children.map(({ name }) => name)).toEqual(['at', 'ok'])
    expect(new TypeDef('struct', { a: 'int8' }).id).toBe('')
  })

  it('takes Members, shapes, types and builders alike', () => {
    const inner = new TypeDef('struct', 'in_t', { x: 'int8' })
    const asMembers = new TypeDef('struct', [
      new Member('int32', 'n'),
      new Member('struct', 'deep', [new Member('uint16[]', 'w')]),
      new Member('struct', 'inner', 'in_t', [new Member('int8', 'x')]),
      new Member('struct[]', 'list', 'in_t', { x: 'int8' }),
    ])
    const asShape = new TypeDef('struct', {
      n: 'int32',
      deep: { w: 'uint16[]' },
      inner: { build: () => inner },
      list: [inner],
    })
    expect(asShape.equals(asMembers, { ids: true })).toBe(true)
  })

  it('[75] builds and prints every type code', () => {
    for (const code of Object.values(TypeCode)) {
      const type = new TypeDef('struct', [new Member(code, 'x')])
      expect(type.members[0]?.code).toBe(code)
      expect(type.toString()).toMatch(/^struct \{\n {4}[\w[\]]+( \{\})? x\n\}$/)
      expect(TypeDef.fromJSON(JSON.parse(JSON.stringify(type))).equals(type, { ids: true })).toBe(true)
    }
  })

  it('prints the whole of a long id, on its line', () => {
    const id = `site:${'x'.repeat(200)}\n\u009b:1.0`
    const shown = `site:${'x'.repeat(200)}\\n\\u009b:1.0`
    expect(String(new TypeDef('struct', id, { a: 'int8' }))).toBe(`struct "${shown}" {\n    int8_t a\n}`)
  })

  it('[75] prints the layout that pvxinfo prints', () => {
    expect(String(Motor)).toBe(
      [
        'struct "lab:Motor" {',
        '    double position',
        '    string[] names',
        '    struct {',
        '        double low',
        '        double high',
        '    } limits',
        '    struct[] {',
        '        int64_t at',
        '        bool ok',
        '    } history',
        '    union "pick_t" {',
        '        int32_t a',
        '        any[] b',
        '    } choice',
        '}',
      ].join('\n'),
    )
    expect(String(new TypeDef('struct', 'a\u001b[31m', {}))).not.toContain('\u001b')
  })

  it('shows the layout in console.log', () => {
    expect(inspect({ type: new TypeDef('struct', 'a_t', { x: 'int8' }) })).toMatch(
      /TypeDef struct "a_t" \{\n\s+int8_t x/,
    )
    expect(inspect(new Member('int8', 'x'))).toMatch(/^Member \{ name: 'x'/)
  })

  it('cannot be changed', () => {
    expect(Object.isFrozen(Motor)).toBe(true)
    expect(Object.isFrozen(Motor.members)).toBe(true)
    expect(Object.isFrozen(Motor.members[0])).toBe(true)
    const members: Member[] = [new Member('int8', 'a')]
    const type = new TypeDef('struct', members)
    members.push(new Member('int8', 'b'))
    expect(names(type)).toEqual(['a int8'])
  })

  it('[88] compares structure, and ids only when asked', () => {
    const other = new TypeDef('struct', 'other', Motor.members)
    expect(Motor.equals(other)).toBe(true)
    expect(Motor.equals(other, { ids: true })).toBe(false)
    expect(Motor.equals(Motor.extend({ more: 'bool' }))).toBe(false)
    const swapped = new TypeDef('struct', [...Motor.members].reverse())
    expect(Motor.equals(swapped)).toBe(false)
    expect(Motor.equals({ build: () => other })).toBe(true)
  })

  it('[89] extends to a new type, keeps the id, and leaves the original as it was', () => {
    const before = String(Motor)
    const wider = TypeDef.from(Motor).extend({
      speed: 'float32',
      limits: { margin: 'int8' },
      position: 'int32',
    })
    expect(String(Motor)).toBe(before)
    expect(wider.id).toBe('lab:Motor')
    expect(names(wider)).toEqual([
      'position int32',
      'names string[]',
      'limits struct',
      'history struct[]',
      'choice union',
      'speed float32',
    ])
    expect(wider.members[2]?.children.map(({ name }) => name)).toEqual(['low', 'high', 'margin'])
    expect(Motor.extend([new Member('struct', 'limits', 'new_t', [])]).members[2]?.id).toBe('new_t')
    expect(() => Motor.extend({ limits: 'int32' })).toThrow(/"limits" is struct and cannot become int32/)
    expect(() => Motor.extend({ position: { x: 'int8' } })).toThrow(
      /"position" is float64 and cannot become struct/,
    )
    expect(() => Motor.extend([new Member('union', 'limits', {})])).toThrow(InvalidArgumentError)
    expect(() => new TypeDef('int32').extend({ a: 'int8' })).toThrow(/int32 has no members/)
  })

  it('[89] serves as a member and as a struct array member', () => {
    const pair = new TypeDef('struct', [Motor.as('one'), Motor.as('struct[]', 'many')])
    expect(pair.members.map(({ name, code, id }) => [name, code, id])).toEqual([
      ['one', 'struct', 'lab:Motor'],
      ['many', 'struct[]', 'lab:Motor'],
    ])
    expect(() => Motor.as('union', 'x')).toThrow(InvalidArgumentError)
    expect(() => Motor.as('a b')).toThrow(/"a b" is not a field name/)
  })

  it('[90] is equal when rebuilt from a value', () => {
    const value = Motor.create({ history: [{ at: 1 }], choice: 5 })
    expect(TypeDef.from(value).equals(Motor, { ids: true })).toBe(true)
    expect(TypeDef.from(value.limits).equals(Motor.members[2]?.type as TypeDef)).toBe(true)
    expect(TypeDef.from({ build: () => Motor })).toBe(Motor)
    expect(() => TypeDef.from({} as never)).toThrow(InvalidArgumentError)
  })

  it('survives JSON, and says where JSON is wrong', () => {
    const json = JSON.parse(JSON.stringify(Motor)) as Record<string, unknown>
    expect(TypeDef.fromJSON(json).equals(Motor, { ids: true })).toBe(true)
    expect(JSON.stringify(new TypeDef('int32[]'))).toBe('"int32[]"')
    const bad = {
      code: 'struct',
      members: [{ name: 'a', type: { code: 'struct', members: [{ name: 'b', type: 'int33' }] } }],
    }
    expect(() => TypeDef.fromJSON(bad)).toThrow(/the type of "a\.b" is "int33"/)
    for (const wrong of [null, 5, 'struct int', {}, { code: 'struct' }, { code: 'int32', members: [] }, []]) {
      expect(() => TypeDef.fromJSON(wrong)).toThrow(InvalidArgumentError)
    }
  })
})

describe('what is refused when a type is made', () => {
  const refused: [string, () => unknown, RegExp][] = [
    ['an unknown code', () => new TypeDef('double' as never), /unknown type code "double"/],
    [
      'a double name',
      () => new TypeDef('struct', [new Member('int8', 'a'), new Member('int8', 'a')]),
      /two members "a"/,
    ],
    ['a dotted name', () => new Member('int8', 'a.b'), /"a\.b" is not a field name/],
    ['a name with a space', () => new TypeDef('struct', { 'a b': 'int8' }), /"a b" is not a field name/],
    ['a name that begins with a digit', () => new Member('int8', '1a'), /"1a"/],
    ['a name beginning with $', () => new Member('int8', '$type'), /"\$type"/],
    ['an empty name', () => new Member('int8', ''), /"" is not a field name/],
    ['a name with a line end', () => new Member('int8', 'a\n'), /"a\\n"/],
    ['a name that is not text', () => new Member('int8', 5 as never), /5 is not a field name/],
    ['null as a member', () => new TypeDef('struct', [null as never]), /one is null/],
    ['null in a shape', () => new TypeDef('struct', { a: null as never }), /member "a" is null/],
    ['null for members', () => new TypeDef('struct', null as never), /not null/],
    ['members of a scalar', () => new TypeDef('int32', [] as never), /int32 has no members/],
    ['an id of a scalar', () => new TypeDef('int32', 'id', [] as never), /int32 has no id/],
    ['an id that is not text', () => new TypeDef('struct', 5 as never, []), /a type id is text/],
    ['a lone surrogate in an id', () => new TypeDef('struct', '\ud800', []), /lone surrogate/],
    ['an array of arrays', () => new TypeDef('struct', { a: ['int8[]'] }), /no arrays of int8\[\]/],
    ['an array shape without element', () => new TypeDef('struct', { a: [] as never }), /one element/],
    ['a Map', () => new TypeDef('struct', new Map() as never), /not Map object/],
    ['a symbol key', () => new TypeDef('struct', { [Symbol('x')]: 'int8' } as never), /Symbol\(x\)/],
    [
      'a builder of nothing',
      () => new TypeDef('struct', { a: { build: () => 5 } as never }),
      /build\(\) must return/,
    ],
  ]
  it.each(refused)('%s', (_what, make, text) => {
    expect(make).toThrow(InvalidArgumentError)
    expect(make).toThrow(text)
  })

  it('a getter that throws, with its error as the cause', () => {
    const cause = new Error('mine')
    const shape = {
      get a(): never {
        throw cause
      },
    }
    expect(() => new TypeDef('struct', shape)).toThrow(
      expect.objectContaining({ code: 'ERR_PVA_ARGUMENT', cause }),
    )
  })

  it('a shape that contains itself, and a type that nests deeper than 20', () => {
    const loop: Record<string, unknown> = {}
    loop['a'] = loop
    expect(() => new TypeDef('struct', loop as never)).toThrow(/nest 20 deep/)
    const list: unknown[] = []
    list.push(list)
    expect(() => new TypeDef('struct', { list } as never)).toThrow(InvalidArgumentError)
    let type: TypeDef = new TypeDef('struct', { x: 'int8' })
    for (let depth = 1; depth < 20; depth++) type = new TypeDef('struct', { x: type })
    expect(type.height).toBe(20)
    expect(() => new TypeDef('struct', { x: type })).toThrow(/nest 20 deep/)
    expect(() => type.extend({ y: type })).toThrow(InvalidArgumentError)
  })
})

describe('what is allowed when a type is made', () => {
  it('a structure and a union without members', () => {
    expect(new TypeDef('struct').create().$freeze().$toObject()).toEqual({})
    expect(new TypeDef('struct', { u: new TypeDef('union') }).create().u).toBeNull()
  })

  it('[92] reserved and inherited names, which touch no prototype', () => {
    const shape = JSON.parse(
      '{"__proto__": "int8", "constructor": "int8", "toString": "int8", "class": "int8"}',
    ) as object
    const type = new TypeDef('struct', shape as never)
    expect(names(type)).toEqual(['__proto__ int8', 'constructor int8', 'toString int8', 'class int8'])
    expect(TypeDef.fromJSON(JSON.parse(JSON.stringify(type))).equals(type)).toBe(true)
    expect(({} as Record<string, unknown>)['int8']).toBeUndefined()
  })

  it('10,000 members', () => {
    const shape = Object.fromEntries(Array.from({ length: 10_000 }, (_, i) => [`m${i}`, 'int32' as const]))
    const value = new TypeDef('struct', shape).create({ m9999: 7 })
    expect(value['m9999']).toBe(7)
    expect([...value.$changed]).toEqual(['m9999'])
  })
})

describe('Layout', () => {
  it('numbers fields depth first, structures included, as the bits of a changed-bitset', () => {
    const { fields, byPath } = Layout.of(Motor)
    expect(fields.map(({ path, parent, end }) => [path, parent, end])).toEqual([
      ['', -1, 8],
      ['position', 0, 2],
      ['names', 0, 3],
      ['limits', 0, 6],
      ['limits.low', 3, 5],
      ['limits.high', 3, 6],
      ['history', 0, 7],
      ['choice', 0, 8],
    ])
    expect(fields[0]?.children).toEqual([1, 2, 3, 6, 7])
    expect(byPath.get('limits.high')).toBe(5)
    expect(byPath.get('')).toBeUndefined()
  })

  it('is made once per type', () => {
    expect(Layout.of(Motor)).toBe(Layout.of(Motor))
  })

  it('keeps names from the network apart from paths', () => {
    const odd = trustedType('struct', '', [
      trustedMember('a.b', new TypeDef('int8') as TypeDef),
      trustedMember('a', new TypeDef('struct', { b: 'int16' }) as TypeDef),
    ])
    const m = odd.create()
    m['a'] = { b: 5 }
    expect(m['a.b']).toBe(0)
    expect((m['a'] as { b: number }).b).toBe(5)
  })
})
