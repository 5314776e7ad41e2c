import { Socket } from "phoenix"
import { LiveSocket } from "phoenix_live_view"

const meta = (name) => document.querySelector(`meta[name="${name}"]`)?.content

// The server writes times in UTC, the page shows them in the visitor's zone.
const timeOfDay = new Intl.DateTimeFormat("en", { hour: "2-digit", minute: "2-digit", hourCycle: "h23" })

function showLocalTime(element) {
  if (element.localName === "time") element.textContent = timeOfDay.format(new Date(element.dateTime))
}

document.querySelectorAll("time").forEach(showLocalTime)

const liveSocket = new LiveSocket("/live", Socket, {
  dom: {
    onNodeAdded: showLocalTime,
    onBeforeElUpdated: (_before, after) => showLocalTime(after),
  },
  params: { channel_token: meta("channel_token"), _csrf_token: meta("csrf-token") },
})

function showLastMessage() {
  const messages = document.getElementById("messages")
  messages.scrollTop = messages.scrollHeight
}

// The live view patches the list of messages; then the room's channel says that a new one is in the page.
const room = document.querySelector("main[data-chat-id]")
if (room) {
  const eventBus = liveSocket.channel("event_bus:" + room.dataset.chatId, {})
  eventBus.on("new_message", showLastMessage)
  eventBus.join()
  // Observed at once, and again when the window, a phone's keyboard or the growing composer resizes the list.
  new ResizeObserver(showLastMessage).observe(document.getElementById("messages"))
  // Under a finger the focus would bring up the keyboard, which hides half of the messages.
  if (matchMedia("(pointer: fine)").matches) document.getElementById("composer-body").focus()
}

// Enter sends, Shift+Enter starts a new line; the Enter that ends an input method's composition does neither.
document.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.shiftKey || event.isComposing) return
  if (event.target.id !== "composer-body") return
  event.preventDefault()
  event.target.form.requestSubmit()
})

// A view that crashed while the connection is open is shown by the style sheet (.phx-error).
const connectionLost = document.getElementById("connection-lost")
liveSocket.socket.onOpen(() => (connectionLost.hidden = true))
liveSocket.socket.onClose(() => (connectionLost.hidden = false))
liveSocket.socket.onError(() => (connectionLost.hidden = false))

liveSocket.connect()
window.liveSocket = liveSocket
