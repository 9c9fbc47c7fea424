// The tables of the guide name what there is, all of it and nothing else.
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import * as api from 'node-pvxs'
import { PiWebApi } from 'node-pvxs/pi'
import { builders } from '../../scripts/pi/generate.mjs'
import { root } from './pages.js'

/** The names in the first column of the table under a heading. */
async function firstColumn(page: string, heading: string): Promise<string[]> {
  const text = await readFile(join(root, page), 'utf8')
  const section = text.split(/^#+ /m).find((part) => part.startsWith(heading)) ?? ''
  return [...section.matchAll(/^\| `([^`]+)`/gm)].map(([, name = '']) => name)
}

describe('docs/configuration.md', () => {
  it('lists the options of a Context', async () => {
    const ctx = new api.Context({ useEnv: false, autoAddressList: false, addressList: ['127.0.0.1:9'] })
    const options = Object.keys(ctx.config).filter((name) => name !== 'useEnv') // in the text above the table
    await ctx.close()
    expect((await firstColumn('docs/configuration.md', 'Client')).sort()).toEqual(options.sort())
  })

  it('lists the options of a Server', async () => {
    const server = api.Server.isolated()
    const options = [...Object.keys(server.config).filter((name) => name !== 'useEnv'), 'pvs']
    await server.close()
    expect((await firstColumn('docs/configuration.md', 'Server')).sort()).toEqual(options.sort())
  })
})

describe('docs/errors.md', () => {
  it('lists every error class', async () => {
    const classes = Object.entries(api)
      .filter(([, it]) => typeof it === 'function' && Object.getPrototypeOf(it) === api.PvaError)
      .map(([name]) => name)
    expect((await firstColumn('docs/errors.md', 'Errors')).sort()).toEqual(classes.sort())
  })
})

describe('docs/pi.md', () => {
  it('lists every builder of piwebasync, each with the one that is here', async () => {
    const text = await readFile(join(root, 'docs/pi.md'), 'utf8')
    const section = text.split(/^## /m).find((part) => part.startsWith('Moving from piwebasync')) ?? ''
    const pairs = [...section.matchAll(/^\| `(\w+\.\w+)` +\| `(\w+)\.(\w+)` +\|$/gm)]
    expect(pairs.map(([, theirs, controller, action]) => ({ theirs, controller, action }))).toEqual(builders)
    const { build } = new PiWebApi('https://pi.lab')
    for (const { controller, action } of builders)
      expect((build as unknown as Record<string, Record<string, unknown>>)[controller]).toHaveProperty(action)
    expect(builders).toHaveLength(101)
  })
})

describe('docs/types.md', () => {
  it('lists every normative type', async () => {
    const builders = Object.keys(api).filter((name) => name.startsWith('NT'))
    const listed = (await firstColumn('docs/types.md', 'Normative types')).map(
      (text) => /NT\w+/.exec(text)?.[0],
    )
    expect(listed.sort()).toEqual(builders.sort())
  })

  it('lists every code', async () => {
    const text = await readFile(join(root, 'docs/types.md'), 'utf8')
    const section = text.split(/^#+ /m).find((part) => part.startsWith('Codes')) ?? ''
    const rows = section.split('\n').filter((line) => line.startsWith('| `'))
    const codes = rows.flatMap((row) =>
      [...(row.split('|')[1] ?? '').matchAll(/`([^`]+)`/g)].map(([, code]) => code),
    )
    const all = Object.values(api.TypeCode).filter((code) => !/^(u?int|float)\d+\[\]$/.test(code)) // `int8[]` … `float64[]`
    expect(codes.filter((code) => code !== 'int8[]' && code !== 'float64[]').sort()).toEqual(all.sort())
  })
})
