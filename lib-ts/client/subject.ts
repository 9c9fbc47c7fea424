/** What a call is about, as its errors say it. */
export interface Subject {
  readonly op: string
  readonly pv: string
  /** For a call to a server itself: its address, which errors name instead of the PV. */
  readonly server?: string
}

/** The call and its PV or server: how the text of an error begins. */
export function headOf({ op, pv, server }: Subject): string {
  return `${op}: ${server === undefined ? `PV ${JSON.stringify(pv)}` : `server ${server}`}`
}

/** What an error is told of the call. */
export function detailsOf({ op, pv, server }: Subject): { op: string; pv?: string } {
  return server === undefined ? { op, pv } : { op }
}
