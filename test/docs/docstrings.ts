// Finds what the package exports, and the examples in its docstrings.
import { join } from 'node:path'
import ts from 'typescript'
import { root } from './pages.js'

export interface Documented {
  /** `Context.get`, `Server.start`, `debug.counts`, `GetOptions`. */
  readonly name: string
  readonly described: boolean
  /** Whether somebody can call it, make one, or fill it in: then it needs an example. */
  readonly usable: boolean
  readonly examples: readonly string[]
}

/** Everything that an entry exports, with the public methods of classes and the members of objects, in the order of names. */
export function documented(path: string): Documented[] {
  const config = ts.readConfigFile(join(root, 'tsconfig.json'), (path) => ts.sys.readFile(path))
  const { options } = ts.parseJsonConfigFileContent(config.config, ts.sys, root)
  const entry = join(root, path)
  const program = ts.createProgram([entry], options)
  const checker = program.getTypeChecker()
  const source = program.getSourceFile(entry)
  const module = source && checker.getSymbolAtLocation(source)
  if (module === undefined) throw new Error(`${entry} is no module`)
  return checker
    .getExportsOfModule(module)
    .flatMap((exported) => {
      const aliased = (exported.flags & ts.SymbolFlags.Alias) !== 0
      return describe(checker, exported.name, aliased ? checker.getAliasedSymbol(exported) : exported)
    })
    .sort((a, b) => (a.name < b.name ? -1 : 1))
}

function describe(checker: ts.TypeChecker, name: string, symbol: ts.Symbol): Documented[] {
  const own = (usable: boolean): Documented => entry(checker, name, symbol, usable)
  const { valueDeclaration } = symbol
  if (valueDeclaration === undefined) {
    const methods = methodsOf(checker, checker.getDeclaredTypeOfSymbol(symbol), isMethod)
    return [
      own(/^(?!Effective).*(Options|Callbacks|Operation)$/.test(name)),
      ...methods.map(named(checker, `${name}.`)),
    ]
  }
  const type = checker.getTypeOfSymbolAtLocation(symbol, valueDeclaration)
  if (type.getCallSignatures().length > 0) return [own(true)]
  const prototype = type.getProperty('prototype')
  if (prototype === undefined) {
    const methods = methodsOf(checker, type, isCallable(checker))
    return [own(methods.length > 0), ...methods.map(named(checker, `${name}.`))]
  }
  const instances = checker.getTypeOfSymbol(prototype)
  return [
    own(true),
    ...methodsOf(checker, type, isMethod).map(named(checker, `${name}.`)),
    ...methodsOf(checker, instances, isMethod).map(named(checker, `${name}#`)),
  ]
}

function named(checker: ts.TypeChecker, prefix: string): (symbol: ts.Symbol) => Documented {
  return (symbol) => entry(checker, `${prefix}${symbol.name}`, symbol, true)
}

function entry(checker: ts.TypeChecker, name: string, symbol: ts.Symbol, usable: boolean): Documented {
  const examples = symbol
    .getJsDocTags(checker)
    .filter((tag) => tag.name === 'example')
    .map((tag) => ts.displayPartsToString(tag.text).trim())
  const described = ts.displayPartsToString(symbol.getDocumentationComment(checker)) !== ''
  return { name, described, usable, examples: examples.filter((text) => text !== '') }
}

/** The methods that are ours and public; those named by a symbol belong to the language. */
function methodsOf(
  checker: ts.TypeChecker,
  type: ts.Type,
  wanted: (symbol: ts.Symbol) => boolean,
): ts.Symbol[] {
  return checker.getPropertiesOfType(type).filter((symbol) => {
    const declarations = symbol.declarations ?? []
    const ours = declarations.some((at) => at.getSourceFile().fileName.startsWith(join(root, 'lib-ts')))
    const internal = symbol.getJsDocTags(checker).some((tag) => tag.name === 'internal')
    const hidden = declarations.some(
      (at) =>
        (ts.getCombinedModifierFlags(at) & (ts.ModifierFlags.Private | ts.ModifierFlags.Protected)) !== 0,
    )
    return ours && !internal && !hidden && !/^(#|__)/.test(symbol.name) && wanted(symbol)
  })
}

function isMethod(symbol: ts.Symbol): boolean {
  return (symbol.flags & ts.SymbolFlags.Method) !== 0
}

function isCallable(checker: ts.TypeChecker): (symbol: ts.Symbol) => boolean {
  return (symbol) => checker.getTypeOfSymbol(symbol).getCallSignatures().length > 0
}
