// Answers with the value of 'x' and what files it has open.
import { readdirSync, readlinkSync } from 'node:fs'
import { Context } from '../../../dist/index.js'

const links = () =>
  process.platform === 'linux'
    ? readdirSync('/proc/self/fd').flatMap((fd) => {
        try {
          return readlinkSync(`/proc/self/fd/${fd}`)
        } catch {
          return []
        }
      })
    : []

process.once('message', async (config) => {
  const inherited = links()
  const ctx = new Context(config)
  const { value } = await ctx.get('x')
  await ctx.close()
  process.send([value, inherited], () => process.disconnect())
})
