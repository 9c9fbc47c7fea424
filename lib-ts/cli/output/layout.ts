// A type as PVXS's pvxinfo prints it, with the ids of arrays of structures too.
import type { TypeDef } from '../../data/index.js'
import { escapeLine } from '../../input/index.js'
import { idText, wordOf } from './pvxs.js'

export function layout(type: TypeDef, indent = ''): string {
  const head = wordOf(type.code)
  if (!/^(struct|union)/.test(type.code)) return head
  const deeper = `${indent}    `
  const members = type.members.map(
    (member) => `${deeper}${layout(member.type, deeper)} ${escapeLine(member.name)}\n`,
  )
  return `${head}${idText(type)} {${members.length === 0 ? '' : `\n${members.join('')}${indent}`}}`
}
