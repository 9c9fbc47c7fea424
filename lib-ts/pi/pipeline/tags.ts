/** What PI refuses in the name of a tag. */
const REFUSED = /[*'?;{}[\]|\\`"\u0000-\u001f\u007f]/g

/** The tag of a series, where nothing else was said: EPICS names such as `SR{BPM:1}X` are not names of PI. */
export function tagOf(id: string): string {
  return id.replace(REFUSED, '_')
}
