// Runs binaries of this repository on free ports: the chat with a database of its own, and servers without any state.

import { spawn } from "node:child_process"
import { once } from "node:events"
import { mkdtemp, rm } from "node:fs/promises"
import { createServer } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import { fileURLToPath } from "node:url"

const ROOT = fileURLToPath(new URL("../..", import.meta.url))
const TARGET = process.env.CARGO_TARGET_DIR ?? join(ROOT, "target")
const START_MS_MAX = 10_000

export class Server {
  // Runs `target/debug/<name>`, which takes its port from the environment.
  static async start(name, env = {}) {
    const server = new Server(join(TARGET, "debug", name), await freePort(), env)
    await server.restart()
    return server
  }

  #binary
  #port
  #env
  #process

  constructor(binary, port, env = {}) {
    this.#binary = binary
    this.#port = port
    this.#env = env
  }

  get url() {
    return `http://127.0.0.1:${this.#port}`
  }

  // Kills without warning, as a power cut would.
  async kill() {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return
    const exit = once(this.#process, "exit")
    process.kill(this.#process.pid, "SIGKILL")
    await exit
  }

  // Starts again after `kill`, on the same port.
  async restart() {
    this.#process = this.run()
    const deadline = Date.now() + START_MS_MAX
    while (!(await this.#answers())) {
      if (this.#process.exitCode !== null || this.#process.signalCode !== null || Date.now() > deadline) {
        await this.kill()
        throw new Error(`the server did not start:\n${this.#process.output}`)
      }
      await sleep(20)
    }
  }

  async stop() {
    await this.kill()
  }

  run(...args) {
    const { SECRET_KEY_BASE: _, ...env } = process.env
    const child = spawn(this.#binary, args, {
      cwd: ROOT,
      env: { ...env, PORT: String(this.#port), ...this.#env },
      stdio: ["ignore", "pipe", "pipe"],
    })
    child.output = ""
    for (const stream of [child.stdout, child.stderr]) stream.on("data", (data) => (child.output += data))
    child.on("error", (error) => (child.output += error))
    return child
  }

  async #answers() {
    try {
      return (await fetch(this.url + "/health")).status < 500
    } catch {
      return false
    }
  }
}

export class ChatServer extends Server {
  static async start() {
    const folder = await mkdtemp(join(tmpdir(), "chat-"))
    const binary = process.env.CHAT ?? join(TARGET, "release", "chat")
    const server = new ChatServer(binary, await freePort(), { DATABASE: join(folder, "chat.db") })
    server.#folder = folder
    await server.restart()
    return server
  }

  #folder

  get database() {
    return join(this.#folder, "chat.db")
  }

  async stop() {
    await super.stop()
    await rm(this.#folder, { recursive: true, force: true })
  }

  // Writes messages into a room beside the running server.
  async seed(chatId, count) {
    const seeding = this.run("seed", String(chatId), String(count))
    const [code] = await once(seeding, "close")
    if (code !== 0) throw new Error(`seeding ended with ${code}:\n${seeding.output}`)
  }
}

export async function freePort() {
  const listener = createServer().listen(0, "127.0.0.1")
  await once(listener, "listening")
  const { port } = listener.address()
  listener.close()
  await once(listener, "close")
  return port
}
