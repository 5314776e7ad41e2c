// Starts the client on the pages of `tests/pages`, with the hooks that the tests look at.

const { LiveSocket } = window.LiveView

// What the page's hooks, its window listeners and the client's page-loading events told, oldest first.
window.told = []

const tell = (...words) => window.told.push(words.join(" "))

const csrfToken = () => document.querySelector("meta[name=csrf-token]").content

// Notes each callback. Instances are numbered, so that a test sees whether an element got a new one.
let instances = 0

const recorder = (name) =>
  Object.fromEntries(
    ["mounted", "beforeUpdate", "updated", "destroyed", "disconnected", "reconnected"].map((callback) => [
      callback,
      function () {
        this.number ??= ++instances
        tell(name, this.number, this.el.id, callback)
      },
    ]),
  )

const hooks = {
  Recorder: recorder("Recorder"),
  OtherRecorder: recorder("OtherRecorder"),
  // Forms that leave the page need the token that the page has.
  CsrfToken: {
    mounted() {
      this.el.value = csrfToken()
    },
  },
  // Uploads the files that are chosen one after the other: the next one when the server has taken the last.
  Queue: {
    mounted() {
      const waiting = []
      const next = () => waiting.length && this.upload(this.el.dataset.upload, [waiting.shift()])
      this.el.addEventListener("input", (event) => {
        event.stopPropagation()
        waiting.push(...this.el.files)
        next()
      })
      this.handleEvent("taken", next)
    },
  },
  // Asks before the page is left with something unsaved on it.
  Unsaved: {
    mounted() {
      const isUnsaved = () => this.el.dataset.unsaved === "true"
      this.ask = (event) => isUnsaved() && event.preventDefault()
      this.confirm = (event) => isUnsaved() && !window.confirm("Leave?") && event.preventDefault()
      window.addEventListener("beforeunload", this.ask)
      window.addEventListener("phx:before-navigate", this.confirm)
    },
    destroyed() {
      window.removeEventListener("beforeunload", this.ask)
      window.removeEventListener("phx:before-navigate", this.confirm)
    },
  },
  // Lets the tests speak as the hook of an element: `talkers[id].pushEvent(...)`.
  Talker: {
    mounted() {
      window.talkers[this.el.id] = this
      this.handleEvent("first", (payload) => tell(this.el.id, "heard first", JSON.stringify(payload)))
    },
    destroyed() {
      delete window.talkers[this.el.id]
    },
  },
}

window.talkers = {}
window.addEventListener("phx:live_reload:attached", ({ detail }) => (window.reloader = detail))

window.addEventListener("phx:from_mount", ({ detail }) => tell("window heard from_mount", JSON.stringify(detail)))
window.addEventListener("phx:second", ({ detail }) => tell("window heard second", JSON.stringify(detail)))
window.addEventListener("phx:js:exec", ({ detail }) =>
  liveSocket.execJS(document.getElementById("box"), JSON.stringify(detail.command)),
)
for (const state of ["start", "stop"]) {
  window.addEventListener(`phx:page-loading-${state}`, ({ detail }) => tell("page loading", state, detail.kind))
}
for (const event of ["page:said", "page:whispered"]) {
  window.addEventListener(event, ({ target, detail }) => tell(event, target.id, JSON.stringify(detail)))
}

// Sends files elsewhere, as to object storage: half of the way is told when the request begins.
const uploaders = {
  Store: (entries, onViewError) =>
    entries.forEach(async (entry) => {
      const aborted = new AbortController()
      onViewError(() => aborted.abort())
      // Clients before 1.2 do not say when a file is cancelled.
      entry.onCancel?.(() => aborted.abort())
      entry.progress(50)
      const options = { method: "PUT", body: entry.file, signal: aborted.signal }
      const answer = await fetch(entry.meta.url, options).catch(() => ({ ok: false }))
      if (aborted.signal.aborted) return
      answer.ok ? entry.progress(100) : entry.error("not stored")
    }),
}

const liveSocket = new LiveSocket("/live", window.Phoenix.Socket, {
  hooks,
  uploaders,
  params: () => ({ _csrf_token: csrfToken() }),
  // Failures are waited for: with the client's own times a test would take ten seconds.
  reloadJitterMin: 10,
  reloadJitterMax: 20,
  failsafeJitter: 200,
  rejoinAfterMs: () => 20,
  reconnectAfterMs: () => 20,
  metadata: {
    click: (event) => ({ alt: event.altKey }),
    keydown: (event) => ({ shift: event.shiftKey }),
  },
})

liveSocket.connect()
window.liveSocket = liveSocket
