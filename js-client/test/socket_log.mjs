// What a page sends and receives on its WebSockets, in order, as messages of Phoenix's second serializer.

import { EventEmitter, once } from "node:events"

const WAIT_MS_MAX = 15_000

export class SocketLog {
  // How many connections the page has opened.
  sockets = 0
  messages = []
  errors = []
  #news = new EventEmitter()

  constructor(page) {
    page.on("websocket", (socket) => {
      this.sockets += 1
      socket.on("framesent", ({ payload }) => this.#add("sent", payload))
      socket.on("framereceived", ({ payload }) => this.#add("received", payload))
      socket.on("socketerror", (error) => {
        this.errors.push(error)
        this.#news.emit("news")
      })
    })
  }

  received() {
    return this.messages.filter(({ direction }) => direction === "received")
  }

  // The pushes of one event on topics that start with `prefix`.
  pushes(prefix, event) {
    return this.received().filter((message) => message.topic.startsWith(prefix) && message.event === event)
  }

  // The diffs that bring the chat message `body` to this page. On the page that sends it, the field's own text comes
  // back in the answers to what was sent before, however late.
  diffsWith(body) {
    const sending = this.messages.findIndex((message) => sends(message, body))
    const answersBefore = ({ event, ref }) =>
      event === "phx_reply" && sending >= 0 && Number(ref) < Number(this.messages[sending].ref)
    const after = this.messages.slice(sending + 1).filter((message) => !answersBefore(message))
    return after.filter((message) => carriesDiff(message) && message.text.includes(body))
  }

  // Resolves once `condition` holds; it is asked again at each message and at each error.
  async until(condition) {
    const signal = AbortSignal.timeout(WAIT_MS_MAX)
    while (!condition()) await once(this.#news, "news", { signal })
  }

  // How many chunks of files the page has sent.
  chunks = 0

  #add(direction, text) {
    if (typeof text !== "string") {
      this.chunks += 1
      return
    }
    const [joinRef, ref, topic, event, payload] = JSON.parse(text)
    this.messages.push({ direction, text, joinRef, ref, topic, event, payload, at: this.messages.length })
    this.#news.emit("news")
  }
}

function sends({ direction, event, payload }, body) {
  if (direction !== "sent" || event !== "event" || payload.event !== "send") return false
  return new URLSearchParams(payload.value).get("body") === body
}

function carriesDiff({ direction, topic, event, payload }) {
  if (direction !== "received" || !topic.startsWith("lv:")) return false
  return event === "diff" || (event === "phx_reply" && payload.response.diff !== undefined)
}
