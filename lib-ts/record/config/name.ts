import { hostname } from 'node:os'
import { basename } from 'node:path'

/** What a recorder is called that has no name: after its host and its file. */
export function defaultName(file = 'record'): string {
  const own = named(basename(file).replace(/\.jsonc?$/, '')).slice(0, 40)
  return `${named(hostname()).slice(0, 63 - own.length)}-${own}`
}

const named = (text: string): string => text.replace(/[^A-Za-z0-9._-]/g, '-')
