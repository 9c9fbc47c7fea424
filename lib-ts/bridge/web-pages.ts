// Scripts that pages written for the reference server load from their server: classes of the same interface, ours inside.

/** `js/base64.js`: `toByteArray(text)`. */
export const base64Script = `'use strict'
// The bytes that base64 text stands for.
function toByteArray(text) {
  const binary = atob(text)
  const bytes = new Uint8Array(binary.length)
  for (let i = 0; i < binary.length; i++) bytes[i] = binary.charCodeAt(i)
  return bytes
}
`

/** `js/pvws.js`: `new PVWS(url, onConnect, onMessage)` with open, close, subscribe, clear, write, list, ping. */
export const pvwsScript = `'use strict'
// A connection to a PVWS server. onConnect(true or false) tells how it is, onMessage(message) what comes: an update is merged with
// what was known of its PV, arrays are typed arrays in "value".
class PVWS {
  constructor(url, onConnect, onMessage) {
    this.url = url
    this.onConnect = onConnect
    this.onMessage = onMessage
    this.socket = null
    this.idle = true
    this.idle_timer = null
    this.reconnect_timer = null
    this.values = {}
  }

  open() {
    this.onConnect(false)
    this.socket = new WebSocket(this.url)
    this.socket.onopen = () => {
      this.onConnect(true)
      this.stopIdleCheck()
      this.idle = true
      this.idle_timer = setInterval(() => {
        if (this.idle) this.ping()
        this.idle = true
      }, this.idle_check_ms)
    }
    this.socket.onmessage = (event) => {
      this.idle = false
      this.handleMessage(event.data)
    }
    this.socket.onclose = () => {
      this.stopIdleCheck()
      this.onConnect(false)
      if (this.socket !== null) this.reconnect_timer = setTimeout(() => this.open(), this.reconnect_ms)
    }
    this.socket.onerror = () => this.socket && this.socket.close()
  }

  stopIdleCheck() {
    clearInterval(this.idle_timer)
    this.idle_timer = null
  }

  handleMessage(text) {
    const message = JSON.parse(text)
    if (message.type !== 'update') return this.onMessage(message)
    for (const [member, make] of Object.entries(PVWS.arrays)) {
      if (message[member] !== undefined) {
        message.value = make(toByteArray(message[member]))
        delete message[member]
      }
    }
    const known = this.values[message.pv] || {}
    Object.assign(known, message)
    this.values[message.pv] = known
    this.onMessage(known)
  }

  send(message) {
    this.socket.send(JSON.stringify(message))
  }

  ping() {
    this.send({ type: 'ping' })
  }

  subscribe(pvs) {
    this.send({ type: 'subscribe', pvs: Array.isArray(pvs) ? pvs : [pvs] })
  }

  clear(pvs) {
    const names = Array.isArray(pvs) ? pvs : [pvs]
    this.send({ type: 'clear', pvs: names })
    for (const name of names) delete this.values[name]
  }

  list() {
    this.send({ type: 'list' })
  }

  write(pv, value) {
    this.send({ type: 'write', pv, value })
  }

  close() {
    this.stopIdleCheck()
    clearTimeout(this.reconnect_timer)
    const socket = this.socket
    this.socket = null
    if (socket !== null) socket.close()
  }
}
PVWS.arrays = {
  b64dbl: (bytes) => new Float64Array(bytes.buffer),
  b64flt: (bytes) => new Float32Array(bytes.buffer),
  b64srt: (bytes) => new Int16Array(bytes.buffer),
  b64int: (bytes) => new Int32Array(bytes.buffer),
  b64byt: (bytes) => bytes,
}
PVWS.prototype.reconnect_ms = 10000
PVWS.prototype.idle_check_ms = 30000
`
