import { Socket } from "phoenix"
import { LiveSocket } from "phoenix_live_view"

const meta = (name) => document.querySelector(`meta[name="${name}"]`)?.content

// The server writes times in UTC, the page shows them in the visitor's zone.
const timeOfDay = new Intl.DateTimeFormat("en", { hour: "2-digit", minute: "2-digit", hourCycle: "h23" })

function showLocalTime(element) {
  if (element.localName === "time") element.textContent = timeOfDay.format(new Date(element.dateTime))
}

document.querySelectorAll("time").forEach(showLocalTime)

// A room that is open: its live view patches the list of messages, then its channel says that a new one is in the page.
const Room = {
  mounted() {
    this.messages = this.el.querySelector("#messages")
    this.eventBus = this.liveSocket.channel("event_bus:" + this.el.dataset.chatId, {})
    this.eventBus.on("new_message", () => this.showLastMessage())
    this.eventBus.join()
    // Observed at once, and again when the window, a phone's keyboard or the growing composer resizes the list.
    this.resizes = new ResizeObserver(() => this.showLastMessage())
    this.resizes.observe(this.messages)
    // Under a finger the focus would bring up the keyboard, which hides half of the messages.
    if (matchMedia("(pointer: fine)").matches) this.el.querySelector("#composer-body").focus()
  },
  destroyed() {
    this.resizes.disconnect()
    this.eventBus.leave()
  },
  showLastMessage() {
    this.messages.scrollTop = this.messages.scrollHeight
  },
}

const liveSocket = new LiveSocket("/live", Socket, {
  dom: {
    onNodeAdded: showLocalTime,
    onBeforeElUpdated: (_before, after) => showLocalTime(after),
  },
  hooks: { Room },
  params: { channel_token: meta("channel_token"), _csrf_token: meta("csrf-token") },
})

// Enter sends, Shift+Enter starts a new line; the Enter that ends an input method's composition does neither.
document.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.shiftKey || event.isComposing) return
  if (event.target.localName !== "textarea") return
  event.preventDefault()
  event.target.form.requestSubmit()
})

// What cannot be undone is asked about first, before LiveView hears of the click; as in phoenix_html.
function confirmClick(event) {
  const message = event.target.closest("[data-confirm]")?.dataset.confirm
  if (!message || confirm(message)) return
  event.preventDefault()
  event.stopImmediatePropagation()
}

window.addEventListener("click", confirmClick, { capture: true })

// A view that crashed while the connection is open is shown by the style sheet (.phx-error).
const connectionLost = document.getElementById("connection-lost")
liveSocket.socket.onOpen(() => (connectionLost.hidden = true))
liveSocket.socket.onClose(() => (connectionLost.hidden = false))
liveSocket.socket.onError(() => (connectionLost.hidden = false))

liveSocket.connect()
window.liveSocket = liveSocket
