// Writes what is made from the shape of a recorder's configuration: record.schema.json, which the package carries, and the
// reference of every key in docs/recording-reference.md, behind the text written by hand.
//   node scripts/commands/record-schema.mjs
import { readFileSync, writeFileSync } from 'node:fs'
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { root } from '../project.mjs'
import { referenceOf } from '../package/record-reference.mjs'

const program = join(root, 'dist/cli/main.js')
const { stdout } = spawnSync(process.execPath, [program, 'record', '--schema'], { encoding: 'utf8' })
writeFileSync(join(root, 'record.schema.json'), stdout)

const page = join(root, 'docs/recording-reference.md')
const [byHand] = readFileSync(page, 'utf8').split(/^## /m)
writeFileSync(page, byHand + referenceOf(JSON.parse(stdout)))
