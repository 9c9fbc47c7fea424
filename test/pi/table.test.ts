// Every row of the table is a method, and the methods are those of the table.
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { PiArgumentError, PiWebApi, type PiRequest } from 'node-pvxs/pi'
import { endpoints, generate, generated, type Endpoint } from '../../scripts/pi/generate.mjs'

const base = 'https://pi.lab/piwebapi'
const pi = new PiWebApi(base)
type Build = (args?: object, options?: object) => PiRequest
const tree = pi.build as unknown as Record<string, Record<string, Build>>
const calls = pi as unknown as Record<string, Record<string, unknown>>
const build = (controller: string, action: string, args?: object, options?: object): PiRequest =>
  (tree[controller]?.[action] as Build)(args, options)

/** A fitting value for each parameter of a row, and the pairs that must come of it. */
function filled({ path, query, body }: Endpoint): {
  args: Record<string, unknown>
  pairs: [string, string][]
} {
  const args: Record<string, unknown> = {}
  const pairs: [string, string][] = []
  for (const [, name = ''] of path.matchAll(/\{(\w+)\}/g)) args[name] = `a\\b/${name}`
  for (const word of query.split(' ').filter((text) => text !== '')) {
    const name = /^\w+/.exec(word)?.[0] ?? ''
    const [value, text] = word.includes(':int')
      ? [7, '7']
      : word.includes(':bool')
        ? [false, 'false']
        : word.includes(':time')
          ? [1_767_225_600_123_456_789n, '2026-01-01T00:00:00.1234567Z']
          : [`x;y&${name}`, `x;y&${name}`]
    if (word.includes(';')) {
      args[name] = ['a', 'b']
      pairs.push([name, 'a;b'])
    } else if (word.includes('*')) {
      args[name] = [value, value]
      pairs.push([name, text], [name, text])
    } else {
      args[name] = value
      pairs.push([name, text])
    }
  }
  if (body === 'multipart') args['body'] = { data: 'x', filename: 'x.txt' }
  else if (body !== '') args['body'] = {}
  return { args, pairs }
}

it('has 425 rows of 42 controllers, and each is a method', () => {
  expect(endpoints).toHaveLength(425)
  expect(new Set(endpoints.map(({ controller }) => controller)).size).toBe(42)
  for (const { controller, action } of endpoints) {
    expect(typeof calls[controller]?.[action], `${controller}.${action}`).toBe('function')
    expect(typeof tree[controller]?.[action]).toBe('function')
  }
})

it('is what the script writes', async () => {
  for (const [name, text] of Object.entries(await generate()))
    expect(await readFile(join(generated, name), 'utf8'), name).toBe(text)
})

it('makes the URL of each row, every parameter in its place', () => {
  for (const row of endpoints) {
    const { args, pairs } = filled(row)
    const request = build(row.controller, row.action, args)
    const path = row.path.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(`a\\b/${name}`))
    expect([request.verb, request.path], `${row.controller}.${row.action}`).toEqual([row.verb, path])
    expect(request.query).toEqual(pairs)
    expect([...new URL(request.url).searchParams]).toEqual(pairs)
    expect(request.url.split('?')[0]).toBe(`${base}/${path}`)
    expect(request.url).not.toContain('\\')
  }
})

describe('each row', () => {
  it('names a required parameter that is missing', () => {
    let seen = 0
    for (const row of endpoints) {
      const { args } = filled(row)
      const required = [
        ...[...row.path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => name),
        ...row.query.split(' ').flatMap((word) => (word.includes('!') ? [/^\w+/.exec(word)?.[0] ?? ''] : [])),
        ...(row.body === '' ? [] : ['body']),
      ]
      for (const name of required) {
        const without = { ...args, [name]: undefined }
        expect(() => build(row.controller, row.action, without), `${row.action} ${name}`).toThrow(
          PiArgumentError,
        )
        expect(() => build(row.controller, row.action, without)).toThrow(name)
        seen++
      }
    }
    expect(seen).toBeGreaterThan(400)
  })

  it('refuses a parameter that it does not know, unless it goes in as more query', () => {
    for (const row of endpoints) {
      const { args } = filled(row)
      expect(() => build(row.controller, row.action, { ...args, nosuch: 1 })).toThrow(/nosuch/)
      const { query } = build(row.controller, row.action, args, { query: { nosuch: 1 } })
      expect(query.at(-1)).toEqual(['nosuch', '1'])
    }
  })
})

describe('a base URL', () => {
  it.each([
    ['https://pi.lab', `${base}/system`],
    ['https://pi.lab/', `${base}/system`],
    ['https://pi.lab/piwebapi/', `${base}/system`],
    ['https://pi.lab//piwebapi', `${base}/system`],
    ['https://me:geheim@pi.lab/other/api', 'https://pi.lab/other/api/system'],
  ])('%s is normalised', (url, wanted) => {
    expect(new PiWebApi(url).build.system.landing().url).toBe(wanted)
  })

  it.each(['', 'pi.lab', 'ftp://pi.lab', 'https://pi.lab/?a=1', undefined, 5])('%s is refused', (url) => {
    expect(() => new PiWebApi(url as string)).toThrow(PiArgumentError)
  })

  it('that is refused keeps its password to itself', () => {
    expect(() => new PiWebApi('ftp://me:geheim@pi.lab')).toThrow(/^(?!.*geheim)/)
  })
})
