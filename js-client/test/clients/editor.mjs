// An editor of a shared document: y-phoenix-channel, whose pushes and broadcasts are all binary.

import { Socket } from "phoenix"
import { WebSocket } from "ws"
import { PhoenixChannelProvider } from "y-phoenix-channel"
import { Doc } from "yjs"

export class Editor {
  #socket
  #provider
  #doc = new Doc()

  constructor(url, topic) {
    this.#socket = new Socket(url.replace("http", "ws") + "/socket", { transport: WebSocket })
    this.#socket.connect()
    // Without the BroadcastChannel, all goes through the server.
    this.#provider = new PhoenixChannelProvider(this.#socket, topic, this.#doc, { connect: false, disableBc: true })
    this.joined = new Promise((resolve) => {
      this.#provider.on("status", ({ status }) => status === "connected" && resolve())
    })
    this.#provider.connect()
  }

  get text() {
    return this.#doc.getText("text")
  }

  get awareness() {
    return this.#provider.awareness
  }

  becomes(wanted) {
    return when(this.#doc, "update", () => this.text.toString() === wanted)
  }

  // Waits until the names of all editors are as wanted.
  sees(isWanted) {
    const names = () => [...this.awareness.getStates().values()].map(({ name }) => name)
    return when(this.awareness, "change", () => isWanted(names()))
  }

  close() {
    this.#provider.disconnect()
  }

  end() {
    this.#provider.destroy()
    this.awareness.destroy()
    this.#socket.disconnect()
  }
}

function when(source, event, isTrue) {
  return new Promise((resolve) => {
    const check = () => {
      if (!isTrue()) return
      source.off(event, check)
      resolve()
    }
    source.on(event, check)
    check()
  })
}
