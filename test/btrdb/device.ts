// A fake server and a client of it, for one test.
import { onTestFinished, vi } from 'vitest'
import { BTrDB, type BTrDBError, type ConnectOptions } from 'node-pvxs/btrdb'
import { btrdbFake, type BtrdbFake, type BtrdbFakeOptions } from 'node-pvxs/testing'

/** Nothing of this machine's own. */
export const NOWHERE = { env: {}, home: '/nonexistent' }

export async function fakeOf(options?: BtrdbFakeOptions): Promise<BtrdbFake> {
  const fake = await btrdbFake(options)
  onTestFinished(() => fake.close())
  return fake
}

export async function clientOf(
  fake: { readonly endpoint: string },
  options?: ConnectOptions,
): Promise<BTrDB> {
  const db = await BTrDB.connect({
    endpoint: fake.endpoint,
    ...NOWHERE,
    retry: { min: 1, max: 5 },
    ...options,
  })
  onTestFinished(() => db.close())
  return db
}

export async function lab(
  options?: ConnectOptions & { readonly fake?: BtrdbFakeOptions },
): Promise<{ fake: BtrdbFake; db: BTrDB }> {
  const { fake: given, ...rest } = options ?? {}
  const fake = await fakeOf(given)
  return { fake, db: await clientOf(fake, rest) }
}

/** What a promise rejects with. */
export async function failure(work: Promise<unknown>): Promise<BTrDBError> {
  try {
    await work
  } catch (error) {
    return error as BTrDBError
  }
  throw new Error('it did not fail')
}

export async function collected<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = []
  for await (const item of items) all.push(item)
  return all
}

let made = 0
/** A uuid that nobody else has. */
export const uuid = (): string => `00000000-0000-4000-8000-${String(++made).padStart(12, '0')}`

/** Waits for a condition on something outside this process or on the network, which has no event. */
export const until = (condition: () => boolean): Promise<unknown> =>
  vi.waitUntil(condition, { timeout: 30_000 })
