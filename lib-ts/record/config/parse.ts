import { readFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { parseTree, printParseErrorCode, type Node, type ParseError } from 'jsonc-parser'
import { InvalidArgumentError } from '../../errors.js'
import { quote } from '../../input/index.js'
import { ConfigError, pointerOf, type ConfigFault } from '../errors.js'
import type { Fault } from './check.js'
import { examined } from './checked.js'
import type { PvEntry, RecordConfig } from './config.js'
import { defaultName } from './name.js'
import { setOrigin } from './origin.js'
import { Substitution } from './substitution.js'

/** What {@link parseConfig} takes. */
export interface ParseOptions {
  /** The file that the text is from: errors name it, and relative paths are relative to it. */
  readonly file?: string | undefined
  /** What `${env:NAME}` is taken from; `process.env`. */
  readonly env?: Readonly<Record<string, string | undefined>> | undefined
}

type Path = Fault['path']

/**
 * Reads a configuration: JSON, in which comments and trailing commas are allowed. `${env:NAME}`, `${env:NAME:-text}` and
 * `${file:PATH}` in texts are replaced, files of names are read, and entries become objects.
 *
 * @throws ConfigError with all faults, each with its line and column
 * @example
 * import { parseConfig } from 'node-pvxs/record'
 *
 * const config = parseConfig(`{
 *   "pvs": ["lab:temperature"], // a comment
 *   "sinks": { "file": { "type": "jsonl", "path": "\${env:LAB:-lab}.jsonl" } },
 * }`, { env: {} })
 * config.sinks['file']?.['path'] // → "lab.jsonl"
 */
export function parseConfig(text: string, options: ParseOptions = {}): RecordConfig {
  if (typeof text !== 'string')
    throw new InvalidArgumentError(`a configuration is text, not ${quote(text)}`, { op: 'parseConfig' })
  return new Parsing(text, options).config()
}

class Parsing {
  readonly #text: string
  readonly #file: string | undefined
  readonly #faults: Fault[] = []
  readonly #nodes = new Map<string, Node>()
  readonly #substitution: Substitution
  readonly #options: ParseOptions
  readonly #files = new Set<string>()
  #root: Node | undefined
  /** Which entry of the text each PV is from: a file of names stands for many. */
  #origins: number[] = []

  constructor(text: string, options: ParseOptions) {
    const { file, env = process.env } = options
    this.#text = text.startsWith('\ufeff') ? text.slice(1) : text
    this.#options = options
    this.#file = file
    if (file !== undefined) this.#files.add(file)
    this.#substitution = new Substitution(env, (path) => this.#path(path))
  }

  config(): RecordConfig {
    const errors: ParseError[] = []
    this.#root = parseTree(this.#text, errors, { allowTrailingComma: true })
    if (errors.length > 0 || this.#root === undefined) throw this.#notJson(errors)
    const value = this.#value(this.#root, [])
    if (this.#faults.length > 0) throw this.#error()
    const config = this.#expanded(value)
    const { faults } = examined(config, (path) => this.#substitution.touched(this.#written(path)))
    this.#faults.push(...faults.map((fault) => ({ ...fault, path: this.#written(fault.path) })))
    if (this.#faults.length > 0) throw this.#error()
    return this.#known(this.#finished(config as RecordConfig))
  }

  #known(config: RecordConfig): RecordConfig {
    const { files, secrets } = this.#substitution
    const file = this.#file
    return setOrigin(config, {
      file,
      files: [...this.#files, ...files],
      again: () => parseConfig(file === undefined ? this.#text : textOf(file), this.#options),
      hidden: (path) => this.#substitution.touched(this.#written(path)),
      secrets: [...secrets],
      error: (faults) => this.#error(faults.map((fault) => ({ ...fault, path: this.#written(fault.path) }))),
    })
  }

  /** The value of a node, and where each place in it stands. */
  #value(node: Node, path: Path): unknown {
    this.#nodes.set(pointerOf(path), node)
    if (node.type === 'array') return (node.children ?? []).map((item, i) => this.#value(item, [...path, i]))
    if (node.type !== 'object') return this.#scalar(node.value as unknown, path)
    const entries = new Map<string, unknown>()
    for (const { children = [] } of node.children ?? []) {
      const [key, item] = children
      if (key === undefined || item === undefined) continue
      const name = key.value as string
      const at = [...path, name]
      if (entries.has(name))
        this.#faults.push({ path: at, message: `the key ${quote(name)} stands here twice` })
      entries.set(name, this.#value(item, at))
    }
    // fromEntries defines, so that a key named __proto__ is a key.
    return Object.fromEntries(entries)
  }

  #scalar(value: unknown, path: Path): unknown {
    if (typeof value !== 'string') return value
    try {
      return this.#substitution.of(value, path)
    } catch (error) {
      this.#faults.push({ path, message: (error as Error).message })
      return value
    }
  }

  /** With the names of files in place of the files. */
  #expanded(value: unknown): unknown {
    const { pvs } = (value ?? {}) as { pvs?: unknown }
    if (!Array.isArray(pvs)) return value
    const entries = pvs.flatMap((entry: unknown, i) => {
      const { file, ...policy } = (typeof entry === 'object' && entry !== null ? entry : {}) as PvEntry
      const isFile = typeof file === 'string' && file !== '' && policy.name === undefined
      const all = isFile
        ? this.#names(file, ['pvs', i, 'file']).map((name) => ({ ...policy, name }))
        : [entry]
      this.#origins.push(...all.map(() => i))
      return all
    })
    return { ...(value as object), pvs: entries }
  }

  /** A place in what was expanded, as it was written. */
  #written(path: Path): Path {
    const [list, i, ...rest] = path
    return list === 'pvs' && typeof i === 'number' ? [list, this.#origins[i] ?? i, ...rest] : path
  }

  #names(file: string, path: Path): string[] {
    this.#files.add(this.#path(file))
    try {
      return readFileSync(this.#path(file), 'utf8')
        .split(/\r?\n/)
        .map((line) => line.replace(/(^|\s)#.*$/, '').trim())
        .filter((name) => name !== '')
    } catch (error) {
      const message = `the file ${quote(file)} cannot be read: ${(error as NodeJS.ErrnoException).code ?? 'error'}`
      this.#faults.push({ path, message })
      return []
    }
  }

  #path(path: string): string {
    return this.#file === undefined ? path : resolve(dirname(this.#file), path)
  }

  /** Entries as objects, paths made whole, the recorder named after its file. */
  #finished(config: RecordConfig): RecordConfig {
    const sinks = Object.entries(config.sinks).map(([name, sink]) => {
      const { path } = sink
      return [name, sink.type === 'jsonl' ? { ...sink, path: this.#path(path as string) } : sink] as const
    })
    const { spool, pvs } = config
    return {
      ...config,
      ...(config.name === undefined && this.#file !== undefined ? { name: defaultName(this.#file) } : {}),
      ...(pvs !== undefined && {
        pvs: pvs.map((entry) => (typeof entry === 'string' ? { name: entry } : entry)),
      }),
      sinks: Object.fromEntries(sinks),
      ...(spool === undefined ? {} : { spool: { ...spool, dir: this.#path(spool.dir) } }),
    }
  }

  #notJson(errors: readonly ParseError[]): ConfigError {
    const faults = errors.map(({ error, offset }): ConfigFault => {
      const words = printParseErrorCode(error)
        .replace(/([a-z])([A-Z])/g, '$1 $2')
        .toLowerCase()
      return { pointer: '', ...this.#place(offset), message: `it is not JSON: ${words}` }
    })
    const none = { pointer: '', line: 1, column: 1, message: 'it is empty' }
    return new ConfigError(this.#text.trim() === '' ? [none] : faults, this.#file)
  }

  #error(all: readonly Fault[] = this.#faults): ConfigError {
    const faults = all.map(({ path, message, ofKey }): ConfigFault => {
      const node = this.#nearest(path)
      const key = ofKey === true ? node?.parent?.children?.[0] : undefined
      return { pointer: pointerOf(path), ...this.#place((key ?? node)?.offset ?? 0), message }
    })
    faults.sort((a, b) => a.line - b.line || a.column - b.column)
    return new ConfigError(faults, this.#file)
  }

  /** The node at a path, or the one that holds it. */
  #nearest(path: Path): Node | undefined {
    for (let length = path.length; length >= 0; length--) {
      const node = this.#nodes.get(pointerOf(path.slice(0, length)))
      if (node !== undefined) return node
    }
    return this.#root
  }

  #place(offset: number): { readonly line: number; readonly column: number } {
    const before = this.#text.slice(0, offset)
    return { line: before.split('\n').length, column: offset - before.lastIndexOf('\n') }
  }
}

/** The text of a configuration file; one that cannot be read is a fault like another. */
export function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    const reason = (error as NodeJS.ErrnoException).code ?? 'error'
    throw new ConfigError(
      [{ pointer: '', line: 1, column: 1, message: `it cannot be read: ${reason}` }],
      file,
    )
  }
}
