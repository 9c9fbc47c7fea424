// A terminal that closes while a command runs on it: the command ends by itself, whatever it was at.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { NTScalar, SharedPV, type Server } from 'node-pvxs'
import { commands } from '../../lib-ts/cli/table.js'
import { hosts, Network } from '../faults/hosts.js'
import { programs } from '../needs.js'
import { environment, program } from './run.js'
import { serveEveryKind } from './served.js'

let server: Server
let moves: NodeJS.Timeout
beforeAll(async () => {
  const moving = SharedPV.readonly(new NTScalar('int32'), { value: 0 })
  let value = 0
  moves = setInterval(() => moving.post({ value: (value += 10) }), 20)
  server = await serveEveryKind({ 'x:moving': moving })
})
afterAll(async () => {
  clearInterval(moves)
  await server.close()
})

const need = await hosts()
const python = programs([{ command: 'python3', args: ['-c', 'import pty'], debian: 'python3' }])
const stage = join(import.meta.dirname, 'hang-up.py')
const HANGUP = 129
/**
 * It had done all before the terminal went, could not write its last words, or was told to end. 2: a command of another
 * room, which takes other words.
 */
const ENDED = [0, 1, 2, HANGUP]

const SEARCHES = /addressList/
/** What each says when it is at work. */
const atWork: readonly { readonly args: readonly string[]; readonly ready: RegExp }[] = [
  { args: ['get', 'nope', '-w', '0', '-v'], ready: SEARCHES },
  { args: ['get', 'x:double', '--repeat', '50ms'], ready: /1\.5/ },
  { args: ['monitor', 'x:moving'], ready: /x:moving/ },
  { args: ['monitor', 'x:moving', '--watch'], ready: /connected/ },
  { args: ['put', 'nope', '1', '-w', '0', '-v'], ready: SEARCHES },
  { args: ['put', 'x:int64', '1', '--confirm'], ready: /y\/N/ },
  { args: ['call', 'nope', '-w', '0', '-v'], ready: SEARCHES },
  { args: ['info', 'nope', '-w', '0', '-v'], ready: SEARCHES },
  { args: ['list', '-w', '0', '-v'], ready: SEARCHES },
  { args: ['types', 'nope', '-w', '0', '-v'], ready: SEARCHES },
  { args: ['serve', 'a sim=sine', 'b=1', '--isolated', '-v'], ready: /try: / },
  { args: ['watch-net', '-v', '--udp-port', '45077'], ready: /watching/ },
  { args: ['bench', 'x:double', '--for', '100ms'], ready: /gets/ },
]

const starting: string[][] = Object.keys(commands)
  .filter((name) => name !== 'doctor')
  .map((name) => [name, ...wordsOf(name)])

function wordsOf(name: string): string[] {
  switch (name) {
    case 'serve':
      return ['a=1', '--isolated']
    case 'put':
      return ['x:int64', '1']
    case 'completion':
      return ['bash']
    case 'list':
    case 'config':
    case 'bench':
      return []
    case 'watch-net':
      return ['--udp-port', '45078']
    case 'call':
      return ['x:refusing']
    default:
      return ['x:double']
  }
}

/** Runs it on a terminal that closes at that text, or after so many ms, and gives its end. */
async function hungUp(
  args: readonly string[],
  when: RegExp | number,
  {
    how = 'hup',
    host = (program: string, ...words: readonly string[]): readonly string[] => [program, ...words],
  } = {},
): Promise<{ code: number; said: string }> {
  const wait = typeof when === 'number' ? String(when) : when.source
  const [file = '', ...words] = host('python3', stage, wait, how, process.execPath, program, ...args)
  const child = spawn(file, words, { env: { ...environment({ server }), TERM: 'xterm' } })
  let out = ''
  child.stdout.on('data', (text: Buffer) => void (out += String(text)))
  child.stderr.on('data', (text: Buffer) => void (out += String(text)))
  await once(child, 'close')
  expect(out).toMatch(/^\{.*\}\n$/)
  return JSON.parse(out) as { code: number; said: string }
}

describe.skipIf(python.missing)(python.named('a terminal that closes'), () => {
  it.each(atWork)('ends $args, which is at work', async ({ args, ready }) => {
    const { code, said } = await hungUp(args, ready)
    expect(said).toMatch(ready)
    // The end of the terminal and the signal come at once; what it sees first decides.
    expect([1, HANGUP]).toContain(code)
  })

  it.each(starting)('ends %s while it starts', async (...args: string[]) => {
    for (const ms of [1, 60, 150]) expect(ENDED).toContain((await hungUp(args, ms)).code)
  })

  it('is 1 at the next line where no signal tells of it', async () => {
    expect((await hungUp(['monitor', 'x:moving'], /moving/, { how: 'deaf' })).code).toBe(1)
    expect((await hungUp(['monitor', 'x:moving', '--watch'], /connected/, { how: 'deaf' })).code).toBe(1)
  })

  it.skipIf(need.missing)(need.named('ends the doctor'), async () => {
    await using network = await Network.make()
    const host = (file: string, ...words: readonly string[]): readonly string[] =>
      network.client.command(file, ...words)
    for (const ms of [1, 200, 600, 1_500])
      expect(ENDED).toContain((await hungUp(['doctor', 'x'], ms, { host })).code)
  })
})
