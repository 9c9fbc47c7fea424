// A command that another room brings: one object, and a line in the table.
import { expect, it, onTestFinished } from 'vitest'
import { NTScalar, SharedPV } from 'node-pvxs'
import { toggle, valued, type Command } from '../../lib-ts/cli/declare.js'
import { UsageError } from '../../lib-ts/cli/declare.js'
import type { Output } from '../../lib-ts/cli/output/sink.js'
import { runProgram } from '../../lib-ts/cli/program.js'
import { integer } from '../../lib-ts/cli/readers.js'
import { commands } from '../../lib-ts/cli/table.js'
import { loopback } from '../unit/fixtures.js'

const twice = toggle('twice', 'double it', 'D')
const plus = valued('plus p', 'N', 'add N', integer(0))

/** What a room exports. */
const calc: Command = {
  name: 'calc',
  forms: ['NAME'],
  completes: 'pv',
  options: [twice, plus],
  shares: ['timeout', 'network', 'output'],
  examples: ['node-pvxs calc x --plus 1'],
  run: async (context) => {
    const [name, ...rest] = context.args
    if (name === undefined || rest.length > 0) throw new UsageError('one PV is wanted')
    const ctx = await context.open()
    const value = await ctx.get(name, { ...context.target, timeout: context.timeout, signal: context.signal })
    const sum = (value['value'] as number) + (context.options.of(plus) ?? 0)
    await context.stdout.write(`${context.options.of(twice) === true ? 2 * sum : sum}\n`)
    if (sum > 100) context.fail(1)
    await ctx.close()
  },
}

async function run(...words: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const texts = { stdout: '', stderr: '' }
  const output = (to: 'stdout' | 'stderr'): Output => ({
    terminal: false,
    write: (text) => void (texts[to] += text),
    end: () => Promise.resolve(),
  })
  const listed = {
    group: 'Tools' as const,
    summary: 'Add to a value',
    load: () => Promise.resolve(calc),
  }
  const table = { ...commands, calc: listed }
  const { signal } = new AbortController()
  const code = await runProgram({ words, table, signal, stdout: output('stdout'), stderr: output('stderr') })
  return { code, ...texts }
}

it('is parsed, helped with and listed like the others', async () => {
  expect((await run('--help')).stdout).toMatch(/^Tools:\n(?: .*\n)* {2}calc {8}Add to a value$/m)
  expect((await run('calc', '-h')).stdout).toMatch(
    /^Usage: node-pvxs calc NAME\n[^]* {2}-D, --twice {13}double it\n {2}-p, --plus N/,
  )
  expect(await run('calc', 'x', '--plsu', '1')).toMatchObject({
    code: 2,
    stdout: '',
    stderr: 'node-pvxs: unknown option "--plsu"; did you mean "--plus"?\ntry: node-pvxs calc --help\n',
  })
  expect(await run('calc')).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('one PV is wanted') as string,
  })
})

it('runs with a client, options and exit codes', async () => {
  const { server } = await loopback(
    { x: SharedPV.mailbox(new NTScalar('int32'), { value: 41 }) },
    { after: onTestFinished },
  )
  const at = ['--server', `127.0.0.1:${server.tcpPort}`]
  expect(await run('calc', 'x', '-Dp1', ...at)).toEqual({ code: 0, stdout: '84\n', stderr: '' })
  expect(await run('calc', 'x', '-p', '60', ...at)).toMatchObject({ code: 1, stdout: '101\n' })
  expect(await run('calc', 'y', '-w', '0.2', '--server', '127.0.0.1:9')).toMatchObject({
    code: 3,
    stderr: expect.stringMatching(/^node-pvxs: get: PV "y" /) as string,
  })
})
