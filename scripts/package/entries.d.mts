export interface Entry {
  readonly subpath: string
  readonly name: string
  readonly source: string
  readonly room: string
}
export const entries: readonly Entry[]
export const programs: readonly Entry[]
export const sourceOfSubpath: Readonly<Record<string, string>>
