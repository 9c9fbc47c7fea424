import {
  TypeDef,
  type FieldInput,
  type MembersFields,
  type MembersInput,
  type MutableValue,
  type Value,
} from '../data/index.js'
import { about } from '../errors.js'
import { hasId, memberType, NormativeType } from './builder.js'

// eslint-disable-next-line @typescript-eslint/no-empty-object-type -- a query without arguments has no fields
type NoArguments = {}

/** What a value made by `new NTURI(args)` reads as. */
export interface NTURIFields<A extends MembersInput> {
  readonly scheme: string
  readonly authority: string
  readonly path: string
  readonly query: Value<MembersFields<A>>
}

/** The arguments of one call. */
export type NTURIArguments<A extends MembersInput> = string extends keyof MembersFields<A>
  ? Readonly<Record<string, unknown>>
  : { readonly [K in keyof MembersFields<A>]?: FieldInput<MembersFields<A>[K]> | undefined }

/**
 * The arguments of an RPC, as most services expect them: a query of named values.
 *
 * `ctx.rpc(name, { a: 1 })` makes one by itself, with the types that the values suggest. A builder says the types.
 *
 * @example
 * const Archive = new NTURI({ pv: 'string', from: 'int64', limit: 'uint32' })
 * const rows = await ctx.rpc('lab:archive', Archive.call({ pv: 'lab:temp1', from: 1_700_000_000n }))
 */
export class NTURI<const A extends MembersInput = NoArguments> extends NormativeType<NTURIFields<A>> {
  constructor(args?: A) {
    super(about({ op: 'NTURI' }, () => uriType(args ?? {})))
  }

  override is(value: unknown): value is Value<NTURIFields<A>> {
    if (!hasId(value, 'epics:nt/NTURI')) return false
    const query = memberType(value.$type, 'query')
    if (query?.code !== 'struct' || memberType(value.$type, 'path')?.code !== 'string') return false
    const own = memberType(this.build(), 'query')
    return (own?.members ?? []).every(({ name, code }) => memberType(query, name)?.code === code)
  }

  /**
   * The arguments of one call. What is not given, or undefined, is absent from the query, so that the service can tell it
   * from a zero.
   *
   * @throws {@link ConversionError} or {@link NoFieldError} when an argument does not fit
   * @example
   * const Sum = new NTURI({ lhs: 'float64', rhs: 'float64' })
   * const sum = await ctx.rpc('lab:sum', Sum.call({ lhs: 1.5, rhs: 2 }))
   */
  call(args: NTURIArguments<A>, path = ''): MutableValue<NTURIFields<A>> {
    return about({ op: 'NTURI.call' }, () => this.#call(args, path))
  }

  #call(args: NTURIArguments<A>, path: string): MutableValue<NTURIFields<A>> {
    const given = Object.entries(args as object).filter(([, value]) => value !== undefined)
    const query = memberType(this.build(), 'query')
    const names = new Set(given.map(([name]) => name))
    const present = (query?.members ?? []).filter(({ name }) => names.has(name))
    // With an argument that the builder does not know, the whole query is kept: assigning it names the arguments there are.
    const type = present.length === names.size ? uriType(present) : (this.build() as unknown as TypeDef)
    return type.create({ scheme: 'pva', path, query: Object.fromEntries(given) }) as unknown as MutableValue<
      NTURIFields<A>
    >
  }
}

function uriType(args: MembersInput): TypeDef {
  const query = new TypeDef('struct', args)
  return new TypeDef('struct', 'epics:nt/NTURI:1.0', {
    scheme: 'string',
    authority: 'string',
    path: 'string',
    query,
  })
}
