// Where a setting comes from: options, a section of the configuration file, EPICS_PVA_* variables, the file's first
// lines, defaults; in this order.
import { readFileSync } from 'node:fs'
import { homedir, networkInterfaces } from 'node:os'
import { join } from 'node:path'
import type { ContextOptions } from '../index.js'
import { didYouMean, escapeLine, quote } from '../input/index.js'
import { UsageError, type Option } from './declare.js'
import * as options from './options.js'
import type { Parsed } from './parse.js'

/** What a setting is set to, and by what. */
export interface Setting {
  readonly text: string
  readonly from: string
}

/** The keys of the configuration file, which are the long names of options, and the variable each stands for. */
export const keys: readonly { readonly option: Option; readonly variable?: string }[] = [
  { option: options.addr, variable: 'EPICS_PVA_ADDR_LIST' },
  { option: options.nameServer, variable: 'EPICS_PVA_NAME_SERVERS' },
  { option: options.interfaces, variable: 'EPICS_PVA_INTF_ADDR_LIST' },
  { option: options.autoAddr, variable: 'EPICS_PVA_AUTO_ADDR_LIST' },
  { option: options.udpPort, variable: 'EPICS_PVA_BROADCAST_PORT' },
  { option: options.tcpPort, variable: 'EPICS_PVA_SERVER_PORT' },
  { option: options.server },
  { option: options.timeout },
  { option: options.format },
  { option: options.maxItems },
  { option: options.time },
  { option: options.color },
]

type Environment = Readonly<Record<string, string | undefined>>

/** Every setting in force. */
export class Settings {
  readonly #parsed: Parsed
  readonly #env: Environment
  readonly #lines: Lines
  /** The section of the configuration file, and what names it. */
  readonly profile: Setting | undefined

  /** @throws UsageError for a configuration file that cannot be read, with file, line and what was meant */
  constructor(parsed: Parsed, env: Environment = process.env) {
    this.#parsed = parsed
    this.#env = env
    const typed = parsed.of(options.profile)
    const variable = env['NODE_PVXS_PROFILE'] ?? ''
    if (typed !== undefined) this.profile = { text: typed, from: '--profile' }
    else if (variable !== '') this.profile = { text: variable, from: 'NODE_PVXS_PROFILE' }
    this.#lines = configured(env, this.profile?.text)
  }

  /** The value of an option, from wherever it is set. */
  of<T>(option: Option<T>): T | undefined {
    const given = this.#parsed.of(option)
    if (given !== undefined) return given
    const line = this.#line(option)
    return line && option.read(line.text, line.from)
  }

  /** Where a setting comes from; undefined for a default. */
  setting(option: Option, variable?: string): Setting | undefined {
    const typed = this.#parsed.text(option)
    if (typed !== undefined) return { text: typed, from: `--${option.name}` }
    const line = this.#line(option)
    if (line !== undefined) return line
    const text = variable === undefined ? undefined : this.#env[variable]
    return text === undefined || text.trim() === '' || variable === undefined
      ? undefined
      : { text, from: variable }
  }

  /**
   * What a Context is made with. The variables are read by the core.
   *
   * @param below options that stand below what was typed, and above the rest
   */
  contextOptions(below: ContextOptions = {}): ContextOptions {
    return {
      addressList: this.#onlyLoopback(),
      ...networkOptions((option) => this.of(option)),
      ...below,
      ...networkOptions((option) => this.#parsed.of(option)),
    }
  }

  #line(option: Option): Setting | undefined {
    const inSection = this.#lines.section.get(option.name)
    if (inSection !== undefined) return inSection
    const variable = keys.find((key) => key.option === option)?.variable
    const isSet = variable !== undefined && (this.#env[variable] ?? '').trim() !== ''
    return isSet ? undefined : this.#lines.top.get(option.name)
  }

  // There is no broadcast address then, and a search would go nowhere.
  #onlyLoopback(): string[] | undefined {
    const isSet = (name: string): boolean => (this.#env[name] ?? '').trim() !== ''
    if (isSet('EPICS_PVA_ADDR_LIST') || isSet('EPICS_PVA_NAME_SERVERS')) return undefined
    if (this.of(options.nameServer) !== undefined) return undefined
    const outside = Object.values(networkInterfaces())
      .flat()
      .some((address) => address?.family === 'IPv4' && !address.internal)
    return outside ? undefined : ['127.0.0.1']
  }
}

/** Those of the network that are set. */
function networkOptions(of: <T>(option: Option<T>) => T | undefined): ContextOptions {
  const autoAddr = of(options.autoAddr)
  const all: ContextOptions = {
    addressList: of(options.addr),
    nameServers: of(options.nameServer),
    interfaces: of(options.interfaces),
    autoAddressList: autoAddr === undefined ? undefined : autoAddr === 'yes',
    broadcastPort: of(options.udpPort),
    serverPort: of(options.tcpPort),
  }
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined))
}

interface Lines {
  readonly top: ReadonlyMap<string, Setting>
  readonly section: ReadonlyMap<string, Setting>
}

/** The configuration file's path; undefined when there is no place for one. */
export function configurationFile(
  env: Environment,
): { readonly path: string; readonly named: boolean } | undefined {
  const named = env['NODE_PVXS_CONFIG']
  if (named !== undefined && named !== '') return { path: named, named: true }
  const xdg = env['XDG_CONFIG_HOME']
  const folder =
    xdg !== undefined && xdg !== ''
      ? xdg
      : process.platform === 'win32'
        ? env['APPDATA']
        : join(env['HOME'] ?? homedir(), '.config')
  return folder === undefined || folder === ''
    ? undefined
    : { path: join(folder, 'node-pvxs', 'config'), named: false }
}

function configured(env: Environment, profile: string | undefined): Lines {
  const file = configurationFile(env)
  const text = file && readIfThere(file.path, file.named)
  const sections =
    text === undefined ? new Map<string, Map<string, Setting>>() : sectionsOf(text, file?.path ?? '')
  const top = sections.get('') ?? new Map<string, Setting>()
  if (profile === undefined) return { top, section: new Map() }
  const section = sections.get(profile)
  if (section !== undefined && profile !== '') return { top, section }
  const names = [...sections.keys()].filter((name) => name !== '')
  const where = file === undefined ? 'there is no configuration file' : file.path
  const known = names.length === 0 ? '' : ` (${names.map(escapeLine).join(', ')})`
  throw new UsageError(`${where}: no section ${quote(profile)}${didYouMean(profile, names)}${known}`)
}

function readIfThere(path: string, named: boolean): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(path))
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    if (!named && (code === 'ENOENT' || code === 'ENOTDIR')) return undefined
    const why = code === 'ERR_ENCODING_INVALID_ENCODED_DATA' ? 'it is not UTF-8 text' : message
    throw new UsageError(`${path}: the configuration file cannot be read: ${why}`)
  }
}

function sectionsOf(text: string, file: string): Map<string, Map<string, Setting>> {
  const sections = new Map([['', new Map<string, Setting>()]])
  let current = sections.get('')
  text.split(/\r?\n/).forEach((line, index) => {
    const from = `${file}:${index + 1}`
    const bare = line.replace(/(^|\s)#.*$/, '').trim()
    if (bare === '') return
    const [, name] = /^\[(.*)\]$/.exec(bare) ?? []
    if (name !== undefined) {
      if (name.trim() === '') throw new UsageError(`${from}: the section has no name`)
      current = sections.get(name.trim()) ?? new Map<string, Setting>()
      sections.set(name.trim(), current)
      return
    }
    const cut = bare.indexOf('=')
    if (cut < 0) throw new UsageError(`${from}: ${quote(bare)} is not key = value, and not a [section]`)
    const key = bare.slice(0, cut).trim()
    const value = bare.slice(cut + 1).trim()
    const option = keys.find(({ option }) => option.name === key)?.option
    const names = keys.map(({ option }) => option.name)
    if (option === undefined)
      throw new UsageError(
        `${from}: ${quote(key)} is not a key${didYouMean(key, names)} (${names.join(', ')})`,
      )
    option.read(value, `${from}: ${key}`)
    current?.set(key, { text: value, from })
  })
  return sections
}
