/** What is wrong with a request; its text goes to whoever sent it, and names the argument. */
export class QueryFault extends Error {}

/** The store has nothing of that name. */
export class UnknownPv extends QueryFault {
  constructor(name: string) {
    super(`unknown PV ${JSON.stringify(name)}: the store has nothing of it`)
  }
}
