// ${env:NAME}, ${env:NAME:-text} and ${file:PATH} in the texts of a configuration.
import { readFileSync } from 'node:fs'
import { quote } from '../../input/index.js'
import { pointerOf } from '../errors.js'
import type { Fault } from './check.js'

const REFERENCE = /\$\$\{|\$\{([^}]*)\}/g

export class Substitution {
  readonly #env: Readonly<Record<string, string | undefined>>
  readonly #pathOf: (path: string) => string
  readonly #touched = new Set<string>()
  /** Files whose contents were taken. */
  readonly files = new Set<string>()
  /** What was taken, but for names that are there to be shown. */
  readonly secrets = new Set<string>()

  constructor(env: Readonly<Record<string, string | undefined>>, pathOf: (path: string) => string) {
    this.#env = env
    this.#pathOf = pathOf
  }

  /** Whether the text at a place came from outside, and is never shown. */
  touched(path: Fault['path']): boolean {
    return this.#touched.has(pointerOf(path))
  }

  /** @throws Error that names what is missing, and never what is there */
  of(text: string, path: Fault['path']): string {
    return text.replace(REFERENCE, (whole, reference: string | undefined) => {
      if (reference === undefined) return '${' // $${ stands for itself
      this.#touched.add(pointerOf(path))
      const [, kind, rest = ''] = /^(env|file):(.*)$/s.exec(reference) ?? []
      if (kind === undefined)
        throw new Error(`${quote(whole)} is not \${env:NAME}, \${env:NAME:-text} or \${file:PATH}`)
      const taken = kind === 'env' ? this.#variable(rest) : this.#contents(rest)
      if (!isPublic(path)) this.secrets.add(taken)
      return taken
    })
  }

  #variable(text: string): string {
    const [, name = '', , fallback] = /^([A-Za-z_]\w*)(:-(.*))?$/s.exec(text) ?? []
    if (name === '') throw new Error(`${quote(text)} is not the name of a variable`)
    const value = this.#env[name] ?? fallback
    if (value === undefined) throw new Error(`the variable ${name} is not set`)
    return value
  }

  #contents(path: string): string {
    this.files.add(this.#pathOf(path))
    try {
      return readFileSync(this.#pathOf(path), 'utf8').trim()
    } catch (error) {
      throw new Error(
        `the file ${quote(path)} cannot be read: ${(error as NodeJS.ErrnoException).code ?? 'error'}`,
      )
    }
  }
}

/** Names of PVs and of the recorder, which its status and its log are full of. */
function isPublic([first, second]: Fault['path']): boolean {
  return first === 'name' || first === 'pvs' || (first === 'status' && second === 'prefix')
}
