import { expect, it } from 'vitest'
import { InvalidArgumentError } from 'node-pvxs'
import { piSimulator } from 'node-pvxs/testing'
import { plant } from './plant.js'

it.each([
  ['an unknown option', { point: {} }, 'did you mean "points"'],
  ['points that are not an object', { points: 5 }, '"points" is an object, not 5'],
  ['a point that is not an object', { points: { a: 5 } }, 'points.a'],
  ['an unknown field of a point', { points: { a: { unit: 'm' } } }, '"unit" of points.a'],
  ['a type that there is not', { points: { a: { type: 'Int8' } } }, '"type" is Float64'],
  ['a value that no point has', { points: { a: { value: null } } }, '"value"'],
  [
    'a value that its point cannot hold',
    { points: { a: { type: 'Int16', value: 70_000 } } },
    'a: 70000 does not',
  ],
  ['a digital set that is not there', { points: { a: { digitalSet: 'No' } } }, 'no digital set "No"'],
  ['states that are not texts', { digitalSets: { Modes: 5 } }, 'digitalSets.Modes'],
  [
    'an attribute without an element',
    { attributes: { Flow: {} } },
    'Database\\Element|Attribute, not "Flow"',
  ],
  ['an unknown field of an attribute', { attributes: { 'P\\E|F': { fixed: true } } }, 'attributes.P'],
  ['a guard that is neither on nor off', { csrf: 'yes' }, '"csrf" is true or false'],
  ['a user without a password', { auth: { user: 'me' } }, '"auth" is { user, password }'],
  ['keys that are text', { tls: 'key' }, '"tls" is an object'],
  ['a port that there is not', { port: 70_000 }, '"port" is an integer'],
  ['an answer of nothing', { maxReturned: 0 }, '"maxReturned"'],
])('a simulator with %s is refused, and the error says what is wrong', async (_, options, said) => {
  const failed: unknown = await piSimulator(options as never).then(
    (sim) => sim.close(),
    (error: unknown) => error,
  )
  expect(failed).toBeInstanceOf(InvalidArgumentError)
  expect((failed as Error).message).toContain(said)
})

it('a point that is added is checked in the same way', async () => {
  const { sim } = await plant()
  expect(() => sim.addPoint('a', { unit: 'm' } as never)).toThrow(/"unit" of the point "a"/)
  expect(() => sim.post('nobody', 1)).toThrow(/no stream "nobody"/)
})
