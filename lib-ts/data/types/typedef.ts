// Types and their members, from whatever form users give them. One file, since each makes the other.
// Circles of types only: infer.ts and constructors.ts describe Member and TypeDef, text.ts and layout.ts read them.
import { about, InvalidArgumentError } from '../../errors.js'
import { checkOptions, isPlainObject, ownEntries, quote, reading } from '../../input/index.js'
import { codesThereAre, elementCode, isArrayCode, isMembered, isTypeCode, type TypeCode } from './codes.js'
import type { MemberConstructor, TypeDefConstructor } from './constructors.js'
import type {
  AsCode,
  Fields,
  Input,
  MembersFields,
  MembersInput,
  Merged,
  MutableValue,
  Read,
  TypeBuilder,
  Value,
} from './infer.js'
import { checkId, checkName, MAX_DEPTH, typeTooDeep } from './rules.js'
import { typesEqual, typeText, typeToJSON } from './text.js'

// Types that come from the network may carry names that the public door refuses; only the decoder may make them.
const TRUSTED = Symbol('trusted')

const CREATE = { op: 'create' }

declare const CARRIED: unique symbol

class MemberImpl<N extends string = string, T = unknown> {
  static {
    Object.defineProperty(this, 'name', { value: 'Member' }) // what debuggers and error messages show
  }
  declare readonly [CARRIED]?: T
  readonly name: N
  /** The type of this member, as a type of its own. */
  readonly type: TypeDef

  constructor(code: unknown, name: N, ...rest: unknown[]) {
    if (code === TRUSTED) {
      this.name = name
      this.type = rest[0] as TypeDef
    } else {
      this.name = name
      this.type = about({ op: 'Member' }, () => {
        checkName(name)
        return new TypeDefImpl(code, ...rest)
      })
    }
    Object.freeze(this)
  }

  get code(): TypeCode {
    return this.type.code
  }

  get id(): string {
    return this.type.id
  }

  get children(): readonly Member[] {
    return this.type.members
  }
}

/**
 * A named member of a structure or union. Immutable; `T` is what the field reads as.
 *
 * @throws {@link InvalidArgumentError} for a name that does not match `[A-Za-z_][A-Za-z0-9_]*`, an unknown code, or an id
 *   or members where the code has none
 * @example
 * const Limits = new Member('struct', 'limits', [new Member('float64', 'low'), new Member('float64', 'high')])
 * const Alarm = new Member('struct', 'alarm', 'alarm_t', { severity: 'int32', status: 'int32', message: 'string' })
 * new TypeDef('struct', [new Member('float64', 'position'), Limits, Alarm])
 */
export type Member<N extends string = string, T = unknown> = MemberImpl<N, T>
export const Member = MemberImpl as unknown as MemberConstructor

class TypeDefImpl<T = Fields> {
  static {
    Object.defineProperty(this, 'name', { value: 'TypeDef' })
  }
  declare readonly [CARRIED]?: T
  readonly code: TypeCode
  /** Of a structure or union, or of the elements of an array of them; `''` when it has none. */
  readonly id: string
  /** Of a structure or union, or of the elements of an array of them, in order. */
  readonly members: readonly Member[]
  readonly #height: number
  #element: TypeDef | undefined

  constructor(code: unknown, ...rest: unknown[]) {
    if (code === TRUSTED) {
      this.code = rest[0] as TypeCode
      this.id = rest[1] as string
      this.members = rest[2] as Member[]
      this.#height = heightOf(this.code, this.members)
    } else {
      const made = about({ op: 'TypeDef' }, () => checkedParts(code, rest))
      this.code = made.code
      this.id = made.id
      this.members = made.members
      this.#height = made.height
    }
    Object.freeze(this.members)
    Object.freeze(this)
  }

  static from(from: unknown): TypeDef {
    const type = typeDefOf(from)
    if (type === undefined) {
      throw new InvalidArgumentError(
        `TypeDef.from takes a Value, a TypeDef or a builder of one, not ${quote(from)}`,
        { op: 'TypeDef.from' },
      )
    }
    return type
  }

  static fromJSON(json: unknown): TypeDef {
    return about({ op: 'TypeDef.fromJSON' }, () => typeFromJSON(json))
  }

  /** How deep this type nests, itself being 0 and an array of structures counting twice. */
  get height(): number {
    return this.#height
  }

  /** The type of an element of an array; this type itself when it is not an array. */
  get element(): TypeDef {
    if (!isArrayCode(this.code)) return this
    this.#element ??= trustedType(elementCode(this.code), this.id, this.members)
    return this.#element
  }

  /**
   * A new type with these members in addition; this one stays as it was. A member of a name that exists takes its place,
   * and structures, unions and arrays of them merge, keeping the id unless the new one has its own.
   *
   * @throws {@link InvalidArgumentError} when this type has no members, or a member would turn from a plain field into
   *   one with members or back
   * @example
   * const Motor = new TypeDef('struct', 'lab:Motor', { position: 'float64', limits: { low: 'float64' } })
   * const Slow = Motor.extend({ speed: 'float64', limits: { high: 'float64' } })
   * Slow.create({ speed: 2, limits: { low: -1, high: 1 } })
   */
  extend<U, const M extends MembersInput>(
    this: TypeDef<U>,
    members: M,
  ): TypeDef<Merged<U, MembersFields<M>>> {
    const merged = about({ op: 'extend' }, () => {
      if (!isMembered(this.code)) throw new InvalidArgumentError(`${this.code} has no members to extend`)
      return mergeMembers(this.members, membersFrom(members), '')
    })
    return new TypeDefImpl(this.code, this.id, merged)
  }

  /**
   * This type as a member of another; with a code, as an array of it, or as the element of it.
   *
   * @throws {@link InvalidArgumentError} for a bad name, or a code that is neither this type's, nor its array, nor its
   *   element
   * @example
   * const Axis = new TypeDef('struct', 'lab:Axis', { position: 'float64' })
   * new TypeDef('struct', [Axis.as('x'), Axis.as('y'), Axis.as('struct[]', 'spare')])
   */
  as<U, const N extends string>(this: TypeDef<U>, name: N): Member<N, Read<U>>
  as<U, const C extends TypeCode, const N extends string>(
    this: TypeDef<U>,
    code: C,
    name: N,
  ): Member<N, AsCode<U, C>>
  as(codeOrName: string, name?: string): Member {
    return about({ op: 'as' }, () => this.#member(codeOrName, name))
  }

  #member(codeOrName: string, name?: string): Member {
    if (name === undefined) return memberOf(codeOrName, this)
    const code: unknown = codeOrName
    if (!isTypeCode(code) || elementCode(code) !== elementCode(this.code)) {
      throw new InvalidArgumentError(
        `a member ${quote(name)} of ${quote(code)} cannot be made of ${this.code}`,
      )
    }
    return memberOf(name, trustedType(code, this.id, this.members))
  }

  /**
   * A value of this type, defaults where `initial` says nothing. What `initial` names is marked.
   *
   * @throws {@link ConversionError} or {@link NoFieldError} when `initial` does not fit, {@link InvalidArgumentError} when
   *   this type is not a structure
   * @example
   * const Motor = new TypeDef('struct', 'lab:Motor', { position: 'float64', limits: { low: 'float64', high: 'float64' } })
   * const m = Motor.create({ position: 3.5, limits: { low: -10 } })
   * const changed = [...m.$changed] // → ['position', 'limits.low']
   */
  create(initial?: Input<T>): MutableValue<T> {
    return about(CREATE, () => valueMaker().create(this, initial) as unknown as MutableValue<T>)
  }

  /**
   * Whether both describe the same structure: codes, names, order. Ids count with `{ ids: true }` only.
   *
   * @example
   * (await ctx.info('lab:setpoint')).equals(new NTScalar('float64')) // → true
   */
  equals(other: TypeDef | TypeBuilder, options?: { readonly ids?: boolean }): boolean {
    const type = typeDefOf(other)
    checkOptions(options, ['ids'], 'equals')
    return type !== undefined && typesEqual(this, type, options?.ids === true)
  }

  /**
   * The layout that `pvxinfo` prints.
   *
   * @example
   * console.log(new NTScalar('float64').build().toString())
   */
  toString(): string {
    return typeText(this)
  }

  /** What console.log shows: the layout. */
  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return `TypeDef ${this.toString()}`
  }

  /**
   * Plain data that {@link TypeDef.fromJSON} reads back: a code, or an object with code, id and members.
   *
   * @example
   * const plain = JSON.stringify(new TypeDef('struct', 'lab:Motor', { position: 'float64' }))
   */
  toJSON(): unknown {
    return typeToJSON(this)
  }
}

/**
 * The description of a PVAccess type. Immutable; `T` is the TypeScript type it carries.
 *
 * Members are an array of {@link Member}s, or an object whose entries are codes, nested objects, `[element]` for an array
 * of structures, TypeDefs or builders of normative types.
 *
 * @throws {@link InvalidArgumentError} for an unknown code, a bad or double name, members or an id where the code has
 *   none, or a type that nests deeper than PVAccess allows (20)
 * @example
 * const Motor = new TypeDef('struct', 'lab:Motor', {
 *   position: 'float64',
 *   names: 'string[]',
 *   limits: { low: 'float64', high: 'float64' },
 *   history: [{ at: 'int64', position: 'float64' }],
 * })
 * const m = Motor.create({ position: 3.5 })
 */
export type TypeDef<T = Fields> = TypeDefImpl<T>
export const TypeDef = TypeDefImpl as unknown as TypeDefConstructor

interface TypeParts {
  readonly code: TypeCode
  readonly id: string
  readonly members: readonly Member[]
  readonly height: number
}

function checkedParts(code: unknown, rest: readonly unknown[]): TypeParts {
  if (!isTypeCode(code))
    throw new InvalidArgumentError(`unknown type code ${quote(code)}${codesThereAre(code)}`)
  const [id, given] = rest.length < 2 ? ['', rest[0]] : rest
  const checkedId = checkId(code, id)
  const members = given === undefined ? [] : checkedMembers(code, given)
  const height = heightOf(code, members)
  if (height > MAX_DEPTH) throw typeTooDeep()
  return { code, id: checkedId, members, height }
}

/** The type of a Value or of a builder, or the TypeDef itself; undefined for anything else. */
export function typeDefOf(from: unknown): TypeDef | undefined {
  if (from instanceof TypeDefImpl) return from
  if (typeof from !== 'object' || from === null) return undefined
  const { build, $type } = from as { build?: unknown; $type?: unknown }
  if ($type instanceof TypeDefImpl) return $type
  if (typeof build !== 'function') return undefined
  const built: unknown = build.call(from)
  if (built instanceof TypeDefImpl) return built
  throw new InvalidArgumentError(`build() must return a TypeDef, and returned ${quote(built)}`)
}

/** What makes mutable values. */
export interface ValueMaker {
  create(type: TypeDef, initial: unknown): MutableValue
  clone(value: Value): MutableValue
}

let maker: ValueMaker | undefined

/** Values are built on types, so what makes them is handed in here when values/mutable.ts loads. */
export function handInValueMaker(given: ValueMaker): void {
  maker = given
}

export function valueMaker(): ValueMaker {
  if (maker === undefined) throw new Error('values/mutable.ts is not loaded: import data/index.ts')
  return maker
}

/** The member of that name; undefined when there is none. */
export function memberNamed(type: TypeDef, name: string): Member | undefined {
  return type.members.find((member) => member.name === name)
}

/** The names of the members of a type. */
export function namesOf(type: TypeDef): readonly string[] {
  return type.members.map((member) => member.name)
}

const plainTypes = new Map<TypeCode, TypeDef>()

/** The type of a code without id and members; always the same object. */
export function plainType(code: TypeCode): TypeDef {
  let type = plainTypes.get(code)
  if (type === undefined) {
    type = trustedType(code, '', [])
    plainTypes.set(code, type)
  }
  return type
}

/** A type of parts that are checked already, or that come from a peer, whose names may be anything. */
export function trustedType(code: TypeCode, id: string, members: readonly Member[]): TypeDef {
  return new TypeDefImpl(TRUSTED, code, id, members)
}

/** A member with a name that may be anything. */
export function trustedMember(name: string, type: TypeDef): Member {
  return new MemberImpl(TRUSTED, name, type)
}

/** A member with a name that is checked. */
export function memberOf(name: unknown, type: TypeDef): Member {
  checkName(name)
  return trustedMember(name, type)
}

function checkedMembers(code: TypeCode, members: unknown): readonly Member[] {
  if (!isMembered(code)) throw new InvalidArgumentError(`${code} has no members`)
  return membersFrom(members)
}

function heightOf(code: TypeCode, members: readonly Member[]): number {
  if (!isMembered(code)) return 0
  const deepest = members.reduce((height, member) => Math.max(height, member.type.height + 1), 0)
  return isArrayCode(code) ? deepest + 1 : deepest
}

/** Members from either form in which users give them. */
function membersFrom(input: unknown, depth = 0): readonly Member[] {
  if (depth > MAX_DEPTH) throw typeTooDeep()
  const members = Array.isArray(input) ? membersFromArray(input) : membersFromShape(input, depth)
  const names = new Set<string>()
  for (const { name } of members) {
    if (names.has(name)) throw new InvalidArgumentError(`there are two members ${quote(name)}`)
    names.add(name)
  }
  return members
}

/** What `extend` makes of the members that are there and those that come. */
function mergeMembers(present: readonly Member[], added: readonly Member[], path: string): readonly Member[] {
  const merged = [...present]
  const places = new Map(present.map((member, index) => [member.name, index]))
  for (const member of added) {
    const place = places.get(member.name)
    if (place === undefined) merged.push(member)
    else merged[place] = mergeMember(merged[place] as Member, member, path)
  }
  return merged
}

function mergeMember(present: Member, added: Member, path: string): Member {
  const at = `${path}${present.name}`
  if (isMembered(present.code) !== isMembered(added.code)) {
    throw new InvalidArgumentError(`${quote(at)} is ${present.code} and cannot become ${added.code}`)
  }
  if (!isMembered(present.code)) return added
  if (elementCode(present.code) !== elementCode(added.code)) {
    throw new InvalidArgumentError(`${quote(at)} is ${present.code} and cannot become ${added.code}`)
  }
  const members = mergeMembers(present.children, added.children, `${at}.`)
  return trustedMember(
    present.name,
    trustedType(added.code, added.id === '' ? present.id : added.id, members),
  )
}

function membersFromArray(input: readonly unknown[]): Member[] {
  return Array.from(input, (member) => {
    if (member instanceof MemberImpl) return member as Member
    throw new InvalidArgumentError(`members are Member objects, and one is ${quote(member)}`)
  })
}

function membersFromShape(input: unknown, depth: number): Member[] {
  if (!isPlainObject(input)) {
    throw new InvalidArgumentError(`members are an array of Member or an object, not ${quote(input)}`)
  }
  return ownEntries(input, 'the members of a type').map(([name, entry]) => {
    checkName(name)
    return trustedMember(name, typeOfEntry(entry, name, depth))
  })
}

function typeOfEntry(entry: unknown, name: string, depth: number): TypeDef {
  if (depth > MAX_DEPTH) throw typeTooDeep()
  if (isTypeCode(entry)) return plainType(entry)
  if (Array.isArray(entry)) return arrayOf(entry, name, depth)
  const type = typeDefOf(entry)
  if (type !== undefined) return type
  if (!isPlainObject(entry))
    throw new InvalidArgumentError(
      `member ${quote(name)} is ${quote(entry)}, which is not a type${codesThereAre(entry)}`,
      {
        op: 'TypeDef',
      },
    )
  return trustedType('struct', '', membersFrom(entry, depth + 1))
}

function arrayOf(entry: readonly unknown[], name: string, depth: number): TypeDef {
  if (entry.length !== 1) {
    throw new InvalidArgumentError(
      `member ${quote(name)}: an array type is written [element], with one element`,
    )
  }
  const element = typeOfEntry(entry[0], name, depth + 1)
  const code: unknown = `${element.code}[]`
  if (isArrayCode(element.code) || !isTypeCode(code)) {
    throw new InvalidArgumentError(`member ${quote(name)}: there are no arrays of ${element.code}`)
  }
  return trustedType(code, element.id, element.members)
}

/** Reads what {@link TypeDef.toJSON} wrote; `at` is where it stands, for the error. */
export function typeFromJSON(json: unknown, at = '', depth = 0): TypeDef {
  const where = at === '' ? 'the type' : `the type of ${quote(at)}`
  if (isTypeCode(json)) return plainType(json)
  if (depth > MAX_DEPTH) throw new InvalidArgumentError(`${where} nests deeper than ${MAX_DEPTH}`)
  if (!isPlainObject(json))
    throw new InvalidArgumentError(`${where} is ${quote(json)}, neither a code nor an object`)
  const { code, id = '', members } = reading(where, () => ({ ...json }))
  if (!isTypeCode(code))
    throw new InvalidArgumentError(`${where} has the unknown code ${quote(code)}${codesThereAre(code)}`)
  if (!isMembered(code)) {
    throw new InvalidArgumentError(`${where}: ${code} has no members and is written as its code alone`)
  }
  if (!Array.isArray(members))
    throw new InvalidArgumentError(`${where} needs an array of members, not ${quote(members)}`)
  const parsed = (members as readonly unknown[]).map((member) => memberFromJSON(member, at, depth))
  return trustedType(code, checkId(code, id), membersFrom(parsed))
}

function memberFromJSON(json: unknown, at: string, depth: number): Member {
  if (!isPlainObject(json))
    throw new InvalidArgumentError(`a member of ${quote(at)} is ${quote(json)}, not an object`)
  const { name, type } = reading('a member', () => ({ ...json }))
  checkName(name)
  const path = at === '' ? name : `${at}.${name}`
  return trustedMember(name, typeFromJSON(type, path, depth + 1))
}
