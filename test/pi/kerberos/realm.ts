// A Kerberos realm of the tests and an Apache that asks for its tickets, each in a process of its own on loopback.
import { execFile, spawn, type ChildProcess } from 'node:child_process'
import { existsSync } from 'node:fs'
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { promisify } from 'node:util'
import { freePort } from '../../ports.js'

const REALM = 'PLANT.TEST'
const MODULES = '/usr/lib/apache2/modules'
const PASSWORD = 'geheim of the plant'
const run = promisify(execFile)

export interface Realm extends AsyncDisposable {
  /** The address of Apache, and below it that of the server behind it. */
  readonly url: string
  /** The environment of a program with a ticket of this account, or with none. */
  ticket(account?: string): Promise<NodeJS.ProcessEnv>
  /** The environment of a program that may get tickets itself, by a keytab. */
  readonly keytab: NodeJS.ProcessEnv
}

/** The accounts `me` and `other`, the services `HTTP/127.0.0.1`, which is Apache, and `HTTP/elsewhere.test`, which is nobody. */
export async function realm(target: string): Promise<Realm> {
  installed()
  const folder = await mkdtemp(join(tmpdir(), 'node-pvxs-realm-'))
  const running: ChildProcess[] = []
  const stop = async (): Promise<void> => {
    for (const child of running.reverse()) await ended(child)
    await rm(folder, { recursive: true })
  }
  try {
    const kdc = await freePort()
    const env = await accounts(folder, kdc)
    running.push(await started('krb5kdc', ['-n', '-r', REALM], env, kdc))
    const port = await freePort()
    const file = join(folder, 'apache.conf')
    await writeFile(file, apacheConfiguration(folder, port, target))
    running.push(await started('apache2', ['-X', '-f', file], env, port))
    return {
      url: `http://127.0.0.1:${port}/piwebapi`,
      async ticket(account) {
        if (account === undefined) return env
        const own = { ...env, KRB5CCNAME: `FILE:${join(folder, `ticket-${account}`)}` }
        const kinit = run('kinit', [`${account}@${REALM}`], { env: own })
        kinit.child.stdin?.end(`${PASSWORD}\n`)
        await kinit
        return own
      },
      keytab: {
        ...env,
        KRB5CCNAME: `FILE:${join(folder, 'of-keytab')}`,
        KRB5_CLIENT_KTNAME: `FILE:${join(folder, 'me.keytab')}`,
      },
      [Symbol.asyncDispose]: stop,
    }
  } catch (error) {
    await stop()
    throw error
  }
}

/** Writes the database of the realm; gives the environment of its programs, in which there is no ticket. */
async function accounts(folder: string, port: number): Promise<NodeJS.ProcessEnv> {
  // Apache serves as a user of its own.
  await chmod(folder, 0o755)
  const env: NodeJS.ProcessEnv = {
    ...process.env,
    LC_ALL: 'C',
    KRB5_CONFIG: join(folder, 'krb5.conf'),
    KRB5_KDC_PROFILE: join(folder, 'kdc.conf'),
    KRB5CCNAME: `FILE:${join(folder, 'none')}`,
    KRB5RCACHENAME: 'none:',
  }
  await writeFile(join(folder, 'krb5.conf'), clientConfiguration(port))
  await writeFile(join(folder, 'kdc.conf'), serverConfiguration(folder, port))
  const admin = (...words: string[]): Promise<unknown> =>
    run('kadmin.local', ['-r', REALM, ...words], { env, cwd: folder })
  await run('kdb5_util', ['-r', REALM, '-P', 'master', 'create', '-s'], { env })
  for (const account of ['me', 'other']) await admin('addprinc', '-pw', PASSWORD, account)
  for (const service of ['HTTP/127.0.0.1', 'HTTP/elsewhere.test'])
    await admin('addprinc', '-randkey', service)
  await admin('ktadd', '-k', 'apache.keytab', 'HTTP/127.0.0.1')
  await admin('ktadd', '-norandkey', '-k', 'me.keytab', 'me')
  await chmod(join(folder, 'apache.keytab'), 0o644)
  return env
}

function installed(): void {
  const files = [
    '/usr/sbin/krb5kdc',
    '/usr/sbin/kadmin.local',
    '/usr/bin/kinit',
    '/usr/sbin/apache2',
    `${MODULES}/mod_auth_gssapi.so`,
  ]
  const absent = files.filter((file) => !existsSync(file))
  if (absent.length === 0) return
  const packages = 'krb5-kdc krb5-admin-server krb5-user apache2-bin libapache2-mod-auth-gssapi libkrb5-dev'
  throw new Error(`not there: ${absent.join(', ')}. Debian, Ubuntu: apt install ${packages}`)
}

/** A program that listens on this port. */
async function started(
  command: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv,
  port: number,
): Promise<ChildProcess> {
  const child = spawn(command, args, { env, stdio: ['ignore', 'ignore', 'pipe'] })
  let said = ''
  child.stderr.on('data', (data: Buffer) => (said += data.toString()))
  const over = new AbortController()
  const failed = new Promise<never>((_, reject) => {
    child.once('error', reject)
    child.once('close', (code) => reject(new Error(`${command} ended with ${code}: ${said}`)))
  })
  try {
    await Promise.race([failed, accepting(port, over.signal)])
  } finally {
    over.abort()
  }
  return child
}

async function accepting(port: number, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const open = await new Promise<boolean>((resolve) => {
      const socket = connect(port, '127.0.0.1', () => resolve(true)).once('error', () => resolve(false))
      socket.once('connect', () => socket.destroy())
    })
    if (open) return
    await pause(20)
  }
}

async function ended(child: ChildProcess): Promise<void> {
  const closed = new Promise((resolve) => child.once('close', resolve))
  if (child.exitCode !== null) return
  child.kill()
  await closed
}

const clientConfiguration = (port: number): string => `[libdefaults]
  default_realm = ${REALM}
  dns_lookup_kdc = false
  dns_lookup_realm = false
  dns_canonicalize_hostname = false
  rdns = false
  udp_preference_limit = 1
[realms]
  ${REALM} = {
    kdc = 127.0.0.1:${port}
  }
`

const serverConfiguration = (folder: string, port: number): string => `[kdcdefaults]
  kdc_listen = ""
  kdc_tcp_listen = 127.0.0.1:${port}
[realms]
  ${REALM} = {
    database_name = ${folder}/principal
    key_stash_file = ${folder}/stash
    acl_file = ${folder}/acl
  }
[logging]
  kdc = FILE:${folder}/kdc.log
`

function apacheConfiguration(folder: string, port: number, target: string): string {
  const modules = [
    'mpm_event',
    'authn_core',
    'authz_core',
    'authz_user',
    'auth_gssapi',
    'proxy',
    'proxy_http',
    'proxy_wstunnel',
  ]
  return `ServerRoot ${folder}
PidFile ${folder}/apache.pid
DefaultRuntimeDir ${folder}
ServerName 127.0.0.1
Listen 127.0.0.1:${port}
ErrorLog ${folder}/error.log
LogLevel notice
${userInfo().uid === 0 ? 'User nobody\nGroup nogroup' : ''}
${modules.map((name) => `LoadModule ${name}_module ${MODULES}/mod_${name}.so`).join('\n')}
<Location "/">
  AuthType GSSAPI
  AuthName plant
  GssapiCredStore keytab:${folder}/apache.keytab
  Require valid-user
</Location>
ProxyPass "/piwebapi" "${target}" upgrade=websocket
`
}
