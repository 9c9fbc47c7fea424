// The page of the guide, against the declarations it is made from.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { commandHelp } from '../../lib-ts/cli/help.js'
import { keys } from '../../lib-ts/cli/settings.js'
import { commands } from '../../lib-ts/cli/table.js'

const page = readFileSync(join(import.meta.dirname, '../../docs/command-line.md'), 'utf8')

it.each(Object.entries(commands))(
  '%s has its help in docs/command-line.md',
  async (name, { load, summary }) => {
    // Written by: node scripts/commands/command-line.mjs
    expect(page).toContain(`## \`${name}\`\n\n\`\`\`text\n${commandHelp(await load(), summary)}\`\`\`\n`)
  },
)

it('docs/command-line.md has no section of a command that is not there', () => {
  const sections = [...page.matchAll(/^## `(.*)`$/gm)].map(([, name]) => name)
  expect(sections.sort()).toEqual(Object.keys(commands).sort())
})

it('docs/command-line.md names every key of the configuration file', () => {
  const section = page.slice(page.indexOf('## Configuration'), page.indexOf('## Commands of other packages'))
  for (const { option } of keys) expect(section).toContain(`\`${option.name}\``)
})
