// Live views over a WebSocket that Chromium and the server compress; what travels is seen on the wire between them.

import assert from "node:assert/strict"
import { once } from "node:events"
import { connect, createServer } from "node:net"
import { after } from "node:test"
import { Server } from "../server.mjs"
import { live } from "./pages.mjs"

const RSV1 = 0x40
const LENGTH_IN_2_BYTES = 126
const LENGTH_IN_8_BYTES = 127

// A relay in front of the server that keeps what passes through it.
class Wire {
  static async to(url) {
    const wire = new Wire(Number(new URL(url).port))
    wire.#listener.listen(0, "127.0.0.1")
    await once(wire.#listener, "listening")
    return wire
  }

  #connections = []
  #listener

  constructor(port) {
    this.#listener = createServer((browser) => {
      const server = connect(port, "127.0.0.1")
      const connection = { sent: [], received: [] }
      this.#connections.push(connection)
      browser.on("data", (data) => connection.sent.push(data))
      server.on("data", (data) => connection.received.push(data))
      browser.pipe(server).pipe(browser)
      for (const socket of [browser, server]) socket.on("error", () => browser.destroy() && server.destroy())
    })
  }

  get url() {
    return `http://127.0.0.1:${this.#listener.address().port}`
  }

  // What passed in one direction on the WebSocket that was opened last: the head, and the frames behind it.
  passed(direction) {
    const isWebSocket = ({ sent }) => Buffer.concat(sent).toString("latin1").startsWith("GET /live/websocket")
    const bytes = Buffer.concat(this.#connections.findLast(isWebSocket)[direction])
    const end = bytes.indexOf("\r\n\r\n") + 4
    return { head: bytes.subarray(0, end).toString(), frames: framesOf(bytes.subarray(end)) }
  }

  close() {
    this.#listener.close()
  }
}

function framesOf(bytes) {
  const frames = []
  for (let at = 0; at < bytes.length; ) {
    const { head, length } = sizeOf(bytes, at)
    frames.push({ compressed: (bytes[at] & RSV1) !== 0, length })
    at += head + length
  }
  return frames
}

function sizeOf(bytes, at) {
  const mask = bytes[at + 1] >> 7 ? 4 : 0
  const length = bytes[at + 1] & 0x7f
  if (length === LENGTH_IN_2_BYTES) return { head: 4 + mask, length: bytes.readUInt16BE(at + 2) }
  if (length === LENGTH_IN_8_BYTES) return { head: 10 + mask, length: Number(bytes.readBigUInt64BE(at + 2)) }
  return { head: 2 + mask, length }
}

let server
let wire

async function start() {
  server = await Server.start("pages", { env: { COMPRESS: "true" } })
  return (wire = await Wire.to(server.url))
}

let started
const serving = () => (started ??= start())

after(async () => {
  await server?.stop()
  wire?.close()
})

live(
  "Chromium agrees on compression, and a page joins and changes by it",
  "/rendering",
  async (page) => {
    const { head } = wire.passed("received")
    assert.match(head, /sec-websocket-extensions: permessage-deflate; server_no_context_takeover; client_no_/i)
    const text = "Uruk, ".repeat(500).trim()
    await page.push("move", { text })
    assert.match(await page.text("dl"), new RegExp(`Ada ${text} Tablet Row`))
    for (const direction of ["sent", "received"]) {
      const { frames } = wire.passed(direction)
      const texts = page.log.messages.filter((message) => message.direction === direction)
      assert.equal(frames.length, texts.length)
      const sizes = texts.map(({ text }, n) => ({ text: Buffer.byteLength(text), ...frames[n] }))
      const long = sizes.filter(({ text }) => text > 2_000)
      assert.ok(long.length > 0)
      for (const { text, length } of long) assert.ok(length < text / 10, `${length} bytes for ${text}`)
      // The browser compresses everything, the server what is long.
      const compresses = ({ text }) => direction === "sent" || text >= 256
      assert.deepEqual(sizes.filter(compresses), sizes.filter(({ compressed }) => compressed))
    }
  },
  { serving },
)
