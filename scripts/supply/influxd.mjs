// The configuration of an influxd for tests and benchmarks: on loopback, quiet, all it keeps in one folder.

export function influxdConfiguration({
  folder,
  port,
  rpc,
  auth = false,
  sharedSecret = '',
  maxBodySize,
  https,
  socket,
}) {
  return `reporting-disabled = true
bind-address = "127.0.0.1:${rpc}"
[meta]
  dir = "${folder}/meta"
[data]
  dir = "${folder}/data"
  wal-dir = "${folder}/wal"
  query-log-enabled = false
[monitor]
  store-enabled = false
[http]
  bind-address = "127.0.0.1:${port}"
  log-enabled = false
  auth-enabled = ${auth}
  shared-secret = "${sharedSecret}"
  ${maxBodySize === undefined ? '' : `max-body-size = ${maxBodySize}`}
  ${https === undefined ? '' : `https-enabled = true\n  https-certificate = "${https.certificate}"\n  https-private-key = "${https.key}"`}
  ${socket === undefined ? '' : `unix-socket-enabled = true\n  bind-socket = "${socket}"`}
[logging]
  level = "error"
`
}
