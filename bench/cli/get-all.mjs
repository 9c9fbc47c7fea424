// What `get --json` of many PVs is compared with: the same in one script. Names come on stdin, a line each.
import { readFileSync } from 'node:fs'
import { Context } from '../../dist/index.js'

const names = readFileSync(0, 'utf8').trimEnd().split('\n')
const ctx = new Context()
const values = await ctx.getAll(names)
process.stdout.write(names.map((name) => `${JSON.stringify({ name, data: values[name] })}\n`).join(''), () =>
  process.exit(0),
)
