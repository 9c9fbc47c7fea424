// Writes the help of every command into docs/command-line.md, a section for each, behind the text written by hand.
//   node scripts/commands/command-line.mjs
import { readFileSync, writeFileSync } from 'node:fs'
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { root } from '../project.mjs'

const page = join(root, 'docs/command-line.md')
const program = join(root, 'dist/cli/main.js')
const help = (...args) =>
  spawnSync(process.execPath, [program, ...args, '--help'], { encoding: 'utf8' }).stdout

const names = [...help().matchAll(/^ {2}([a-z-]+) {2}/gm)].map(([, name]) => name)
const sections = names.map((name) => `## \`${name}\`\n\n\`\`\`text\n${help(name)}\`\`\`\n`)
const [byHand] = readFileSync(page, 'utf8').split(/^## `/m)
writeFileSync(page, byHand + sections.join('\n'))
