// The page at `/`: a table of PVs, for a look without writing a page first. Everything that comes from outside is set as text.

/** What the page begins with. */
export interface PageOptions {
  /** PVs that it shows. */
  readonly pvs?: readonly string[] | undefined
  /** Its heading. node-pvxs bridge. */
  readonly title?: string | undefined
}

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' }

function escaped(text: string): string {
  return text.replace(/[&<>"]/g, (character) => ENTITIES[character] as string)
}

/** `pvws` is where the WebSocket is, seen from the page. */
export function pageHtml({ pvs = [], title = 'node-pvxs bridge' }: PageOptions, pvws: string): string {
  return `<!doctype html>
<html lang="en" data-pvws="${escaped(pvws)}" data-pvs="${escaped(JSON.stringify(pvs))}" data-bridge="closed">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${escaped(title)}</title>
<link rel="stylesheet" href="page.css">
<script type="module" src="page.js"></script>
</head>
<body>
<h1>${escaped(title)}</h1>
<form><label>PV <input name="pv" autocomplete="off" spellcheck="false"></label> <button>Add</button></form>
<p role="alert" hidden></p>
<table>
<thead><tr><th>PV</th><th>Value</th><th>Units</th><th>Alarm</th></tr></thead>
<tbody></tbody>
</table>
</body>
</html>
`
}

export const pageCss = `:root { color-scheme: light dark; font: 15px system-ui, sans-serif }
body { margin: 1.5rem; max-width: 60rem }
table { border-collapse: collapse; width: 100%; margin-top: 1rem }
th, td { text-align: left; padding: .3rem .6rem; border-bottom: 1px solid #8886 }
td[data-part=value] { text-align: right; font-variant-numeric: tabular-nums; overflow-wrap: anywhere }
tr[data-severity=MINOR] { background: #fc03 }
tr[data-severity=MAJOR], tr[data-severity=INVALID] { background: #f003 }
tr:not([data-state=connected]) td { opacity: .6; font-style: italic }
[role=alert] { padding: .5rem; background: #f003 }
`

export const pageScript = `const { dataset } = document.documentElement
const body = document.querySelector('tbody')
const banner = document.querySelector('[role=alert]')
const url = new URL(dataset.pvws, document.baseURI)
url.protocol = url.protocol.replace('http', 'ws')
const rows = new Map()
let socket

function namesInHash() {
  const found = new URLSearchParams(location.hash.slice(1)).get('pvs')
  return found === null ? JSON.parse(dataset.pvs) : found.split(',').filter((name) => name !== '')
}

function rowOf(name) {
  const row = document.createElement('tr')
  row.dataset.pv = name
  row.dataset.state = 'searching'
  for (const part of ['name', 'value', 'units', 'alarm']) {
    const cell = document.createElement('td')
    cell.dataset.part = part
    row.append(cell)
  }
  row.querySelector('[data-part=name]').textContent = name
  return row
}

function add(name) {
  if (rows.has(name)) return
  const row = rowOf(name)
  rows.set(name, row)
  body.append(row)
  say({ type: 'subscribe', pvs: [name] })
}

function say(message) {
  if (socket.readyState === WebSocket.OPEN) socket.send(JSON.stringify(message))
}

function valueIn(message) {
  if (message.text !== undefined) return message.text
  if (message.value !== undefined) return String(message.value)
  const array = Object.keys(message).find((key) => key.startsWith('b64'))
  return array === undefined ? undefined : 'array'
}

function update(row, text, message) {
  const set = (part, content) => (row.querySelector('[data-part=' + part + ']').textContent = content)
  // JSON.parse rounds integers beyond 2^53: the digits are in the text.
  const exact = /"value":(-?[0-9]+)[,}]/.exec(text)
  const value = exact !== null && message.text === undefined ? exact[1] : valueIn(message)
  if (value !== undefined && message.connected !== false) set('value', value)
  if (message.units !== undefined) set('units', message.units)
  if (message.connected !== undefined) row.dataset.state = message.connected ? 'connected' : 'disconnected'
  if (message.severity === undefined) return
  row.dataset.severity = message.severity
  set('alarm', message.severity === 'NONE' ? '' : message.severity)
}

function open() {
  socket = new WebSocket(url)
  socket.onopen = () => {
    dataset.bridge = 'open'
    banner.hidden = true
    if (rows.size > 0) say({ type: 'subscribe', pvs: [...rows.keys()] })
  }
  socket.onmessage = ({ data }) => {
    const message = JSON.parse(data)
    const row = rows.get(message.pv)
    if (message.type === 'update' && row !== undefined) update(row, data, message)
    else if (message.type === 'error') tell(message.message)
  }
  socket.onclose = () => {
    dataset.bridge = 'closed'
    for (const row of rows.values()) row.dataset.state = 'disconnected'
    tell('The bridge is not there. Trying again…')
    setTimeout(open, 2_000)
  }
}

function tell(text) {
  banner.textContent = text
  banner.hidden = false
}

document.querySelector('form').addEventListener('submit', (event) => {
  event.preventDefault()
  const input = event.target.elements.pv
  const name = input.value.trim()
  if (name === '') return
  add(name)
  input.value = ''
  history.replaceState(null, '', '#pvs=' + [...rows.keys()].map(encodeURIComponent).join(','))
})

open()
for (const name of namesInHash()) add(name)
`
