export interface Endpoint {
  readonly controller: string
  readonly action: string
  readonly verb: string
  readonly path: string
  readonly query: string
  readonly body: string
  readonly answer: string
}
export const endpoints: readonly Endpoint[]
export interface Builder {
  readonly theirs: string
  readonly controller: string
  readonly action: string
}
export const builders: readonly Builder[]
export const generated: string
export function generate(): Promise<Record<string, string>>
