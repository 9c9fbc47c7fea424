import { InvalidArgumentError } from '../../errors.js'
import { bound } from './bound.js'
import { checkOptions } from '../../input/check-options.js'
import { elementCode, isArrayCode, isMembered, isTypeCode, type TypeCode } from './codes.js'
import type {
  AsCode,
  Bare,
  CodeType,
  Fields,
  Input,
  MemberOf,
  MembersFields,
  MembersInput,
  Merged,
  MutableValue,
  Read,
  TypeBuilder,
  TypeOfDef,
} from './infer.js'
import { checkId, checkName, membersFrom, mergeMembers, tooDeep } from './members.js'
import { quote } from '../../input/quote.js'
import { typeFromJSON, typesEqual, typeText, typeToJSON } from './text.js'

/**
 * PVXS, and so every peer built on it, refuses a description nested deeper than this; the root is at 0 and an array of
 * structures counts twice, as it does on the wire.
 */
export const MAX_DEPTH = 20

// Types that come from the network may carry names that the public door refuses; only the decoder may make them.
const TRUSTED = Symbol('trusted')

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
      checkName(name)
      this.name = name
      this.type = new TypeDefImpl(code, ...rest)
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

export interface MemberConstructor {
  readonly prototype: Member
  new <const C extends TypeCode, const N extends string>(code: C, name: N): Member<N, CodeType<C>>
  new <const C extends TypeCode, const N extends string, const M extends MembersInput>(
    code: C,
    name: N,
    children: M,
  ): MemberOf<N, C, M>
  new <const C extends TypeCode, const N extends string, const M extends MembersInput>(
    code: C,
    name: N,
    id: string,
    children: M,
  ): MemberOf<N, C, M>
}

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
      if (!isTypeCode(code)) throw new InvalidArgumentError(`unknown type code ${quote(code)}`)
      const [id, members] = rest.length < 2 ? ['', rest[0]] : rest
      this.code = code
      this.id = checkId(code, id)
      this.members = members === undefined ? [] : checkedMembers(code, members)
      this.#height = heightOf(code, this.members)
      if (this.#height > MAX_DEPTH) throw tooDeep()
    }
    Object.freeze(this.members)
    Object.freeze(this)
  }

  /**
   * The type of a value or of a builder, or the type itself: where to start when a type is to be extended.
   *
   * @throws {@link InvalidArgumentError} for anything else
   * @example
   * const wider = TypeDef.from(await ctx.get('lab:motor')).extend({ comment: 'string' })
   * wider.id // → 'lab:Motor'
   */
  static from(from: unknown): TypeDef {
    const type = typeDefOf(from)
    if (type === undefined) {
      throw new InvalidArgumentError(
        `TypeDef.from takes a Value, a TypeDef or a builder of one, not ${quote(from)}`,
      )
    }
    return type
  }

  /**
   * Reads back what `toJSON()` wrote.
   *
   * @throws {@link InvalidArgumentError} that says where the description is wrong
   * @example
   * const Motor = new TypeDef('struct', 'lab:Motor', { position: 'float64' })
   * TypeDef.fromJSON(JSON.parse(JSON.stringify(Motor))).equals(Motor, { ids: true }) // → true
   */
  static fromJSON(json: unknown): TypeDef {
    return typeFromJSON(json)
  }

  /** How deep this type nests, itself being 0 and an array of structures counting twice. */
  get height(): number {
    return this.#height
  }

  /** The type of an element of an array; this type itself when it is no array. */
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
    if (!isMembered(this.code)) throw new InvalidArgumentError(`${this.code} has no members to extend`)
    const merged = mergeMembers(this.members, membersFrom(members), '')
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
   *   this type is no structure
   * @example
   * const Motor = new TypeDef('struct', 'lab:Motor', { position: 'float64', limits: { low: 'float64', high: 'float64' } })
   * const m = Motor.create({ position: 3.5, limits: { low: -10 } })
   * const changed = [...m.$changed] // → ['position', 'limits.low']
   */
  create(initial?: Input<T>): MutableValue<T> {
    return bound.create(this, initial) as unknown as MutableValue<T>
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

export interface TypeDefConstructor {
  readonly prototype: TypeDef
  new <const C extends TypeCode>(code: C): TypeDef<C extends 'struct' ? Fields : Bare<CodeType<C>>>
  new <const C extends TypeCode, const M extends MembersInput>(code: C, members: M): TypeDef<TypeOfDef<C, M>>
  new <const C extends TypeCode, const M extends MembersInput>(
    code: C,
    id: string,
    members: M,
  ): TypeDef<TypeOfDef<C, M>>
  /**
   * TypeBuilder<T>
   *
   * @example
   * const wider = TypeDef.from(await ctx.get('lab:motor')).extend({ comment: 'string' })
   * wider.id // → 'lab:Motor'
   */
  from<T>(from: TypeDef<T> | TypeBuilder<T> | { readonly $type: TypeDef<T> }): TypeDef<T>
  /**
   * Reads back what {@link TypeDef.toJSON} wrote.
   *
   * @throws {@link InvalidArgumentError} that says where the description is wrong
   * @example
   * const Motor = new TypeDef('struct', 'lab:Motor', { position: 'float64' })
   * TypeDef.fromJSON(JSON.parse(JSON.stringify(Motor))).equals(Motor, { ids: true }) // → true
   */
  fromJSON(json: unknown): TypeDef
}

/**
 * The type that a TypeDef, a builder or a Value stands for; undefined for anything else.
 */
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

const plainTypes = new Map<TypeCode, TypeDef>()

/**
 * The type of a code alone; always the same object.
 */
export function plainType(code: TypeCode): TypeDef {
  let type = plainTypes.get(code)
  if (type === undefined) {
    type = trustedType(code, '', [])
    plainTypes.set(code, type)
  }
  return type
}

/**
 * A type of parts that are known to be sound, or that come from a peer, whose names may be anything.
 */
export function trustedType(code: TypeCode, id: string, members: readonly Member[]): TypeDef {
  return new TypeDefImpl(TRUSTED, code, id, members)
}

export function trustedMember(name: string, type: TypeDef): Member {
  return new MemberImpl(TRUSTED, name, type)
}

/**
 * A checked name for a type that exists.
 */
export function memberOf(name: string, type: TypeDef): Member {
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
