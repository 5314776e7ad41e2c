// People who use Supabase's realtime-js against the server of the crate `clients`.

import { createRequire } from "node:module"
import { WebSocket } from "ws"
import { Inbox } from "./inbox.mjs"

const SOON_MS = 10

const require = createRequire(import.meta.url)
// Version 2.10 forgets the handlers of a transport that is passed to it.
globalThis.WebSocket = WebSocket

// Makes people whose client is the named package.
export function realtime(packageName, options) {
  const { RealtimeClient } = require(packageName)
  return (url, name) => new Person(RealtimeClient, options, url.replace("http", "ws") + "/socket", name)
}

class Person {
  #client
  #name

  constructor(RealtimeClient, options, url, name) {
    this.#name = name
    this.#client = new RealtimeClient(url, {
      ...options,
      params: { apikey: "key" },
      reconnectAfterMs: () => SOON_MS,
    })
    this.#client.connect()
  }

  join(name) {
    const config = { broadcast: { ack: true, self: false }, presence: { key: this.#name, enabled: true } }
    return new Seat(this.#client.channel(name, { config }))
  }

  appear(name) {
    const seat = this.join(name)
    seat.track()
    return seat
  }

  async end() {
    await this.#client.removeAllChannels()
    await this.#client.disconnect()
  }
}

class Seat {
  #channel
  #subscribed
  joined = new Inbox()
  heard = new Inbox()
  crashed = new Inbox()
  left = new Inbox()
  seen = new Inbox()

  constructor(channel) {
    this.#channel = channel
    channel.on("broadcast", { event: "said" }, ({ payload }) => this.heard.put(payload))
    channel.on("presence", { event: "sync" }, () => this.seen.put(Object.keys(channel.presenceState())))
    this.#subscribed = new Promise((resolve) => {
      channel.subscribe((status) => {
        resolve()
        this.#inboxOf(status).put(status)
      })
    })
  }

  async track() {
    await this.#subscribed
    return this.#channel.track({ status: "online" })
  }

  ask() {
    return this.track()
  }

  say(text) {
    return this.#channel.send({ type: "broadcast", event: "said", payload: { text } })
  }

  // There is no such event.
  crash() {
    this.#channel.send({ type: "presence", event: "crash" })
  }

  leave() {
    return this.#channel.unsubscribe()
  }

  #inboxOf(status) {
    if (status === "SUBSCRIBED") return this.joined
    return status === "CLOSED" ? this.left : this.crashed
  }
}
