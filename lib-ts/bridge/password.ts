import { randomBytes, scrypt, timingSafeEqual, type ScryptOptions } from 'node:crypto'

// What a guess costs: 16 MiB and some 50 ms.
const COST = { N: 16_384, r: 8, p: 1 }
const BYTES = 32
const FORM = /^scrypt\$(\d+)\$(\d+)\$(\d+)\$([A-Za-z0-9_-]+)\$([A-Za-z0-9_-]+)$/

/**
 * One word that a password can be checked against: scrypt with a salt of its own. What the option `users` takes as `hash`.
 *
 * @example
 * import { hashPassword } from 'node-pvxs/bridge'
 *
 * const hash = await hashPassword('correct horse')
 * hash.startsWith('scrypt$') // → true
 */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(16)
  const key = await derived(password, salt, BYTES, COST)
  const { N, r, p } = COST
  return ['scrypt', N, r, p, salt.toString('base64url'), key.toString('base64url')].join('$')
}

export function isHash(text: string): boolean {
  return FORM.test(text)
}

/** Whether the hash was made of that password. */
export async function verifies(password: string, hash: string): Promise<boolean> {
  const parts = FORM.exec(hash)
  if (parts === null) return false
  const [, N, r, p, salt = '', key = ''] = parts
  const wanted = Buffer.from(key, 'base64url')
  const cost = { N: Number(N), r: Number(r), p: Number(p), maxmem: 256 * 1024 * 1024 }
  const found = await derived(password, Buffer.from(salt, 'base64url'), wanted.length, cost)
  return timingSafeEqual(found, wanted)
}

function derived(password: string, salt: Buffer, bytes: number, cost: ScryptOptions): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    scrypt(password, salt, bytes, cost, (error, key) => {
      if (error === null) resolve(key)
      else reject(error)
    })
  })
}
