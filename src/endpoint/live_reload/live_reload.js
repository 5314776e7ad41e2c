// The script of the frame that each page has during development. It speaks Phoenix's second serializer by itself, so
// that pages need no client for it; pages find its `LiveReloader` in the event `phx:live_reload:attached`.

const TOPIC = "phoenix:live_reload"
const HEARTBEAT_MS = 30_000
const RECONNECT_MS = [100, 200, 500, 1000]
const RELOADED_FOR = "phoenix:live_reload:boot_id"

// The same address, which the browser has not seen yet.
const fresh = (address) => {
  const url = new URL(address, parent.document.baseURI)
  url.searchParams.set("vsn", Date.now())
  return url.href
}

// Puts the new element behind the old one, which goes once the new one has loaded.
const swap = (old, next) => {
  next.onload = next.onerror = () => old.remove()
  old.setAttribute("data-pending-removal", "")
  old.after(next)
}

const swapLink = (link) => {
  const next = link.cloneNode()
  next.removeAttribute("integrity")
  next.href = fresh(link.href)
  swap(link, next)
}

const swapImports = (style) => {
  const next = style.cloneNode()
  const imported = /@import\s+(url\(\s*)?(["']?)([^"')\s;]+)\2/g
  next.textContent = style.textContent.replace(
    imported,
    (_, url = "", quote, address) => `@import ${url}${quote}${fresh(address)}${quote}`,
  )
  swap(style, next)
}

const swapStyleSheets = () => {
  const kept = ":not([data-no-reload]):not([data-pending-removal])"
  const { document } = parent
  for (const link of document.querySelectorAll(`link[rel=stylesheet][href]${kept}`)) swapLink(link)
  for (const style of document.querySelectorAll(`style${kept}`)) {
    if (style.textContent.includes("@import")) swapImports(style)
  }
}

// Where annotations say that the template around a node begins (`<!-- file:1 -->`, and `<!-- /file:1 -->` at its end);
// `outer` skips as many templates as it says.
const annotated = (node, outer) => {
  let ended = outer
  for (let at = node; at; at = at.previousSibling ?? at.parentNode) {
    if (at.nodeType !== Node.COMMENT_NODE) continue
    const found = at.nodeValue.match(/^ (\/?)(\S+):(\d+) $/)
    if (!found) continue
    const [, isEnd, file, line] = found
    if (isEnd) ended += 1
    else if (ended === 0) return { file, line }
    else ended -= 1
  }
}

class LiveReloader {
  editorURL
  logsEnabled = false
  #socket
  #heartbeat
  #reconnect
  #ref = 0
  #replies = new Map()
  #attempts = 0
  #isAttached = false
  #isReloading = false
  // The process that made the page.
  #bootId = window.frameElement?.dataset.bootId

  enable() {
    const socket = new WebSocket(`${location.origin.replace(/^http/, "ws")}${options.socket}?vsn=2.0.0`)
    this.#socket = socket
    socket.onopen = () => this.#opened()
    socket.onmessage = ({ data }) => this.#received(JSON.parse(data))
    socket.onclose = () => this.#closed()
  }

  disable() {
    clearInterval(this.#heartbeat)
    clearTimeout(this.#reconnect)
    this.#socket.onclose = null
    this.#socket.close()
  }

  enableServerLogs() {
    this.logsEnabled = true
  }

  disableServerLogs() {
    this.logsEnabled = false
  }

  // The template around the one that the node belongs to: where its component is called.
  openEditorAtCaller(node) {
    this.#openEditor(annotated(node, 1))
  }

  // The line of the node in its template.
  openEditorAtDef(node) {
    const found = annotated(node, 0)
    const line = node.closest?.("[data-phx-loc]")?.getAttribute("data-phx-loc")
    this.#openEditor(found && { ...found, line: line ?? found.line })
  }

  #opened() {
    this.#attempts = 0
    this.#heartbeat = setInterval(() => this.#send("phoenix", "heartbeat", {}, null), HEARTBEAT_MS)
    this.#send(TOPIC, "phx_join", {}, (reply) => this.#joined(reply))
    if (this.#isAttached) return
    this.#isAttached = true
    const attach = () => parent.dispatchEvent(new parent.CustomEvent("phx:live_reload:attached", { detail: this }))
    if (parent.document.readyState === "complete") attach()
    else parent.addEventListener("load", attach)
  }

  #closed() {
    clearInterval(this.#heartbeat)
    const wait = RECONNECT_MS[this.#attempts++] ?? RECONNECT_MS.at(-1)
    this.#reconnect = setTimeout(() => this.enable(), wait)
  }

  #send(topic, event, payload, then) {
    const ref = String(++this.#ref)
    if (then) this.#replies.set(ref, then)
    const joinRef = topic === TOPIC ? "join" : null
    this.#socket.send(JSON.stringify([joinRef, ref, topic, event, payload]))
  }

  #received([, ref, topic, event, payload]) {
    if (topic !== TOPIC) return
    if (event === "phx_reply") {
      if (payload.status === "ok") this.#replies.get(ref)?.(payload.response)
      this.#replies.delete(ref)
    }
    if (event === "assets_change") setTimeout(() => this.#change(payload.asset_type), options.interval)
    if (event === "log" && this.logsEnabled) this.#log(payload)
  }

  #joined({ boot_id: bootId, editor_url: editorURL }) {
    this.editorURL = editorURL
    this.#bootId ??= bootId
    // A page out of a cache stays as old as it is, however often it is loaded.
    if (bootId === this.#bootId || bootId === sessionStorage.getItem(RELOADED_FOR)) return
    sessionStorage.setItem(RELOADED_FOR, bootId)
    this.#reload()
  }

  #change(assetType) {
    if (assetType === "css" && !options.reloadPageOnCssChanges) swapStyleSheets()
    else this.#reload()
  }

  #reload() {
    if (this.#isReloading) return
    this.#isReloading = true
    window[options.targetWindow].location.reload()
  }

  #log({ level, msg }) {
    const log = { debug: console.debug, info: console.info, warning: console.warn }[level] ?? console.error
    log(`%c${msg}`, `color: ${level === "debug" ? "darkcyan" : "inherit"}`)
  }

  #openEditor(found) {
    if (!this.editorURL) return console.error("the server was started without PLUG_EDITOR: no editor can be opened")
    if (!found) return console.error("no annotation says where this is: build with the feature debug-annotations")
    this.#send(TOPIC, "full_path", { rel_path: found.file }, ({ full_path: path }) => {
      const url = this.editorURL
        .replace("__RELATIVEFILE__", found.file)
        .replace("__FILE__", path)
        .replace("__LINE__", found.line)
      window.open(url, "_self")
    })
  }
}

new LiveReloader().enable()
