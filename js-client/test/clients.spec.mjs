// Clients as published on npm, from the oldest Phoenix to third parties: the same scenarios for each.

import assert from "node:assert/strict"
import { once } from "node:events"
import { after, before, describe, test } from "node:test"
import { Editor } from "./clients/editor.mjs"
import { Inbox } from "./clients/inbox.mjs"
import { asItComes, overLongPoll, phoenix } from "./clients/phoenix.mjs"
import { realtime } from "./clients/realtime.mjs"
import { Server } from "./server.mjs"
import { WebSocket } from "ws"

const TEST_MS_MAX = 30_000
const FALLBACK_MS = 500
const BYTES = [0, 1, 127, 128, 255]

const realtime1 = realtime("realtime-js-2.109", { vsn: "1.0.0" })

// `can` names what a client has beyond the ground that all have in common: "phoenix" for replies with content and the
// events of the golden application, "binary", and "binary push" where binaries only travel towards the server.
const clients = [
  { name: "phoenix 1.3.5", person: phoenix("phoenix-1.3"), can: ["phoenix"] },
  { name: "phoenix 1.4.18", person: phoenix("phoenix-1.4"), can: ["phoenix"] },
  { name: "phoenix 1.5.14", person: phoenix("phoenix-1.5"), can: ["phoenix"] },
  { name: "phoenix 1.6.16", person: phoenix("phoenix-1.6"), can: ["phoenix", "binary push", "binary"] },
  { name: "phoenix 1.7.23", person: phoenix("phoenix-1.7"), can: ["phoenix", "binary push", "binary"] },
  { name: "phoenix 1.8.12", person: phoenix("phoenix-1.8.12"), can: ["phoenix", "binary push", "binary"] },
  {
    name: "phoenix 1.8.12, long polling",
    person: phoenix("phoenix-1.8.12", overLongPoll),
    can: ["phoenix", "binary push"],
  },
  { name: "phoenix 1.8.16", person: phoenix("phoenix"), can: ["phoenix", "binary push", "binary"] },
  { name: "phoenix 1.8.16, long polling", person: phoenix("phoenix", overLongPoll), can: ["phoenix", "binary push"] },
  { name: "phoenix-channels 1.0.0", person: phoenix("phoenix-channels", asItComes), can: ["phoenix"] },
  { name: "phoenix-socket 1.2.3", person: phoenix("phoenix-socket"), can: ["phoenix"] },
  { name: "realtime-js 2.10.9", server: "clients", person: realtime("realtime-js-2.10", {}), can: [] },
  { name: "realtime-js 2.109.0, vsn 1.0.0", server: "clients", person: realtime1, can: [] },
  {
    name: "realtime-js 2.109.0, vsn 2.0.0",
    server: "clients",
    person: realtime("realtime-js-2.109", { vsn: "2.0.0" }),
    // What it broadcasts is in a binary dialect of Supabase's servers, so the speaker has version 1.
    speaker: realtime1,
    can: [],
  },
]

const scenarios = [
  {
    name: "is answered",
    async play({ ann }, topic) {
      const seat = ann().join(topic)
      await seat.joined.next()
      assert.equal(await seat.ask(), "ok")
    },
  },
  {
    name: "hears what another says",
    async play({ ann, bob }, topic) {
      const [listener, speaker] = await seats(topic, ann(), bob())
      await speaker.say("one")
      await speaker.say("two")
      assert.deepEqual(await listener.heard.next(), { text: "one" })
      assert.deepEqual(await listener.heard.next(), { text: "two" })
      assert.deepEqual(speaker.heard.rest, [])
    },
  },
  {
    name: "joins again after a crash of the channel",
    async play({ ann, bob }, topic) {
      const [seat, speaker] = await seats(topic, ann(), bob())
      seat.crash()
      await seat.crashed.next()
      await seat.joined.next()
      assert.equal(await seat.ask(), "ok")
      await speaker.say("welcome back")
      assert.deepEqual(await seat.heard.next(), { text: "welcome back" })
    },
  },
  {
    name: "leaves, hears nothing more, and may return",
    async play({ ann, bob }, topic) {
      const person = ann()
      const [elsewhere] = await seats(`${topic}-elsewhere`, person)
      const seat = person.appear(topic)
      const witness = bob().appear(topic)
      await seat.seen.until(isBoth)
      await witness.seen.until(isBoth)
      seat.leave()
      await seat.left.next()
      await witness.seen.until((names) => names.join() === "bob")
      // The oldest clients say that they left without waiting for the server, and take the end of the old membership
      // for that of the next one. What follows this reply comes after it.
      await elsewhere.ask()
      const next = person.appear(topic)
      await next.seen.until(isBoth)
      assert.deepEqual(seat.seen.rest, [])
    },
  },
  {
    name: "sees who comes and goes",
    async play({ ann, bob }, topic) {
      const seat = ann().appear(topic)
      await seat.seen.until((names) => names.join() === "ann")
      const visitor = bob()
      const visit = visitor.appear(topic)
      await seat.seen.until(isBoth)
      await visit.seen.until(isBoth)
      await visitor.end()
      await seat.seen.until((names) => names.join() === "ann")
    },
  },
  {
    name: "gets the response to its join, and the reason of a refusal",
    needs: "phoenix",
    async play({ ann }) {
      const person = ann()
      assert.deepEqual(await person.join("welcome").joined.next(), { welcome: "hi", n: 1 })
      assert.deepEqual(await person.join("params", { a: [1, "ü"] }).joined.next(), { params: { a: [1, "ü"] } })
      assert.deepEqual(await person.join("forbidden").refused.next(), { reason: "unauthorized" })
    },
  },
  {
    name: "gets replies with content, those of errors too",
    needs: "phoenix",
    async play({ ann }, topic) {
      const [seat] = await seats(topic, ann())
      const payload = { text: "a \"b\" \\ \u2028 😀", list: [1, null, 2.5] }
      assert.deepEqual(await seat.push("echo", payload), { status: "ok", response: payload })
      assert.deepEqual(await seat.push("reply_error", payload), { status: "error", response: { got: payload } })
      assert.deepEqual(await seat.push("async", payload), { status: "ok", response: payload })
    },
  },
  {
    name: "hears pushes, and its own broadcasts",
    needs: "phoenix",
    async play({ ann }, topic) {
      const [seat] = await seats(topic, ann())
      seat.cast("push", { n: 1 })
      assert.deepEqual(await seat.heard.next(), { n: 1 })
      await seat.push("broadcast", { n: 2 })
      assert.deepEqual(await seat.heard.next(), { n: 2 })
    },
  },
  {
    name: "pushes more at once than fits into one batch, and hears every answer",
    needs: "phoenix",
    async play({ ann }, topic) {
      const [seat] = await seats(topic, ann())
      const numbers = Array.from({ length: 250 }, (_, n) => n)
      const replies = await Promise.all(numbers.map((n) => seat.push("echo", { n })))
      assert.deepEqual(replies.map(({ response }) => response.n), numbers)
    },
  },
  {
    name: "comes back when the server disconnects it",
    needs: "phoenix",
    async play({ ann }, topic) {
      const [seat] = await seats(topic, ann())
      seat.cast("disconnect_me")
      await seat.crashed.next()
      await seat.joined.next()
      assert.equal(await seat.ask(), "ok")
    },
  },
  {
    name: "pushes binaries",
    needs: "binary push",
    async play({ ann }, topic) {
      const [seat] = await seats(topic, ann())
      const { response } = await seat.push("bin_to_json", binary())
      assert.deepEqual(response, { size: BYTES.length, hex: "00017f80ff" })
    },
  },
  {
    name: "receives binaries, as replies, pushes and broadcasts",
    needs: "binary",
    async play({ ann, bob }, topic) {
      const [seat, listener] = await seats(topic, ann(), bob())
      for (const [event, status] of [["bin_echo", "ok"], ["bin_error", "error"]]) {
        const reply = await seat.push(event, binary())
        assert.deepEqual({ ...reply, response: bytes(reply.response) }, { status, response: BYTES })
      }
      seat.cast("bin_push", binary())
      assert.deepEqual(bytes(await seat.heard.next()), BYTES)
      seat.cast("bin_broadcast", binary())
      assert.deepEqual(bytes(await seat.heard.next()), BYTES)
      assert.deepEqual(bytes(await listener.heard.next()), BYTES)
    },
  },
]

// The clients leave timeouts behind; let none of them hold the process when the tests are done.
const { setTimeout: startTimeout } = globalThis
globalThis.setTimeout = (...args) => startTimeout(...args).unref()

const servers = {}

before(async () => {
  for (const name of ["golden", "clients"]) servers[name] = await Server.start(name)
})

after(async () => {
  for (const server of Object.values(servers)) await server.stop()
})

for (const client of clients) {
  describe(client.name, { concurrency: false }, () => {
    for (const { name, needs, play } of scenarios) {
      if (needs && !client.can.includes(needs)) continue
      test(name, { timeout: TEST_MS_MAX }, () => withPeople(client, (people) => play(people, uniqueTopic())))
    }
  })
}

describe("phoenix 1.8.16, falling back to long polling", { concurrency: false }, () => {
  test("joins by long polling where WebSockets do not open", { timeout: TEST_MS_MAX }, async () => {
    const memory = new Memory()
    await withPeople({ person: fallingBack(memory, Unopened) }, async ({ ann }) => {
      const [seat] = await seats(uniqueTopic(), ann())
      assert.equal(await seat.ask(), "ok")
      assert.equal(Unopened.count, 1)
    })
    assert.deepEqual([...memory.items], [["phx:fallback:LongPoll", "true"]])
  })

  test("remembers that, and polls at once the next time", { timeout: TEST_MS_MAX }, async () => {
    const memory = new Memory([["phx:fallback:LongPoll", "true"]])
    const before = Unopened.count
    await withPeople({ person: fallingBack(memory, Unopened) }, async ({ ann }) => {
      const [seat] = await seats(uniqueTopic(), ann())
      assert.equal(await seat.ask(), "ok")
    })
    assert.equal(Unopened.count, before)
  })

  test("stays with a WebSocket that answers its ping", { timeout: TEST_MS_MAX }, async () => {
    const memory = new Memory()
    await withPeople({ person: fallingBack(memory, WebSocket) }, async ({ ann }) => {
      const person = ann()
      const [seat] = await seats(uniqueTopic(), person)
      assert.equal(await seat.ask(), "ok")
      assert.equal(person.socket.transport, WebSocket)
    })
    assert.deepEqual([...memory.items], [])
  })
})

describe("y-phoenix-channel 0.1.1", { concurrency: false }, () => {
  test("brings two editors to the same text", { timeout: TEST_MS_MAX }, () =>
    withEditors(async (open) => {
      const ann = await open()
      ann.text.insert(0, "one")
      const bob = await open()
      await bob.becomes("one")
      bob.text.insert(3, " two")
      await ann.becomes("one two")
    }),
  )

  test("shows who edits, and takes away who leaves", { timeout: TEST_MS_MAX }, () =>
    withEditors(async (open) => {
      const [ann, bob] = [await open(), await open()]
      ann.awareness.setLocalState({ name: "ann" })
      await bob.sees((others) => others.includes("ann"))
      ann.close()
      await bob.sees((others) => !others.includes("ann"))
    }),
  )
})

describe("ws 8.23.0", { concurrency: false }, () => {
  test("compresses what is long, both ways", { timeout: TEST_MS_MAX }, async () => {
    const url = servers.clients.url.replace("http", "ws")
    const socket = new WebSocket(`${url}/socket/websocket?vsn=2.0.0`)
    const heard = new Inbox()
    socket.on("message", (data) => heard.put(JSON.parse(data)))
    await once(socket, "open")
    assert.match(socket.extensions, /^permessage-deflate/)
    const topic = `realtime:${uniqueTopic()}`
    const config = { broadcast: { self: true }, presence: { key: "ann" } }
    socket.send(JSON.stringify(["1", "1", topic, "phx_join", { config }]))
    assert.equal((await heard.next())[4].status, "ok")
    assert.equal((await heard.next())[3], "presence_state")
    const before = { read: socket._socket.bytesRead, written: socket._socket.bytesWritten }
    const payload = { event: "text", payload: { text: "to be or not to be; ".repeat(500) } }
    for (let n = 0; n < 2; n += 1) {
      socket.send(JSON.stringify(["1", "2", topic, "broadcast", payload]))
      assert.deepEqual(await heard.next(), [null, null, topic, "broadcast", payload])
      assert.equal((await heard.next())[4].status, "ok")
    }
    const { read, written } = before
    assert.ok(socket._socket.bytesRead - read < 1_000)
    assert.ok(socket._socket.bytesWritten - written < 1_000)
    socket.close()
    await once(socket, "close")
  })
})

// The storage of a browser's tab.
class Memory {
  constructor(items) {
    this.items = new Map(items)
  }

  getItem(key) {
    return this.items.get(key) ?? null
  }

  setItem(key, value) {
    this.items.set(key, value)
  }
}

// A WebSocket behind a proxy that lets none through.
class Unopened {
  static count = 0

  constructor() {
    Unopened.count += 1
    this.readyState = 0
  }

  close() {
    this.readyState = 3
  }
}

function fallingBack(sessionStorage, transport) {
  return phoenix("phoenix", () => ({ transport, sessionStorage, longPollFallbackMs: FALLBACK_MS }))
}

async function withEditors(play) {
  const editors = []
  const topic = `yjs:${uniqueTopic()}`
  const open = async () => {
    editors.push(new Editor(servers.clients.url, topic))
    await editors.at(-1).joined
    return editors.at(-1)
  }
  try {
    await play(open)
  } finally {
    for (const editor of editors) editor.end()
  }
}

// Plays with people who come when they are called, and sends them home afterwards.
async function withPeople({ person, speaker = person, server = "golden" }, play) {
  const people = []
  const call = (create, name) => () => {
    people.push(create(servers[server].url, name))
    return people.at(-1)
  }
  try {
    await play({ ann: call(person, "ann"), bob: call(speaker, "bob") })
  } finally {
    for (const guest of people) await guest.end()
  }
}

async function seats(topic, ...people) {
  const taken = people.map((person) => person.join(topic))
  for (const seat of taken) await seat.joined.next()
  return taken
}

let topics = 0

function uniqueTopic() {
  topics += 1
  return `topic-${topics}`
}

function isBoth(names) {
  return names.toSorted().join() === "ann,bob"
}

function binary() {
  return Uint8Array.from(BYTES).buffer
}

function bytes(buffer) {
  return [...new Uint8Array(buffer)]
}
