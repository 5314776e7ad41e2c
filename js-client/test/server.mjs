// Runs the chat's release binary on a free port, with a database of its own.

import { spawn } from "node:child_process"
import { once } from "node:events"
import { mkdtemp, rm } from "node:fs/promises"
import { createServer } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import { fileURLToPath } from "node:url"

const ROOT = fileURLToPath(new URL("../..", import.meta.url))
const BINARY = process.env.CHAT ?? join(process.env.CARGO_TARGET_DIR ?? join(ROOT, "target"), "release", "chat")
const START_MS_MAX = 10_000

export class ChatServer {
  static async start() {
    const folder = await mkdtemp(join(tmpdir(), "chat-"))
    const server = new ChatServer(folder, await freePort())
    await server.#spawn()
    return server
  }

  #folder
  #port
  #process

  constructor(folder, port) {
    this.#folder = folder
    this.#port = port
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

  // Starts again after `kill`, on the same port and the same database.
  async restart() {
    await this.#spawn()
  }

  async stop() {
    await this.kill()
    await rm(this.#folder, { recursive: true, force: true })
  }

  // Writes messages into a room beside the running server.
  async seed(chatId, count) {
    const seeding = this.#run("seed", String(chatId), String(count))
    const [code] = await once(seeding, "close")
    if (code !== 0) throw new Error(`seeding ended with ${code}:\n${seeding.output}`)
  }

  async #spawn() {
    this.#process = this.#run()
    const deadline = Date.now() + START_MS_MAX
    while (!(await this.#isHealthy())) {
      if (this.#process.exitCode !== null || this.#process.signalCode !== null || Date.now() > deadline) {
        await this.kill()
        throw new Error(`the chat did not start:\n${this.#process.output}`)
      }
      await sleep(20)
    }
  }

  async #isHealthy() {
    try {
      return (await fetch(this.url + "/health")).status === 200
    } catch {
      return false
    }
  }

  #run(...args) {
    const { SECRET_KEY_BASE: _, ...env } = process.env
    const child = spawn(BINARY, args, {
      cwd: ROOT,
      env: { ...env, PORT: String(this.#port), DATABASE: join(this.#folder, "chat.db") },
      stdio: ["ignore", "pipe", "pipe"],
    })
    child.output = ""
    for (const stream of [child.stdout, child.stderr]) stream.on("data", (data) => (child.output += data))
    child.on("error", (error) => (child.output += error))
    return child
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
