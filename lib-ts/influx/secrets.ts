/** A query as it may be shown: without the passwords that statements about users hold. */
export function withoutSecrets(query: string): string {
  return query.replace(/\b(password\b[^']*)'(?:\\[^]|[^'\\])*'?/gi, "$1'…'")
}
