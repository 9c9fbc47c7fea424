// The reference of a recorder's configuration, from its JSON schema.

/** Sections of Markdown, a table of keys for each object. */
export function referenceOf(schema) {
  const sections = []
  const add = (title, part, hidden = []) => {
    const rows = Object.entries(part.properties)
      .filter(([key]) => !hidden.includes(key))
      .map(([key, value]) => {
        const needed = part.required?.includes(key) ? ' (needed)' : ''
        return `| \`${key}\`${needed} | ${kindOf(value)} | ${value.description} |`
      })
    sections.push(
      `## ${title}\n\n${part.description}\n\n| key | value | |\n| --- | --- | --- |\n${rows.join('\n')}\n`,
    )
  }
  const { pva, defaults, pvs, from, list, sinks, spool, status, http } = schema.properties
  add('A configuration', schema)
  add('`defaults`, `profiles` and PVs: a policy', defaults)
  const entry = pvs.items.anyOf.find(({ type }) => type === 'object')
  add('`pvs`: an entry', entry, Object.keys(defaults.properties))
  const kinds = sinks.additionalProperties.allOf.map((one) => one.then)
  const [first] = kinds
  const shared = ['pvs', 'batch']
  add('`sinks`: what all have', {
    description: sinks.description,
    properties: Object.fromEntries(shared.map((key) => [key, first.properties[key]])),
  })
  add('`batch` of a sink', first.properties.batch)
  add('`retry` of a batch', first.properties.batch.properties.retry)
  for (const kind of kinds) {
    const [type] = kind.properties.type.anyOf[0].enum
    add(`\`"type": "${type}"\``, kind, shared)
  }
  for (const { then: kind } of from.allOf) {
    const [type] = kind.properties.type.anyOf[0].enum
    add(`\`from\` with \`"type": "${type}"\``, kind)
  }
  for (const { then: kind } of list.allOf) {
    const [type] = kind.properties.type.anyOf[0].enum
    add(`\`list\` with \`"type": "${type}"\``, kind)
  }
  add('`spool`', spool)
  add('`status`', status)
  add('`http`', http)
  add('`pva`', pva)
  return sections.join('\n')
}

function kindOf({ type, anyOf, items, minimum, exclusiveMinimum, maximum }) {
  if (type === 'array')
    return `list of ${items.anyOf === undefined ? `${kindOf(items)}s` : 'texts and objects'}`
  if (type === 'string') return 'text'
  if (type === 'boolean') return 'true, false'
  if (type === 'integer' || type === 'number') return `${type}${rangeOf(minimum, exclusiveMinimum, maximum)}`
  if (type === 'object') return 'object'
  if (anyOf?.[0].enum !== undefined) return anyOf[0].enum.map((word) => `\`${word}\``).join(', ')
  return (anyOf ?? []).map(kindOf).join(', or ')
}

function rangeOf(least, above, most) {
  const upTo = most === undefined || most >= Number.MAX_SAFE_INTEGER ? '' : ` to ${most}`
  if (above !== undefined) return ` above ${above}${upTo === '' ? '' : `,${upTo}`}`
  return upTo === '' ? (least === undefined || least <= 0 ? '' : ` from ${least}`) : ` ${least ?? 0}${upTo}`
}
