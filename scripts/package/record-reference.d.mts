/** Sections of Markdown, a table of keys for each object of the JSON schema of a recorder's configuration. */
export function referenceOf(schema: unknown): string
