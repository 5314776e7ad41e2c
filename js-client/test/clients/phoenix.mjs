// People who use phoenix, or a client with the same interface, against the golden application.

import { createRequire } from "node:module"
import { WebSocket } from "ws"
import { Inbox } from "./inbox.mjs"

const SOON_MS = 10
const EVENTS = ["msg", "bin", "pushed"]

const require = createRequire(import.meta.url)
// The clients before 1.6 expect a browser's window.
globalThis.window ??= globalThis

// Makes people whose client is the named package. `transport` gives the client's own way to choose one.
export function phoenix(packageName, transport = () => ({ transport: WebSocket })) {
  const client = require(packageName)
  return (url, name) => new Person(client, transport(client), url.replace("http", "ws") + "/socket", name)
}

export const overLongPoll = (client) => ({ transport: client.LongPoll })

// For clients that bring a WebSocket of their own.
export const asItComes = () => ({})

class Person {
  #client

  constructor(client, transport, url, name) {
    this.#client = client
    this.socket = new client.Socket(url, {
      ...transport,
      params: { user: name },
      reconnectAfterMs: () => SOON_MS,
      rejoinAfterMs: () => SOON_MS,
    })
    this.socket.connect()
  }

  join(name, params = {}) {
    return new Seat(this.socket.channel(`room:${name}`, params), this.#client.Presence)
  }

  // Joins where everyone can see who is there.
  appear(name) {
    return new Seat(this.socket.channel(`presence:${name}`, {}), this.#client.Presence)
  }

  async end() {
    this.socket.disconnect()
    // The oldest clients let it run on.
    clearInterval(this.socket.heartbeatTimer)
  }
}

// A person's membership in one topic.
class Seat {
  #channel
  joined = new Inbox()
  refused = new Inbox()
  heard = new Inbox()
  crashed = new Inbox()
  left = new Inbox()
  seen = new Inbox()

  constructor(channel, Presence) {
    this.#channel = channel
    for (const event of EVENTS) channel.on(event, (payload) => this.heard.put(payload))
    channel.onError(() => this.crashed.put("error"))
    channel.onClose(() => this.left.put("close"))
    watch(channel, Presence, (names) => this.seen.put(names))
    channel
      .join()
      .receive("ok", (response) => this.joined.put(response))
      .receive("error", (response) => this.refused.put(response))
  }

  // Pushes and waits for the reply.
  push(event, payload) {
    return new Promise((resolve, reject) => {
      this.#channel
        .push(event, payload)
        .receive("ok", (response) => resolve({ status: "ok", response }))
        .receive("error", (response) => resolve({ status: "error", response }))
        .receive("timeout", () => reject(new Error(`no reply to ${event}`)))
    })
  }

  // Pushes what has no reply.
  cast(event, payload = {}) {
    this.#channel.push(event, payload)
  }

  async ask() {
    return (await this.push("reply_ok_only", {})).status
  }

  // Says something to everyone else, and waits until it is said.
  async say(text) {
    await this.push("broadcast_from", { text })
  }

  crash() {
    this.cast("crash")
  }

  leave() {
    return new Promise((resolve) => this.#channel.leave().receive("ok", resolve))
  }
}

function watch(channel, Presence, onChange) {
  if (Presence.prototype?.onSync) {
    const presence = new Presence(channel)
    presence.onSync(() => onChange(presence.list((name) => name)))
    return
  }
  // Before 1.4 the application holds the state.
  let state = {}
  const change = (sync) => (news) => {
    state = sync(state, news)
    onChange(Presence.list(state, (name) => name))
  }
  channel.on("presence_state", change(Presence.syncState.bind(Presence)))
  channel.on("presence_diff", change(Presence.syncDiff.bind(Presence)))
}
