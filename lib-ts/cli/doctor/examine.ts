// The whole examination: asks everybody, and puts what they said before the checks.
import { lookup } from 'node:dns/promises'
import { networkInterfaces } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Context } from '../../index.js'
import { pvName } from '../../input/index.js'
import type { CommandContext, Core } from '../context.js'
import * as options from '../options.js'
import { probe, type ProbeResult } from '../net/probe.js'
import { checkAddress, checkNameServer } from './addresses.js'
import { checkClock, checkConnect, checkRead, watchClock } from './channel.js'
import { caOnly, checkConfiguration } from './configuration.js'
import { effective, isForMany, type Effective, type Entry, type Given } from './effective.js'
import { inOrder, note, type Finding } from './finding.js'
import { checkHost, checkInterfaces, filesNow, inContainer, isUdpTaken } from './host.js'
import { checkSearch, checkServers } from './search.js'
import { selfTest } from './self-test.js'
import { similarNames } from './similar.js'
import { Survey, type Known } from './survey.js'

const RESOLVE_MS = 1_500
const LIST_MS = 1_000
const MOST_SERVERS = 20
const MOST_NAMES = 100_000
/** What the clock is watched for after the listening is over. */
const CLOCK_MS = 1_200

export function givenBy({ settings }: CommandContext): Given {
  return {
    addr: settings.setting(options.addr, 'EPICS_PVA_ADDR_LIST'),
    nameServer: settings.setting(options.nameServer, 'EPICS_PVA_NAME_SERVERS'),
    interfaces: settings.setting(options.interfaces, 'EPICS_PVA_INTF_ADDR_LIST'),
    autoAddr: settings.setting(options.autoAddr, 'EPICS_PVA_AUTO_ADDR_LIST'),
    udpPort: settings.setting(options.udpPort, 'EPICS_PVA_BROADCAST_PORT'),
    tcpPort: settings.setting(options.tcpPort, 'EPICS_PVA_SERVER_PORT'),
  }
}

/** Looks at everything for `ms`; `name`: a PV that is looked for. */
export async function examine(
  context: CommandContext,
  name: string | undefined,
  ms: number,
): Promise<Finding[]> {
  const examination = new Examination(context, name === undefined ? undefined : pvName(name, ''), ms)
  return inOrder(await examination.run())
}

class Examination {
  readonly #context: CommandContext
  readonly #name: string | undefined
  readonly #ms: number
  readonly #given: Given
  readonly #effective: Effective
  readonly #survey: Survey
  readonly #addresses = new Map<Entry, readonly string[]>()
  #clock: Finding[] = []

  constructor(context: CommandContext, name: string | undefined, ms: number) {
    this.#context = context
    this.#name = name
    this.#ms = ms
    this.#given = givenBy(context)
    this.#effective = effective(this.#given, networkInterfaces())
    this.#survey = new Survey(this.#effective, name)
  }

  async run(): Promise<Finding[]> {
    const { signal } = this.#context
    const { udpPort, tcpPort } = this.#effective
    // Before any socket of ours, which would count.
    const files = filesNow()
    const udpTaken = await isUdpTaken(udpPort)
    const core = await this.#context.core()
    const ctx = this.#open(core)
    const listening = this.#listen()
    const others = Promise.all([
      checkConfiguration({
        env: process.env,
        given: this.#given,
        effective: this.#effective,
        resolves: (host) => this.#resolves(host),
      }),
      probe('127.0.0.1', tcpPort).then(({ probe: tcp }) =>
        checkHost({ files, udpPort, udpTaken, tcpPort, tcp }),
      ),
      selfTest(core),
      this.#probeAddresses(),
      this.#probeNameServers(),
    ])
    const channel = this.#channel(ctx)
    await listening
    const [configuration, host, self, addresses, nameServers] = await others
    const ends = await channel
    this.#survey.end()
    signal.throwIfAborted()
    const interfaces = checkInterfaces(networkInterfaces(), this.#given, inContainer())
    const before = [...configuration, ...host, ...interfaces, self, ...addresses, ...nameServers]
    const found = this.#survey.servers.some(({ found }) => found)
    const searched = await this.#searched(ctx, before)
    const missed = this.#name !== undefined && !found
    await ctx?.close()
    return softened([
      ...before,
      ...caOnly(process.env, this.#given, missed),
      ...this.#clock,
      ...checkServers(this.#survey.servers, this.#ms / 1_000),
      ...searched,
      ...ends,
    ])
  }

  /** A client; undefined where none can be made, which another finding explains. */
  #open({ Context }: Core): Context | undefined {
    try {
      return new Context(this.#context.settings.contextOptions())
    } catch {
      return undefined
    }
  }

  async #listen(): Promise<void> {
    try {
      await this.#survey.begin()
    } catch (error) {
      this.#context.note(`nothing is heard: ${(error as Error).message}`)
    }
    await sleep(this.#ms, undefined, { signal: this.#context.signal })
  }

  async #resolves(host: string): Promise<boolean> {
    const answer = lookup(host, { all: true }).then(
      (all) => all.map(({ address }) => address),
      () => [],
    )
    const addresses = await Promise.race([answer, sleep(RESOLVE_MS, [], { ref: false })])
    for (const entry of [...this.#effective.addresses, ...this.#effective.nameServers])
      if (entry.host === host) this.#addresses.set(entry, addresses)
    return addresses.length > 0
  }

  /** The entries that are hosts, when the listening is over. */
  async #probeAddresses(): Promise<Finding[]> {
    const { addresses, allBroadcasts, tcpPort } = this.#effective
    const hosts = addresses.filter(({ host }) => !isForMany(host, allBroadcasts))
    const probes = await Promise.all(hosts.map(({ host }) => probe(host, tcpPort, this.#name)))
    await sleep(this.#ms, undefined, { signal: this.#context.signal })
    return hosts.flatMap((entry, k): Finding[] => {
      const { probe: tcp, named } = probes[k] as ProbeResult
      const answered = this.#survey.answered(entry, this.#addresses.get(entry) ?? [])
      if (!answered) this.#survey.told(named, false)
      if (isHostName(entry) && this.#addresses.get(entry)?.length === 0) return [] // told as host-unresolved
      return [checkAddress({ entry, answered, tcp, tcpPort })]
    })
  }

  async #probeNameServers(): Promise<Finding[]> {
    const { nameServers } = this.#effective
    const findings = await Promise.all(
      nameServers.map(async (entry) => {
        const { probe: tcp, named } = await probe(entry.host, entry.port, this.#name ?? NOBODY)
        this.#survey.told(named, true)
        const isUnknown =
          tcp.state === 'unreachable' && isHostName(entry) && !(await this.#resolves(entry.host))
        return isUnknown ? [] : [checkNameServer(entry, tcp)] // else told as host-unresolved
      }),
    )
    return findings.flat()
  }

  /** Connects to the first server that has the name, and reads it, while the others still answer. */
  async #channel(ctx: Context | undefined): Promise<Finding[]> {
    const name = this.#name
    if (name === undefined) return []
    const over = sleep(this.#ms + LAST_PROBE_MS, undefined, { ref: false })
    const known = await Promise.race([this.#survey.firstFound, over])
    if (known === undefined) return []
    const { probe: tcp } = await probe(known.host, known.port)
    const connected = checkConnect(known, tcp)
    if (connected.status === 'fail') return [connected]
    if (ctx === undefined) return [connected, note('read', 'not-read', 'no client starts on this host')]
    return [connected, await this.#read(ctx, name, known)]
  }

  async #read(ctx: Context, name: string, known: Known): Promise<Finding> {
    const end = AbortSignal.any([this.#context.signal, AbortSignal.timeout(this.#ms + CLOCK_MS)])
    const watching = watchClock(ctx, name, known, end)
    const read = await checkRead(ctx, name, known)
    if (read.status === 'ok') this.#clock = checkClock(name, await watching)
    return read
  }

  async #searched(ctx: Context | undefined, before: readonly Finding[]): Promise<Finding[]> {
    const name = this.#name
    if (name === undefined) return []
    const { servers } = this.#survey
    const missed = !servers.some(({ found }) => found)
    const similar = missed && ctx !== undefined ? similarNames(name, await this.#names(ctx, servers)) : []
    const broken = before.filter(({ status }) => status === 'fail')
    return checkSearch({
      name,
      servers,
      similar,
      explained: broken.some(({ finding }) => EXPLAINING.has(finding)),
      nowhere: broken.some(({ finding }) => finding === 'no-destinations'),
    })
  }

  async #names(ctx: Context, servers: readonly Known[]): Promise<Set<string>> {
    const names = new Set<string>()
    const asked = servers.slice(0, MOST_SERVERS).map(async ({ server }) => {
      const listed = await ctx.list(server, { timeout: LIST_MS }).catch(() => [])
      for (const name of listed) if (names.size < MOST_NAMES) names.add(name)
    })
    await Promise.all(asked)
    return names
  }
}

/** A name that no server has: the question is only who is there. */
const NOBODY = 'node-pvxs:doctor'
const LAST_PROBE_MS = 300

/** Failures that explain why a name is not found where it is searched. */
const EXPLAINING = new Set([
  'no-destinations',
  'host-unresolved',
  'env-invalid',
  'udp-port-taken',
  'ipv6-only',
  'interface-missing',
  'udp-blocked',
  'name-server-down',
  'name-server-silent',
  'name-server-foreign',
])

function isHostName({ host }: Entry): boolean {
  return !/^[\d.]+$|:/.test(host)
}

/** One fault, one failure: what follows from another is left out, or a note. */
function softened(findings: readonly Finding[]): Finding[] {
  const has = (name: string): boolean => findings.some(({ finding }) => finding === name)
  return findings
    .filter(({ finding }) => finding !== 'no-destinations' || !has('interface-missing'))
    .map((finding) =>
      has('wrong-address-list') && finding.finding === 'unreachable'
        ? { ...finding, status: 'note' }
        : finding,
    )
}
