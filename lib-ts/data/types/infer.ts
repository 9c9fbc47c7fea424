// The TypeScript side of types: what a TypeDef's value reads as, and what may be written to it. No code.
import type { ScalarCode, TypeCode } from './codes.js'
import type { Member, TypeDef } from './typedef.js'

/**
 * The fields of a value whose type is known only at run time: every name and path reads, as whatever it is.
 *
 * `any` on purpose: `unknown` would forbid `v.alarm.severity`, and a value of a known type must be one of an unknown type.
 */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- see above
export type Fields = any

type IsAny<T> = 0 extends 1 & T ? true : false

declare const BARE: unique symbol

/** What a TypeDef carries when it is not a structure: the type it reads as. */
export interface Bare<R> {
  readonly [BARE]: R
}

/** Anything that makes a type: a normative type's builder, or one of your own. */
export interface TypeBuilder<T = unknown> {
  /**
   * The type, the same object at every call.
   *
   * @example
   * const Motor: TypeBuilder<{ readonly position: number }> = {
   *   build: () => new TypeDef('struct', 'lab:Motor', { position: 'float64' }),
   * }
   * const pv = SharedPV.mailbox(Motor, { position: 2 })
   * pv.current().position // → 2
   */
  build(): TypeDef<T>
}

/** What the type description of a field reads as. */
export type Read<T> = IsAny<T> extends true ? Value : T extends Bare<infer R> ? R : Value<T>

/**
 * The TypeScript type that a TypeDef or a builder carries: the fields of a structure, what it reads as otherwise.
 *
 * @example
 * const Motor = new TypeDef('struct', 'lab:Motor', { position: 'float64', names: 'string[]' })
 * type Motor = ValueOf<typeof Motor> // { position: number; names: readonly string[] }
 * const at = (motor: Motor) => motor.position.toFixed(3)
 * at(Motor.create({ position: 2 })) // → '2.000'
 */
export type ValueOf<D> =
  D extends TypeDef<infer T> ? Carried<T> : D extends TypeBuilder<infer T> ? Carried<T> : never
type Carried<T> = T extends Bare<infer R> ? R : T

/** A union's value: which member, and its value. A union that selects nothing is `null`. */
export interface UnionValue<N extends string = string, V = unknown> {
  readonly select: N
  readonly value: V
}

/** An any's value with its type. An any that holds nothing is `null`. */
export interface AnyValue {
  readonly type: TypeDef
  readonly value: unknown
}

interface CodeTypes {
  bool: boolean
  int8: number
  int16: number
  int32: number
  int64: bigint
  uint8: number
  uint16: number
  uint32: number
  uint64: bigint
  float32: number
  float64: number
  string: string
  'bool[]': readonly boolean[]
  'int8[]': Int8Array
  'int16[]': Int16Array
  'int32[]': Int32Array
  'int64[]': BigInt64Array
  'uint8[]': Uint8Array
  'uint16[]': Uint16Array
  'uint32[]': Uint32Array
  'uint64[]': BigUint64Array
  'float32[]': Float32Array
  'float64[]': Float64Array
  'string[]': readonly string[]
  struct: Value
  'struct[]': readonly (Value | null)[]
  union: UnionValue | null
  'union[]': readonly (UnionValue | null)[]
  any: AnyValue | null
  'any[]': readonly (AnyValue | null)[]
}

/** What a field of that code reads as. */
export type CodeType<C extends TypeCode> = CodeTypes[C]

/** What an array over elements of that code reads as. */
export type ArrayOf<C extends ScalarCode> = CodeTypes[`${C}[]`]

/** Members as an object: codes, nested objects, `[element]` for an array of structures, types and builders. */
export interface Shape {
  readonly [name: string]: ShapeEntry
}
/** One member of a {@link Shape}. */
export type ShapeEntry = TypeCode | Shape | readonly [ShapeEntry] | TypeDef | TypeBuilder
export type MembersInput = readonly Member[] | Shape

type EntryType<E> = E extends TypeCode
  ? CodeTypes[E]
  : E extends TypeDef<infer T>
    ? Read<T>
    : E extends TypeBuilder<infer T>
      ? Read<T>
      : E extends readonly [infer X]
        ? X extends ScalarCode
          ? ArrayOf<X>
          : readonly (EntryType<X> | null)[]
        : Value<ShapeFields<E>>

type ShapeFields<S> = string extends keyof S ? Fields : { -readonly [K in keyof S]: EntryType<S[K]> }

type NameOf<M> = M extends Member<infer N> ? N : never
type TypeOf<M> = M extends Member<string, infer T> ? T : never

/** The fields that members, given in either form, make. */
export type MembersFields<M> = M extends readonly Member[]
  ? string extends NameOf<M[number]>
    ? Fields
    : { [P in M[number] as NameOf<P>]: TypeOf<P> }
  : ShapeFields<M>

/** The values a union of these members may have, tagged by `select`. */
export type MembersUnion<M> = Tagged<MembersFields<M>>
type Tagged<F> = string extends keyof F
  ? UnionValue
  : { [K in keyof F & string]: UnionValue<K, F[K]> }[keyof F & string]

type MemberedType<C extends TypeCode, M> = C extends 'struct'
  ? Value<MembersFields<M>>
  : C extends 'struct[]'
    ? readonly (Value<MembersFields<M>> | null)[]
    : C extends 'union'
      ? MembersUnion<M> | null
      : C extends 'union[]'
        ? readonly (MembersUnion<M> | null)[]
        : CodeTypes[C]

/** The member that `new Member(code, name, children)` makes. */
export type MemberOf<N extends string, C extends TypeCode, M> = Member<N, MemberedType<C, M>>

/** What `new TypeDef(code, members)` carries. */
export type TypeOfDef<C extends TypeCode, M> = C extends 'struct'
  ? MembersFields<M>
  : Bare<MemberedType<C, M>>

/** What a type carries when a member of another code is made of it. */
export type AsCode<T, C extends TypeCode> = C extends 'struct'
  ? Value<T>
  : C extends 'struct[]'
    ? readonly (Value<T> | null)[]
    : C extends 'union[]'
      ? readonly Read<T>[]
      : C extends 'union'
        ? Read<T> extends readonly (infer U)[]
          ? U
          : Read<T>
        : CodeTypes[C]

/** The fields of a type after `extend`: those of both, structures of one name merged. */
export type Merged<T, F> = string extends keyof T
  ? Fields
  : string extends keyof F
    ? Fields
    : {
        [K in keyof T | keyof F]: K extends keyof F
          ? K extends keyof T
            ? MergedField<T[K], F[K]>
            : F[K]
          : K extends keyof T
            ? T[K]
            : never
      }
type MergedField<A, B> = [A, B] extends [ValueMembers<infer T>, ValueMembers<infer F>]
  ? Value<Merged<T, F>>
  : B

/**
 * What `$toObject` takes.
 *
 * @example
 * const v = await ctx.get('lab:counter')
 * const text = JSON.stringify(v.$toObject({ arrays: 'plain', int64: 'string' }))
 */
export interface PlainOptions {
  readonly arrays?: 'typed' | 'plain' | undefined
  readonly int64?: 'bigint' | 'number' | 'string' | undefined
}

export declare const VALUE: unique symbol

/** A value of whatever type. By a symbol, which editors do not offer among the fields. */
export interface AValue {
  readonly [VALUE]: true
}

/** What every value has beside its fields; a PVAccess field name cannot contain `$`, so nothing collides. */
export interface ValueMembers<T> extends AValue {
  readonly $type: TypeDef<T>
  /** The id of its type, such as `epics:nt/NTScalar:1.0`. */
  readonly $id: string
  /**
   * Dotted paths of the leaves this update changed; union, any and struct array fields are leaves.
   *
   * A structure in which nothing changed is the same object as in the value before, so ask the outermost value:
   * `v.$isChanged('alarm')`, not `v.alarm.$isChanged()`, which tells of the update that last changed the alarm.
   */
  readonly $changed: ReadonlySet<string>
  /**
   * Whether this update changed the field, or anything in it; without a path, anything at all.
   *
   * @example
   * for await (const v of ctx.monitor('lab:temp1')) {
   *   if (v.$isChanged('alarm')) console.log('severity', v.alarm.severity)
   *   if (v.value > 30) break
   * }
   */
  $isChanged(path?: string): boolean
  /**
   * Reads a path, such as `alarm.severity`, `items[2].name` or `choice->b`.
   *
   * @throws NoFieldError when nothing is there
   * @example
   * const v = await ctx.get('lab:power')
   * v.$get('value.choices[1]') // → 'On'
   */
  $get<K extends keyof T & string>(path: K): T[K]
  $get(path: string): unknown
  /**
   * Whether the path leads to something.
   *
   * @example
   * const v = await ctx.get('lab:setpoint')
   * v.$has('display.units') ? v.display.units : '' // → ''
   */
  $has(path: string): boolean
  /** The value's `timeStamp`, cut to milliseconds; undefined when its type has none. */
  readonly $time: Date | undefined
  /** The value's `timeStamp` in nanoseconds since 1970; undefined when its type has none. */
  readonly $timeNs: bigint | undefined
  /**
   * Plain objects and arrays, all its own: what `structuredClone` and `postMessage` take.
   *
   * @param options.arrays `typed` (the default) copies arrays as typed arrays, `plain` makes arrays of numbers
   * @param options.int64 what 64-bit integers become: `bigint` (the default), `number`, which rounds beyond 2^53, or
   *   `string`. JSON takes the last two
   * @example
   * const v = await ctx.get('lab:power', { fields: ['value'] })
   * structuredClone(v.$toObject())['value'] // → { index: 1, choices: ['Off', 'On'] }
   */
  $toObject(options?: PlainOptions): Record<string, unknown>
  /**
   * A deep copy to be changed; it has the same marks.
   *
   * @example
   * const m = (await ctx.get('lab:setpoint')).$clone()
   * m.$assign({ value: 3 })
   * await ctx.put('lab:setpoint', m)
   */
  $clone(): MutableValue<T>
  /**
   * Plain data without a loss: 64-bit integers and numbers that JSON lacks are text.
   *
   * @example
   * const Big = new TypeDef('struct', { n: 'int64', x: 'float64' })
   * const text = JSON.stringify(Big.create({ n: 2n ** 60n, x: NaN })) // {"n":"1152921504606846976","x":"NaN"}
   * Big.create(JSON.parse(text)).n // → 1152921504606846976n
   */
  toJSON(): Record<string, unknown>
  /**
   * What `console.log` shows, on one line: also what `${v}` gives.
   *
   * @example
   * String(new NTScalar('int32').create({ value: 5 })) // → 'MutableValue epics:nt/NTScalar:1.0 { value: 5, alarm: NO_ALARM, timeStamp: not set }'
   */
  toString(): string
}

/** The dotted paths to what lies below the fields of a structure. */
type PathsOf<T> =
  IsAny<T> extends true
    ? never
    : { [K in keyof T & string]: [T[K]] extends [ValueMembers<infer U>] ? PathsBelow<K, U> : never }[keyof T &
        string]
type PathsBelow<K extends string, U> =
  IsAny<U> extends true ? never : `${K}.${(keyof U & string) | PathsOf<U>}`

/** What a dotted path leads to. */
type AtPath<T, P extends string> = P extends `${infer K}.${infer Rest}`
  ? K extends keyof T
    ? T[K] extends ValueMembers<infer U>
      ? AtPath<U, Rest>
      : never
    : never
  : P extends keyof T
    ? T[P]
    : never

/**
 * A PVAccess structure. Immutable, as delivered by get, monitor, rpc and handlers, or a {@link MutableValue}.
 *
 * Fields are own properties in declaration order; paths such as `v['alarm.severity']`, `v['items[2].name']`,
 * `v['choice->b']` and `v['value[0]']` read too, and what is not there reads as `undefined`.
 */
export type Value<T = Fields> = ValueMembers<T> & Readonly<T> & { readonly [P in PathsOf<T>]: AtPath<T, P> }

/** What a {@link MutableValue} can do beside a value. */
export interface MutableMembers<T> extends ValueMembers<T> {
  /**
   * Sets what the object or Value names, converted and checked, and marks it; of a Value, its marked fields. Nothing is
   * changed when anything does not fit.
   *
   * @throws ConversionError, NoFieldError
   * @example
   * const m = new NTScalar('int32').create()
   * m.$assign({ value: '42', alarm: { severity: 1 } })
   * const changed = [...m.$changed] // → ['value', 'alarm.severity']
   */
  $assign(partial: Input<T>): this
  /**
   * Marks a field as changed; a structure covers all below it. Without a path, everything.
   *
   * @example
   * const m = new NTScalar('int32').create()
   * const changed = [...m.$mark('value').$changed] // → ['value']
   */
  $mark(path?: string): this
  /**
   * Removes the marks of a field and of all below it, and of it in a structure that is marked as a whole.
   *
   * @example
   * const m = new NTScalar('int32').create({ value: 1, alarm: { severity: 1 } })
   * const changed = [...m.$unmark('alarm').$changed] // → ['value']
   */
  $unmark(path?: string): this
  /**
   * All fields back to their defaults, no marks.
   *
   * @example
   * const m = new NTScalar('int32').create({ value: 1 })
   * m.$clear().value // → 0
   */
  $clear(): this
  /**
   * An immutable copy, with the same marks.
   *
   * @example
   * const v = new NTScalar('int32').create({ value: 1 }).$freeze()
   * Object.isFrozen(v) // → true
   */
  $freeze(): Value<T>
}

/**
 * A structure to be filled in. Assignments convert, check and mark: `m.value = 5`, `m['alarm.severity'] = 2`,
 * `m['choice->b'] = 'text'` (which selects `b`).
 */
export type MutableValue<T = Fields> = MutableMembers<T> & {
  -readonly [K in keyof T]: MutableField<T[K]>
} & { [P in PathsOf<T>]: MutableField<AtPath<T, P>> }
type MutableField<F> =
  IsAny<F> extends true
    ? F
    : [F] extends [ValueMembers<infer U>]
      ? MutableValue<U>
      : [F] extends [readonly (ValueMembers<infer U> | null)[]]
        ? readonly (MutableValue<U> | null)[]
        : F

/** Text that is a number: `'abc'` does not compile where a number belongs. */
type NumberText = `${number}` | 'NaN' | 'Infinity' | '-Infinity'
type NumberInput = number | bigint | boolean | NumberText
type ScalarInput = string | number | bigint | boolean
type AnyArray = { readonly length: number; readonly BYTES_PER_ELEMENT: number }

/**
 * What may be written to a structure: any of its fields, by name or by dotted path, or a Value whose marked fields are taken.
 *
 * A Value of a known type fits by its fields. Nothing here has members that an editor would offer among the fields, and all
 * that is an object knows their names: only then does the compiler say which field a misspelt one was meant to be.
 */
export type Input<T> = string extends keyof T
  ? Readonly<Record<string, unknown>> | ValueMembers<Fields>
  : FieldsInput<T> | NotFields<AValue, T>
// One mapped type: an intersection with one that has no paths would take a Date, a number or an array too.
type FieldsInput<T> = {
  readonly [P in (keyof T & string) | PathsOf<T>]?: FieldInput<AtPath<T, P>>
}

/** Fields of a type that is not known: what nearly every type has, for editors, and any other. */
export interface UntypedInput {
  readonly value?: unknown
  readonly alarm?: unknown
  readonly timeStamp?: unknown
  readonly [field: string]: unknown
}

/** What else may be given where fields may, and has none of them: so the compiler knows their names. */
export type NotFields<X, T> = X & { readonly [K in Exclude<keyof T, keyof X | ArrayNames>]?: never }
type ArrayNames = keyof unknown[] | keyof Float64Array | keyof ReadonlySet<unknown>

// T is never while the compiler still looks for it, as in a handler that returns Promise.reject().
/** What a structure as a whole may be written with: its fields, a Value, or what is short for `{ value: … }`. */
export type WholeInput<T> = string extends keyof T
  ? [T] extends [never]
    ? Input<T>
    : UntypedInput | AValue | ScalarInput | Iterable<unknown>
  : Input<T> | ShortInput<T>
type ShortInput<T> = T extends { readonly value: infer V } ? ShortOf<V, T> : never
type ShortOf<V, T> =
  Unknown<V> extends true
    ? ScalarInput | NotFields<Iterable<unknown>, T>
    : [V] extends [ScalarInput]
      ? FieldInput<V>
      : [V] extends [AnyArray | readonly unknown[]]
        ? NotFields<FieldInput<V>, T>
        : [V] extends [ValueMembers<infer U>]
          ? ChoiceOf<U>
          : ScalarInput | NotFields<Iterable<unknown>, T>

/** The label or index that an `enum_t` takes. */
type ChoiceOf<U> =
  IsAny<U> extends true
    ? never
    : U extends { readonly index: number; readonly choices: readonly string[] }
      ? string | number | bigint
      : never

type Unknown<F> = IsAny<F> extends true ? true : unknown extends F ? true : false

/** What may be written to a field that reads as `F`. */
export type FieldInput<F> =
  Unknown<F> extends true
    ? unknown
    : [F] extends [boolean]
      ? boolean | 0 | 1 | 'true' | 'false'
      : [F] extends [number] | [bigint]
        ? NumberInput
        : [F] extends [string]
          ? ScalarInput
          : [F] extends [AnyArray]
            ? Iterable<NumberInput> // any typed array is one
            : [F] extends [readonly (infer E)[]]
              ? Iterable<E extends ValueMembers<infer U> ? Input<U> : FieldInput<E>>
              : [F] extends [ValueMembers<infer U>]
                ? Input<U> | ChoiceOf<U>
                : TaggedInput<F>

// A union takes its tagged form, null, or what one of its members takes; an any takes whatever has a type.
type TaggedInput<F> = AnyValue extends F
  ? unknown
  : | null
    | (F extends UnionValue<infer N, infer V>
        ? { readonly select: N; readonly value: FieldInput<V> } | FieldInput<V>
        : never)
