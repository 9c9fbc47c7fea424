/** What `selectedFields` leaves of an answer: `Items.Value;Links.Next`. */
export function selected(body: unknown, fields: string | undefined): unknown {
  if (fields === undefined || fields.trim() === '') return body
  const paths = fields.split(';').map((path) => path.trim().toLowerCase().split('.'))
  return pick(body, paths)
}

function pick(x: unknown, paths: readonly (readonly string[])[]): unknown {
  if (Array.isArray(x)) return (x as unknown[]).map((item) => pick(item, paths))
  if (typeof x !== 'object' || x === null) return x
  const kept: Record<string, unknown> = {}
  for (const [key, value] of Object.entries(x)) {
    const inside = paths.filter(([first]) => first === key.toLowerCase()).map(([, ...rest]) => rest)
    if (inside.length === 0) continue
    kept[key] = inside.some((rest) => rest.length === 0) ? value : pick(value, inside)
  }
  return kept
}
