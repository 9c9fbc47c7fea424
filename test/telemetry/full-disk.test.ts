// A spool on a disk that is full, and has room again: a file system of a megabyte in memory.
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Batcher, Spool, type Sample, type Series, type Sink } from 'node-pvxs/telemetry'
import { unless } from '../needs.js'

const disks = unless(mounts() ? undefined : 'this user may not mount a file system')

function mounts(): boolean {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return false
  const folder = mkdtempSync(join(tmpdir(), 'mounts-'))
  const { status } = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', folder], {
    stdio: 'ignore',
  })
  if (status === 0) execFileSync('umount', [folder])
  return status === 0
}

const series: Series = { id: 'x', type: 'string' }
const sample = (n: number): Sample => ({
  series,
  time: BigInt(n),
  value: `${n} `.repeat(1_000),
  severity: 0,
})
const never: Sink = { write: () => new Promise(() => undefined), close: () => Promise.resolve() }

function taking(got: bigint[]): Sink {
  return {
    write: (batch) => (
      got.push(...batch.map(({ time }) => time)),
      Promise.resolve({ written: batch.length, rejected: [] })
    ),
    close: () => Promise.resolve(),
  }
}

describe.skipIf(disks.missing)(disks.named('a Spool on a full disk'), () => {
  let disk = ''
  beforeEach(() => {
    disk = mkdtempSync(join(tmpdir(), 'disk-'))
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', disk])
  })
  afterEach(async () => {
    execFileSync('umount', ['-l', disk])
    await rm(disk, { recursive: true, force: true })
  })
  const makeRoom = () => execFileSync('mount', ['-o', 'remount,size=32m', disk])

  /** Pushes until one is refused; gives the times of those that were not. */
  async function fill(batcher: Batcher): Promise<{ kept: bigint[]; error: unknown }> {
    const kept: bigint[] = []
    for (let n = 0; n < 10_000; n++) {
      try {
        await batcher.push([sample(n)])
        kept.push(BigInt(n))
      } catch (error) {
        return { kept, error }
      }
    }
    throw new Error('the disk is not full')
  }

  async function delivered(): Promise<bigint[]> {
    const got: bigint[] = []
    await using spool = await Spool.open(join(disk, 'spool'))
    await using batcher = new Batcher(taking(got), { spool })
    await batcher.flush()
    return got
  }

  it('refuses a push with the reason, and has all that it took before when it is opened again', async () => {
    const spool = await Spool.open(join(disk, 'spool'))
    const batcher = new Batcher(never, { spool })
    const { kept, error } = await fill(batcher)
    expect(error).toMatchObject({ name: 'SpoolError', code: 'ERR_SPOOL_WRITE' })
    expect((error as Error).message).toMatch(/^the spool cannot be written: .*No space left on device/)
    expect(batcher.stats).toMatchObject({ pushed: kept.length, buffered: kept.length })
    await batcher.close()
    await spool.close()
    makeRoom()
    expect(await delivered()).toEqual(kept)
  })

  it('goes on when there is room, and loses nothing that it took before or after', async () => {
    const spool = await Spool.open(join(disk, 'spool'))
    const batcher = new Batcher(never, { spool })
    const { kept } = await fill(batcher)
    makeRoom()
    for (let n = 20_000; n < 20_010; n++) {
      await batcher.push([sample(n)])
      kept.push(BigInt(n))
    }
    await batcher.close()
    await spool.close()
    expect(await delivered()).toEqual(kept)
  })

  it('delivers what it holds while the disk is full', async () => {
    const path = join(disk, 'spool')
    const first = await Spool.open(path)
    const filling = new Batcher(never, { spool: first })
    const { kept } = await fill(filling)
    await filling.close()
    const got: bigint[] = []
    await using batcher = new Batcher(taking(got), { spool: first, maxItems: 10 })
    await batcher.flush()
    expect(got).toEqual(kept)
    expect(first).toMatchObject({ waiting: 0 })
    await first.close()
  })
})
