// No module of lib-ts/ may need itself when it is loaded: an import circle makes what runs first depend on who imports
// first. Imports of types do not count; `--types` lists their circles too.
//   node scripts/lint/circles.mjs [--types]
import { readFileSync, readdirSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import ts from 'typescript'
import { Failure, isMain, root } from '../project.mjs'

const source = join(root, 'lib-ts')

/** Module -> the modules it imports, as paths from lib-ts/. */
function graph({ types }) {
  const files = readdirSync(source, { recursive: true })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => join(source, name))
  return new Map(files.map((file) => [name(file), importsOf(file, types)]))
}

const name = (file) => relative(source, file).replaceAll('\\', '/')

function importsOf(file, types) {
  const tree = ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.Latest)
  const found = new Set()
  for (const statement of tree.statements) {
    if (!ts.isImportDeclaration(statement) && !ts.isExportDeclaration(statement)) continue
    const specifier = statement.moduleSpecifier?.text
    if (!specifier?.startsWith('.') || (!types && onlyTypes(statement))) continue
    found.add(name(join(dirname(file), specifier.replace(/\.js$/, '.ts'))))
  }
  return [...found]
}

function onlyTypes(statement) {
  const clause = statement.importClause ?? statement
  if (clause.isTypeOnly) return true
  const named = statement.importClause ? clause.namedBindings : statement.exportClause
  return (
    !statement.importClause?.name &&
    named?.elements?.length > 0 &&
    named.elements.every((element) => element.isTypeOnly)
  )
}

/** The circles: sets of modules that reach each other (Tarjan's strongly connected components of two or more). */
export function circles(options = { types: false }) {
  const edges = graph(options)
  const seen = new Map()
  const stack = []
  const found = []
  const visit = (node) => {
    const own = { index: seen.size, low: seen.size, open: true }
    seen.set(node, own)
    stack.push(node)
    for (const next of edges.get(node) ?? []) {
      if (!edges.has(next)) continue
      const other = seen.get(next) ?? visit(next)
      if (other.open) own.low = Math.min(own.low, other.low)
    }
    if (own.low === own.index) {
      const members = stack.splice(stack.indexOf(node))
      for (const member of members) seen.get(member).open = false
      if (members.length > 1 || edges.get(node).includes(node)) found.push(members.sort())
    }
    return own
  }
  for (const node of edges.keys()) if (!seen.has(node)) visit(node)
  return found
}

if (isMain(import.meta.url)) {
  const types = process.argv.includes('--types')
  const found = circles({ types }).map((members) => `  ${members.join(', ')}`)
  if (types) console.log(found.join('\n'))
  else if (found.length > 0) throw new Failure(`modules that import each other:\n${found.join('\n')}`)
}
