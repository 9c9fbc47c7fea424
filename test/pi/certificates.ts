// An authority of the tests with certificates of a server and of a client, by openssl.
import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

export interface Pair {
  readonly key: string
  readonly cert: string
}

export interface Certificates {
  readonly ca: string
  /** Of 127.0.0.1. */
  readonly server: Pair
  readonly client: Pair
}

export async function certificates(): Promise<Certificates> {
  const folder = await mkdtemp(join(tmpdir(), 'node-pvxs-pi-tls-'))
  const openssl = (words: string): Promise<unknown> => run('openssl', words.split(' '), { cwd: folder })
  const file = (name: string): Promise<string> => readFile(join(folder, name), 'utf8')
  const pair = async (who: string): Promise<Pair> => {
    await openssl(`req -newkey rsa:2048 -nodes -keyout ${who}.key -out ${who}.csr -subj /CN=${who}`)
    const signed = '-CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -extfile san'
    await openssl(`x509 -req -in ${who}.csr ${signed} -out ${who}.pem`)
    return { key: await file(`${who}.key`), cert: await file(`${who}.pem`) }
  }
  try {
    await openssl('req -x509 -newkey rsa:2048 -nodes -keyout ca.key -out ca.pem -days 2 -subj /CN=plant')
    await writeFile(join(folder, 'san'), 'subjectAltName=IP:127.0.0.1')
    return { ca: await file('ca.pem'), server: await pair('server'), client: await pair('client') }
  } finally {
    await rm(folder, { recursive: true })
  }
}
