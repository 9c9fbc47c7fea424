import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'

import type { ContextOptions } from 'node-pvxs'

import { freePort } from '../ports.js'
import { cleanEnv, clientEnv, python } from './env.js'
import type { PeerName } from './matrix.js'

/** The two PVAccess servers that an IOC can have. */
export const servers: readonly { qsrv: 1 | 2; peer: PeerName }[] = [
  { qsrv: 2, peer: 'IOC with QSRV 2 (PVXS), server' },
  { qsrv: 1, peer: 'IOC with QSRV 1 (pvAccessCPP), server' },
]

/** A running EPICS IOC. */
export interface Ioc extends AsyncDisposable {
  /** TCP port of its PVAccess server on 127.0.0.1. */
  readonly port: number
  /** UDP port where it listens for searches. */
  readonly udpPort: number
  /** Prefix of its record names. */
  readonly prefix: string
  /** Options for a `Context` of ours that sees this IOC and nothing else. */
  readonly clientOptions: ContextOptions
  /** The same for another program's environment. */
  clientEnv(): NodeJS.ProcessEnv
  /** Runs a line in the IOC's shell. */
  shell(line: string): void
}

export interface IocOptions {
  /** Which PVAccess server: QSRV 2 over PVXS (default) or QSRV 1 over pvAccessCPP, an independent implementation. */
  readonly qsrv?: 1 | 2
  readonly prefix?: string
  /** Another database beside records.db: the path of its file. */
  readonly database?: string
  /** Ports to serve on. Used to start an IOC again where it was. */
  readonly port?: number
  readonly udpPort?: number
}

const READY_MS = 30_000

/**
 * Starts a real EPICS IOC with the records of records.db on loopback, away from all default ports, and waits until it
 * serves. It is asked for the port it has, so nothing is guessed.
 */
export async function startIoc({
  qsrv = 2,
  prefix = 't:',
  database,
  port,
  udpPort,
}: IocOptions = {}): Promise<Ioc> {
  const databases = database === undefined ? [records] : [records, database]
  const udp = String(udpPort ?? (await freePort()))
  const cas = String(await freePort())
  const child = spawn(
    await python(),
    [
      '-u',
      '-m',
      qsrv === 2 ? 'pvxslibs.ioc' : 'epicscorelibs.ioc',
      '-m',
      `P=${prefix}`,
      ...databases.flatMap((file) => ['-d', file]),
    ],
    { env: iocEnv(port ?? (await freePort()), udp, cas), stdio: ['pipe', 'pipe', 'pipe'] },
  )
  let said = ''
  const found = new Promise<number>((resolve, reject) => {
    const timer = setTimeout(() => {
      reject(new Error(`the IOC was not ready in ${String(READY_MS)} ms:\n${said}`))
    }, READY_MS)
    const look = (d: Buffer): void => {
      said = (said + d.toString()).slice(-20_000)
      const at = pattern.exec(said)
      if (!at) return
      clearTimeout(timer)
      resolve(Number(at[1]))
    }
    child.stdout.on('data', look)
    child.stderr.on('data', look)
    child.once('error', reject)
    child.once('close', (code) => {
      clearTimeout(timer)
      reject(new Error(`the IOC ended (${String(code)}):\n${said}`))
    })
  })
  const exited = new Promise<void>((resolve) => {
    child.once('close', () => resolve())
    child.once('error', () => resolve())
  })
  child.stdin.on('error', () => {
    // It ended by itself; 'close' tells.
  })
  // Python's prompt reads this when iocInit has returned, so the answer also says that the IOC is up.
  child.stdin.write(`ioc("${question[qsrv]}")\n`)
  const end = async (): Promise<void> => {
    child.stdin.end('exit()\n')
    const timer = setTimeout(() => child.kill('SIGKILL'), 10_000)
    await exited
    clearTimeout(timer)
  }
  try {
    const tcp = await found
    return {
      port: tcp,
      udpPort: Number(udp),
      prefix,
      // pvAccessCPP answers searches over UDP only.
      clientOptions:
        qsrv === 2
          ? { useEnv: false, autoAddressList: false, nameServers: [`127.0.0.1:${tcp}`], timeout: 10_000 }
          : { useEnv: false, autoAddressList: false, addressList: [`127.0.0.1:${udp}`], timeout: 10_000 },
      clientEnv: () =>
        qsrv === 2
          ? clientEnv(tcp)
          : { ...clientEnv(tcp), EPICS_PVA_NAME_SERVERS: '', EPICS_PVA_ADDR_LIST: `127.0.0.1:${udp}` },
      shell: (line) => child.stdin.write(`ioc(${JSON.stringify(line)})\n`),
      [Symbol.asyncDispose]: end,
    }
  } catch (e) {
    await end()
    throw e
  }
}

const records = fileURLToPath(new URL('records.db', import.meta.url))
const question = { 1: 'pvasr', 2: 'pvxsr 0' } as const
const pattern = /EPICS_PVAS_SERVER_PORT ?= ?(\d+)\s*\n/

function iocEnv(port: number, udp: string, cas: string): NodeJS.ProcessEnv {
  return cleanEnv({
    EPICS_PVAS_INTF_ADDR_LIST: '127.0.0.1',
    EPICS_PVAS_SERVER_PORT: String(port),
    EPICS_PVAS_BROADCAST_PORT: udp,
    EPICS_PVAS_BEACON_ADDR_LIST: '127.0.0.1',
    EPICS_PVAS_AUTO_BEACON_ADDR_LIST: 'NO',
    EPICS_PVA_ADDR_LIST: '127.0.0.1',
    EPICS_PVA_AUTO_ADDR_LIST: 'NO',
    EPICS_PVA_BROADCAST_PORT: udp,
    EPICS_CAS_INTF_ADDR_LIST: '127.0.0.1',
    EPICS_CAS_BEACON_ADDR_LIST: '127.0.0.1',
    EPICS_CAS_AUTO_BEACON_ADDR_LIST: 'NO',
    EPICS_CAS_SERVER_PORT: cas,
    EPICS_CA_ADDR_LIST: '127.0.0.1',
    EPICS_CA_AUTO_ADDR_LIST: 'NO',
    EPICS_CA_SERVER_PORT: cas,
  })
}
