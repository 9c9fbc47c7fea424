// What `record --init` writes.

export const firstConfig = `// A recorder of node-pvxs: which PVs are recorded, how, and where to.
//   npx node-pvxs record --check THIS    tells its faults
//   npx node-pvxs record THIS            records until Ctrl-C
// "\${env:NAME}", "\${env:NAME:-text}" and "\${file:PATH}" stand for what is outside of this file. Every duration is in ms.
{
  "$schema": "./node_modules/node-pvxs/record.schema.json",

  // For all PVs: the newest value again when nothing came for a minute.
  "defaults": { "every": 60000 },

  // Named policies; a PV has one by its name.
  "profiles": {
    "slow": { "minPeriod": 1000 }, // at most one sample a second
    "noisy": { "deadband": 0.1, "minPeriod": 100 },
  },

  "pvs": [
    "lab:temperature",
    { "name": "lab:flow", "deadband": 0.05 },
    { "name": "lab:pressure", "profile": "noisy" },
    // { "file": "more.txt", "profile": "slow" }, // a name on each line
  ],

  // Each sink takes all PVs, or those that its "pvs" match.
  "sinks": {
    "file": { "type": "jsonl", "path": "lab.jsonl" },
    // "db": { "type": "influx", "url": "http://localhost:8086", "database": "lab", "token": "\${env:INFLUX_TOKEN}" },
    // "pi": { "type": "pi", "url": "https://pi.lab/piwebapi", "token": "\${file:/run/secrets/pi}", "pvs": ["lab:*"], "create": true },
  },

  // Samples are on disk before they count as taken; needs "npm install classic-level".
  // "spool": { "dir": "spool" },

  // PVs about the recorder, REC1:state and more; health, metrics and status on http://127.0.0.1:9464.
  // "status": { "prefix": "REC1:" },
  // "http": { "port": 9464 },

  // A change of this file is taken over while it runs.
  "watch": true,
}
`
