// A batch: requests that use what earlier ones were answered.
import { Refusal, type Answer } from './call.js'

type Json = Readonly<Record<string, unknown>>

/** What a part of a batch becomes. */
export interface Part {
  readonly method: string
  /** An URL, whose host does not matter, or a path with a query. */
  readonly resource: string
  readonly headers: Readonly<Record<string, string>>
  /** JSON as text. */
  readonly content: string | undefined
}

/** Runs one part. */
export type Run = (part: Part) => Promise<Answer>

/** The answers of a batch, each with the status of its own. */
export async function batch(body: unknown, run: Run): Promise<Answer> {
  if (typeof body !== 'object' || body === null || Array.isArray(body))
    throw new Refusal(400, 'A batch is an object of requests.')
  const entries = Object.entries(body as Record<string, Json>)
  const done: Record<string, Json> = {}
  let left = entries
  while (left.length > 0) {
    const ready = left.filter(([, entry]) => parentsOf(entry).every((id) => id in done))
    if (ready.length === 0) throw new Refusal(400, 'The ParentIds of a batch name no request, or each other.')
    await Promise.all(
      ready.map(async ([id, entry]) => {
        const answer = await one(entry, done, run)
        done[id] = answer
      }),
    )
    left = left.filter((entry) => !ready.includes(entry))
  }
  return { status: 207, body: Object.fromEntries(entries.map(([id]) => [id, done[id]])) }
}

const parentsOf = (entry: Json): string[] =>
  Array.isArray(entry['ParentIds']) ? (entry['ParentIds'] as string[]) : []

const word = (x: unknown): string => (typeof x === 'string' ? x : '')

const failed = (status: number, text: string): Json => ({
  Status: status,
  Headers: {},
  Content: { Errors: [text] },
})

async function one(entry: Json, done: Readonly<Record<string, Json>>, run: Run): Promise<Json> {
  const broken = parentsOf(entry).find((id) => Number(done[id]?.['Status']) >= 400)
  if (broken !== undefined) return failed(409, `The request '${broken}', on which this one depends, failed.`)
  try {
    const parameters = (Array.isArray(entry['Parameters']) ? (entry['Parameters'] as string[]) : []).map(
      (path) => tokens(path, done),
    )
    const template = (entry['RequestTemplate'] as Json | null | undefined)?.['Resource']
    if (typeof template === 'string') return await expanded(entry, template, parameters, run)
    const fill = filler(parameters, 0)
    const resource = word(entry['Resource'])
    const direct = resource.startsWith('$') ? text(tokens(resource, done)[0]) : fill(resource)
    return response(await run(part(entry, direct, fill)))
  } catch (error) {
    if (error instanceof Refusal) return failed(error.status, error.message)
    throw error
  }
}

async function expanded(entry: Json, template: string, parameters: unknown[][], run: Run): Promise<Json> {
  const total = Math.max(0, ...parameters.map(({ length }) => length))
  const items = await Promise.all(
    Array.from({ length: total }, async (_, i) => {
      const fill = filler(parameters, i)
      return response(await run(part(entry, fill(template), fill)))
    }),
  )
  return { Status: 207, Headers: {}, Content: { Total: total, Items: items } }
}

function part(entry: Json, resource: string, fill: (text: string) => string): Part {
  const content = entry['Content']
  return {
    method: (word(entry['Method']) || 'GET').toUpperCase(),
    resource,
    headers: (entry['Headers'] as Record<string, string> | null | undefined) ?? {},
    content: typeof content === 'string' ? fill(content) : undefined,
  }
}

function response({ status, body, headers = {} }: Answer): Json {
  return {
    Status: status,
    Headers: { 'Content-Type': 'application/json; charset=utf-8', ...named(headers) },
    Content: body ?? '',
  }
}

/** `location` is `Location` in a batch. */
function named(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).map(([key, value]) => [`${key.charAt(0).toUpperCase()}${key.slice(1)}`, value]),
  )
}

/** `{0}` and so on in their places. */
function filler(parameters: readonly unknown[][], at: number): (template: string) => string {
  return (template) =>
    template.replace(/\{(\d+)\}/g, (whole, digits: string) => {
      const values = parameters[Number(digits)]
      if (values === undefined) return whole
      const value = values.length === 1 ? values[0] : values[at]
      return text(value)
    })
}

function text(value: unknown): string {
  if (value === undefined) throw new Refusal(400, 'A parameter of the batch was not found in the answers.')
  return typeof value === 'string' ? value : JSON.stringify(value)
}

/** What a path such as `$.first.Content.Items[*].WebId` leads to. */
function tokens(path: string, done: Readonly<Record<string, Json>>): unknown[] {
  if (!path.startsWith('$.')) throw new Refusal(400, `'${path}' is not a path that the simulator reads.`)
  let found: unknown[] = [done]
  for (const [, key, index] of path.slice(1).matchAll(/\.([^.[\]]+)|\[([^\]]+)\]/g)) {
    found = found.flatMap((x) => {
      if (typeof x !== 'object' || x === null) return []
      if (index === '*') return Array.isArray(x) ? (x as unknown[]) : (Object.values(x) as unknown[])
      const name = key ?? (index ?? '').replace(/^['"]|['"]$/g, '')
      const inside = Object.keys(x).find((one) => one.toLowerCase() === name.toLowerCase())
      return inside === undefined ? [] : [(x as Json)[inside]]
    })
  }
  if (found.length === 0) throw new Refusal(400, `'${path}' leads nowhere.`)
  return found
}
