// How Member and TypeDef look to users: constructors that infer what the type carries. No code.
import type { TypeCode } from './codes.js'
import type { Bare, CodeType, Fields, MemberOf, MembersInput, TypeBuilder, TypeOfDef } from './infer.js'
import type { Member, TypeDef } from './typedef.js'

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
   * The type of a value or of a builder, or the type itself: where to start when a type is to be extended.
   *
   * @throws {@link InvalidArgumentError} for anything else
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
