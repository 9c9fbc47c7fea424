/** Known environments and the file that says what is in each. */
export const requirements: Readonly<
  Record<
    'peers' | 'tools' | 'aiopvxs' | 'influx' | 'btrdb' | 'piwebx' | 'archiver' | 'bridge' | 'brokers',
    string
  >
>

/** Path of the interpreter of environment `name`, made first when it is not there. */
export function environment(name: keyof typeof requirements): Promise<string>
