// Certificates for one address, made when they are asked for.
import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { programs } from '../needs.js'

const run = promisify(execFile)

export const openssl = programs([{ command: 'openssl', args: ['version'], debian: 'openssl' }])

/**
 * An address of the loopback interface that no other process uses, where all of 127.0.0.0/8 leads there: clients take port
 * 4411 to mean TLS, so a server with TLS has to be at that one.
 */
export const ownAddress =
  process.platform === 'darwin' ? '127.0.0.1' : `127.44.${(process.pid >> 8) & 255}.${process.pid & 255 || 1}`

export interface Pair {
  readonly key: string
  readonly cert: string
}

export interface Certificates extends AsyncDisposable {
  readonly server: Pair
  readonly client: Pair
  /** Of the authority that signed both. */
  readonly ca: string
  /** The file that `ca` is in. */
  readonly caFile: string
}

export async function certificates(address: string): Promise<Certificates> {
  const folder = await mkdtemp(join(tmpdir(), 'btrdb-'))
  const file = (name: string): string => join(folder, name)
  const text = (name: string): Promise<string> => readFile(file(name), 'utf8')
  const ec = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes']
  const ofAuthority = ['-keyout', file('ca.key'), '-out', file('ca.pem'), '-subj', '/CN=tests']
  await run('openssl', ['req', '-x509', ...ec, '-days', '2', ...ofAuthority])
  const sign = async (name: string, extension: string): Promise<Pair> => {
    await writeFile(file(`${name}.ext`), extension)
    const made = ['-keyout', file(`${name}.key`), '-out', file(`${name}.csr`), '-subj', `/CN=${name}`]
    await run('openssl', ['req', ...ec, ...made])
    const signed = ['-CA', file('ca.pem'), '-CAkey', file('ca.key'), '-CAcreateserial', '-days', '2']
    const out = ['-in', file(`${name}.csr`), '-out', file(`${name}.pem`), '-extfile', file(`${name}.ext`)]
    await run('openssl', ['x509', '-req', ...signed, ...out])
    return { key: await text(`${name}.key`), cert: await text(`${name}.pem`) }
  }
  return {
    server: await sign('server', `subjectAltName=IP:${address},DNS:localhost`),
    client: await sign('client', 'extendedKeyUsage=clientAuth'),
    ca: await text('ca.pem'),
    caFile: file('ca.pem'),
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  }
}
