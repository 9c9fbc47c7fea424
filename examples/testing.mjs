// @ts-check
// A test suite over a server of its own, with Node's test runner: node examples/testing.mjs
// For Vitest see docs/testing.md.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { NTScalar, RemoteError, SharedPV } from 'node-pvxs'
import { loopback } from 'node-pvxs/testing'

const Setpoint = new NTScalar('float64')

test('a mailbox keeps what is put', async (t) => {
  const pvs = { 'tank:setpoint': SharedPV.mailbox(Setpoint, { value: 20 }) }
  const { ctx } = await loopback(pvs, { after: (close) => t.after(close) })
  await ctx.put('tank:setpoint', 22.5)
  assert.equal((await ctx.get('tank:setpoint')).value, 22.5)
})

test('what the server refuses stays as it was', async (t) => {
  const level = new SharedPV({
    type: Setpoint,
    initial: { value: 5 },
    onPut({ value }) {
      if (value.value > 10) throw new RemoteError('the tank holds 10')
      return value
    },
  })
  const { ctx } = await loopback({ 'tank:level': level }, { after: (close) => t.after(close) })
  await assert.rejects(ctx.put('tank:level', 11), RemoteError)
  assert.equal((await ctx.get('tank:level')).value, 5)
})
