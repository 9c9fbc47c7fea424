import { entries } from './scripts/package/entries.mjs'

export default {
  entryPoints: entries.map(({ source }) => source),
  tsconfig: 'tsconfig.json',
  out: 'docs/api',
  disableSources: true,
  readme: 'README.md',
  excludePrivate: true,
  excludeInternal: true,
  treatWarningsAsErrors: true,
  treatValidationWarningsAsErrors: true,
  validation: { invalidPath: false, notExported: false, invalidLink: true, notDocumented: false },
}
