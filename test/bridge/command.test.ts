// `node-pvxs bridge`, as a user runs it.
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { NTScalar, Server, SharedPV } from 'node-pvxs'
import { run, Running } from '../cli/run.js'
import { Page, refusal } from './page.js'

let folder: string
let server: Server
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'node-pvxs-bridge-'))
  const t = SharedPV.mailbox(new NTScalar('float64'), { value: 21 })
  server = await Server.start({ isolated: true, pvs: { 'lab:t': t } })
})
afterAll(async () => {
  await server.close()
  await rm(folder, { recursive: true })
})

const file = async (name: string, content: unknown): Promise<string> => {
  const path = join(folder, name)
  await writeFile(path, typeof content === 'string' ? content : JSON.stringify(content), { mode: 0o600 })
  return path
}

it('prints its URL, serves pages, tells of writes, and ends with 0', async () => {
  await using bridge = new Running(['bridge', '--port', '0', '--write', 'lab:*'], { server })
  const url = await bridge.line()
  await using page = await Page.open(url)
  page.subscribe('lab:t')
  expect(await page.update('lab:t')).toMatchObject({ value: 21, readonly: false })
  page.say({ type: 'write', pv: 'lab:t', value: 22 })
  await page.update('lab:t', ({ value }) => value === 22)
  await page.settled()
  bridge.child.kill('SIGTERM')
  const { code, stdout, stderr } = await bridge.ended
  expect({ code, stdout }).toEqual({ code: 0, stdout: `${url}\n` })
  expect(stderr).toContain('read all, write lab:*, call nothing')
  expect(stderr).toContain('write lab:t by 127.0.0.1: 22')
})

it('prints JSON when it is asked to', async () => {
  await using bridge = new Running(['bridge', '--port', '0', '--json', '--path', '/x'], { server })
  const told = JSON.parse(await bridge.line()) as { url: string; pvws: string; write: boolean }
  expect(told).toEqual({ url: told.url, pvws: `${told.url.replace('http', 'ws')}x/pv`, write: false })
})

it('takes users whose hash it made, and shows no secret', async () => {
  const hashed = await run(['bridge', 'hash'], { input: 'correct horse\n' })
  expect(hashed).toMatchObject({ code: 0, stderr: '' })
  const hash = hashed.stdout.trim()
  const users = await file('users.json', [{ user: 'guest', hash }])
  const shown = await run(['bridge', '--users', users, '--print-config'])
  expect(shown.code).toBe(0)
  expect(shown.stdout).not.toContain(hash)
  expect(JSON.parse(shown.stdout)).toMatchObject({ auth: true, port: 8080, rate: 10 })
  await chmod(users, 0o644)
  await using bridge = new Running(['bridge', '--port', '0', '--users', users], { server })
  const url = await bridge.line()
  expect(await refusal(url)).toHaveProperty('status', 401)
  const authorization = `Basic ${Buffer.from('guest:correct horse').toString('base64')}`
  await using page = await Page.open(url, { headers: { authorization } })
  page.subscribe('lab:t')
  await page.update('lab:t')
  bridge.child.kill('SIGINT')
  expect((await bridge.ended).stderr).toContain('others may read it')
})

it('keeps values and has a page, as its flags say', async () => {
  const shown = async (...args: readonly string[]): Promise<unknown> =>
    JSON.parse((await run(['bridge', '--print-config', ...args])).stdout)
  expect(await shown('--keep', '10m', '--title', 'Lab')).toMatchObject({
    keep: 600_000,
    page: { title: 'Lab' },
  })
  expect(await shown('--no-page')).not.toHaveProperty('page')
  expect(await shown()).toMatchObject({ keep: 0, page: {} })
})

it('reads a configuration, which a flag beats', async () => {
  const path = await file('bridge.json', { rate: 3, write: ['/^lab:/'], path: '/a' })
  const { stdout } = await run(['bridge', '--config', path, '--path', '/b', '--print-config'])
  expect(JSON.parse(stdout)).toMatchObject({ rate: 3, write: ['/^lab:/'], path: '/b' })
})

it('names a port that is taken', async () => {
  await using bridge = new Running(['bridge', '--port', '0'], { server })
  const { port } = new URL(await bridge.line())
  const second = await run(['bridge', '--port', port], { server })
  expect(second.code).toBe(2)
  expect(second.stderr).toContain(`port ${port} of 127.0.0.1 is taken`)
})

it.each([
  [['bridge', '--rate', '0'], /--rate/],
  [['bridge', '--read', '!'], /"read"/],
  [['bridge', '--write', '/(/'], /Invalid regular expression/],
  [['bridge', '--cert', 'x'], /--cert and --key/],
  [['bridge', '--tokens', '/no/such/file'], /\/no\/such\/file: ENOENT/],
  [['bridge', '--host', '0.0.0.0', '--port', '0', '--write', '*'], /anybody could write/],
  [['bridge', 'hsh'], /"hsh"/],
  [['bridge', '--keep', 'long'], /--keep/],
])('%j is a usage error', async (args, text) => {
  const { code, stdout, stderr } = await run(args, { server })
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
  expect(stderr).toMatch(text)
})

it('names an unknown key of a configuration, and shows nothing of a file with secrets', async () => {
  const path = await file('wrong.json', { prot: 1 })
  expect((await run(['bridge', '--config', path])).stderr).toContain('"prot"')
  const tokens = await file('tokens.json', '[{"token":"very-secret-text", "user"')
  const { code, stderr } = await run(['bridge', '--tokens', tokens])
  expect(code).toBe(2)
  expect(stderr).not.toContain('very-secret')
})
