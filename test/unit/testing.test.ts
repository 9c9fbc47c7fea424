import { expect, it } from 'vitest'
import { ClosedError, Context, InvalidArgumentError, Server } from 'node-pvxs'
import { loopback } from 'node-pvxs/testing'
import { project, run, writeScript } from '../docs/pages.js'
import { int32, leavesNothing, rejection } from './fixtures.js'

leavesNothing()

it('gives a server with the PVs, and a client of it', async () => {
  const it = await loopback({ x: int32(1) })
  const { server, ctx } = it
  expect(server).toBeInstanceOf(Server)
  expect(ctx).toBeInstanceOf(Context)
  await ctx.put('x', 2)
  expect((await ctx.get('x')).value).toBe(2)
  await it.close()
})

it('closes both with await using, and once more does nothing', async () => {
  const kept = await loopback({ x: int32() })
  {
    await using it = kept
    await it.ctx.get('x')
  }
  expect(await rejection(kept.ctx.get('x'))).toBeInstanceOf(ClosedError)
  expect(() => kept.server.addPV('y', int32())).toThrow(ClosedError)
  await kept.close()
})

it('hands its end to the hook of a test runner', async () => {
  const hooks: (() => Promise<void>)[] = []
  const { ctx } = await loopback({ x: int32() }, { after: (close) => hooks.push(close) })
  expect(hooks).toHaveLength(1)
  await hooks[0]?.()
  expect(await rejection(ctx.get('x'))).toBeInstanceOf(ClosedError)
})

it('passes options on to server and client', async () => {
  await using it = await loopback(
    { x: int32() },
    { server: { handlerTimeout: 1234 }, client: { connectionTimeout: 5678 } },
  )
  expect(it.server.config).toMatchObject({ isolated: true, useEnv: false, handlerTimeout: 1234 })
  expect(it.ctx.config).toMatchObject({ useEnv: false, connectionTimeout: 5678 })
})

// leavesNothing() sees a server that was left.
it('leaves no server behind when the client or the hook refuses', async () => {
  const bad = loopback({ x: int32() }, { client: { connectionTimeout: -1 } })
  expect(await rejection(bad)).toBeInstanceOf(InvalidArgumentError)
  const after = (): never => {
    throw new Error('no test is running')
  }
  expect((await rejection(loopback({ x: int32() }, { after }))).message).toBe('no test is running')
})

it('does not keep a process alive that forgot to close it', async () => {
  const folder = await project()
  try {
    const code = `import { NTScalar, SharedPV } from 'node-pvxs'
      import { loopback } from 'node-pvxs/testing'
      const { ctx } = await loopback({ x: SharedPV.mailbox(new NTScalar('int32'), { value: 7 }) })
      console.log((await ctx.get('x')).value)`
    const script = await writeScript(folder.path, 'forgetful', {
      page: '',
      line: 0,
      language: 'js',
      code,
      info: '',
      output: undefined,
    })
    expect(await run(script, {})).toEqual({ code: 0, signal: null, stdout: '7\n', stderr: '' })
  } finally {
    await folder.remove()
  }
})
