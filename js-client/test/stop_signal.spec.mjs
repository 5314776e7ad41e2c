// What asks a server to stop, once and again.

import assert from "node:assert/strict"
import { once } from "node:events"
import { connect } from "node:net"
import { test } from "node:test"
import { setTimeout as sleep } from "node:timers/promises"
import { Server } from "./server.mjs"

const TEST_MS_MAX = 30_000
const CLOSE_FRAME = 0x88
// Signals closer to each other are one.
const SAME_WISH_MS = 250

for (const { signal, status } of [
  { signal: "SIGINT", status: 130 },
  { signal: "SIGTERM", status: 143 },
]) {
  test(`a second signal, ${signal}, ends a server that waits for a client`, { timeout: TEST_MS_MAX }, async () => {
    const server = await Server.start("golden")
    const client = await mute(server.url)
    try {
      const [close] = await Promise.all([once(client, "data"), process.kill(server.pid, "SIGTERM")])
      assert.equal(close[0][0], CLOSE_FRAME)
      await sleep(SAME_WISH_MS)
      const ended = server.status()
      process.kill(server.pid, signal)
      assert.equal(await ended, status)
    } finally {
      client.destroy()
      await server.stop()
    }
  })
}

test("two signals at once are one: clients are waited for", { timeout: TEST_MS_MAX }, async () => {
  const server = await Server.start("golden")
  const client = await mute(server.url)
  try {
    const closing = once(client, "data")
    for (const signal of ["SIGTERM", "SIGINT", "SIGTERM"]) process.kill(server.pid, signal)
    const [close] = await closing
    assert.equal(close[0], CLOSE_FRAME)
    const ended = server.status()
    client.destroy()
    assert.equal(await ended, 0)
  } finally {
    client.destroy()
    await server.stop()
  }
})

// A WebSocket that never answers, not even a close frame.
async function mute(url) {
  const { hostname, port } = new URL(url)
  const client = connect(port, hostname)
  client.write(
    [
      "GET /socket/websocket?vsn=2.0.0 HTTP/1.1",
      `Host: ${hostname}`,
      "Connection: Upgrade",
      "Upgrade: websocket",
      "Sec-WebSocket-Version: 13",
      "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
      "\r\n",
    ].join("\r\n"),
  )
  const [response] = await once(client, "data")
  assert.match(response.toString(), /^HTTP\/1.1 101 /)
  return client
}
