import { describe, expect, it } from 'vitest'
import { InvalidArgumentError } from 'node-pvxs'
import { pvName, pvNames } from '../../../lib-ts/input/names.js'
import { parseAddress } from '../../../lib-ts/config/addresses.js'
import { thrown } from '../fixtures.js'

const long = (bytes: number) => 'x'.repeat(bytes)

describe('PV names', () => {
  it.each([
    ['x'],
    [long(59)],
    [long(60)],
    [long(1_024)],
    ['é'.repeat(512)],
    ['LAB:Temp-1.VAL'],
    ['name with spaces inside'],
    ['emoji:🙂'],
    ['e\u0301'],
    ['right\u200fto-left'],
    ['x.{"dbnd":{"d":1}}'],
    ['%41%42'],
    ['a://b'],
    ['1'],
  ])('takes %j', (name) => {
    expect(pvName(name, 'get')).toBe(name)
  })

  it.each([
    ['', 'empty'],
    [' ', 'white space'],
    ['x ', 'white space'],
    ['\u00a0x', 'white space'],
    ['a\tb', 'control'],
    ['a\0b', 'control'],
    ['a\u0085b', 'control'],
    [long(1_025), 'longer'],
    ['é'.repeat(513), 'longer'],
    [long(65_536), 'longer'],
    ['a\ud800b', 'surrogate'],
    ['ca://x', 'Channel Access'],
    ['CA://x', 'Channel Access'],
    ['pva://', 'empty'],
    [new String('x'), 'String'],
    [5, '5'],
    [null, 'null'],
    [undefined, 'undefined'],
    [Symbol('x'), 'Symbol'],
  ])('refuses %j', (name, text) => {
    const error = thrown(() => pvName(name, 'get'))
    expect(error).toBeInstanceOf(InvalidArgumentError)
    expect(error.message).toContain(text)
    expect(error.message.length).toBeLessThan(300)
    expect(error['op']).toBe('get')
  })

  it('drops a leading pva://', () => {
    expect(pvName('pva://x', 'get')).toBe('x')
  })

  it('are checked one by one in a list', () => {
    expect(pvNames(['a', 'pva://b'], 'getAll')).toEqual(['a', 'b'])
    for (const names of ['a', null, new Set(['a']), [1], [['a']]]) {
      expect(thrown(() => pvNames(names, 'getAll'))).toBeInstanceOf(InvalidArgumentError)
    }
  })
})

describe('addresses', () => {
  it.each([
    ['host', { host: 'host' }],
    ['host.domain.org:5075', { host: 'host.domain.org', port: 5075 }],
    ['10.0.0.4', { host: '10.0.0.4' }],
    ['10.0.0.4:1', { host: '10.0.0.4', port: 1 }],
    ['224.0.0.128,1@eth0', { host: '224.0.0.128', ttl: 1, iface: 'eth0' }],
    ['224.0.0.128:5076,1@10.0.0.4', { host: '224.0.0.128', port: 5076, ttl: 1, iface: '10.0.0.4' }],
    ['::1', { host: '::1' }],
    ['[::1]:5075', { host: '::1', port: 5075 }],
    ['[fe80::1%eth0]:5075', { host: 'fe80::1%eth0', port: 5075 }],
    ['fe80::1%eth0', { host: 'fe80::1%eth0' }],
  ])('reads %s', (text, parts) => {
    expect(parseAddress(text)).toEqual({ port: undefined, ttl: undefined, iface: undefined, ...parts })
  })

  it.each([
    [''],
    ['999.1.1.1'],
    ['1.2.3'],
    [':5076'],
    ['[::1'],
    ['[nonsense]:5'],
    ['host:-1'],
    ['host:65536'],
    ['host:port'],
    ['a b'],
    ['a;b'],
    ['a,b'],
    ['höst'],
    ['-host'],
    ['host@'],
    ['host,999'],
    ['::1:::'],
  ])('refuses %j', (text) => {
    expect(typeof parseAddress(text)).toBe('string')
  })
})
