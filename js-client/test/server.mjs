// Runs binaries of this repository on free ports: the chat with a database of its own, and servers without any state.

import assert from "node:assert/strict"
import { spawn } from "node:child_process"
import { once } from "node:events"
import { mkdir, mkdtemp, readdir, rm } from "node:fs/promises"
import { createServer } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import { fileURLToPath } from "node:url"

const ROOT = fileURLToPath(new URL("../..", import.meta.url))
const TARGET = process.env.CARGO_TARGET_DIR ?? join(ROOT, "target")
const START_MS_MAX = 10_000
const STOP_MS_MAX = 10_000

export class Server {
  // Runs `target/debug/<name>`, which takes its port from the environment. `through` is a command that runs another one.
  static async start(name, { through = [], env = {} } = {}) {
    const server = new Server(join(TARGET, "debug", name), await freePort(), await newFolder(name), env)
    server.#through = through
    await server.restart()
    return server
  }

  #binary
  #port
  #folder
  #env
  #through = []
  #process

  constructor(binary, port, folder, env = {}) {
    this.#binary = binary
    this.#port = port
    this.#folder = folder
    this.#env = env
  }

  get url() {
    return `http://127.0.0.1:${this.#port}`
  }

  get pid() {
    return this.#process.pid
  }

  // What the server has said since it was started last.
  get output() {
    return this.#process.output
  }

  // Where the server keeps its temporary files.
  get temporary() {
    return join(this.#folder, "tmp")
  }

  // The names of the temporary files.
  async files() {
    const children = await readdir(this.temporary, { recursive: true, withFileTypes: true })
    return children.filter((child) => child.isFile()).map((child) => child.name)
  }

  get #isRunning() {
    return this.#process.exitCode === null && this.#process.signalCode === null
  }

  // Kills without warning, as a power cut would.
  async kill() {
    if (!this.#isRunning) return
    const exit = once(this.#process, "exit")
    process.kill(this.pid, "SIGKILL")
    await exit
  }

  // Starts again after `kill`, on the same port.
  async restart() {
    this.#process = this.run()
    const deadline = Date.now() + START_MS_MAX
    while (!(await this.#answers())) {
      if (!this.#isRunning || Date.now() > deadline) {
        await this.kill()
        throw new Error(`the server did not start:\n${this.#process.output}`)
      }
      await sleep(20)
    }
  }

  // Asks the server to stop. It ends by itself and leaves nothing behind.
  async stop() {
    try {
      if (this.#isRunning) await this.#end()
    } finally {
      await this.kill()
      await rm(this.#folder, { recursive: true, force: true })
    }
  }

  // The status with which the process ends.
  async status() {
    const [code] = await once(this.#process, "exit", { signal: AbortSignal.timeout(STOP_MS_MAX) })
    return code
  }

  async #end() {
    const ended = this.status()
    process.kill(this.pid, "SIGTERM")
    const code = await ended
    assert.equal(code, 0, `the server did not end well:\n${this.output}`)
    assert.deepEqual(await readdir(this.temporary), [], "the server left temporary files behind")
  }

  run(...args) {
    const { SECRET_KEY_BASE: _, ...env } = process.env
    const [command, ...rest] = [...this.#through, this.#binary, ...args]
    const child = spawn(command, rest, {
      cwd: ROOT,
      env: { ...env, TMPDIR: this.temporary, PORT: String(this.#port), ...this.#env },
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
    const folder = await newFolder("chat")
    const binary = process.env.CHAT ?? join(TARGET, "release", "chat")
    const database = join(folder, "chat.db")
    const server = new ChatServer(binary, await freePort(), folder, { DATABASE: database })
    server.database = database
    await server.restart()
    return server
  }

  // Writes messages into a room beside the running server.
  async seed(chatId, count) {
    const seeding = this.run("seed", String(chatId), String(count))
    const [code] = await once(seeding, "close")
    if (code !== 0) throw new Error(`seeding ended with ${code}:\n${seeding.output}`)
  }
}

async function newFolder(name) {
  const folder = await mkdtemp(join(tmpdir(), `${name}-`))
  await mkdir(join(folder, "tmp"))
  return folder
}

export async function freePort() {
  const listener = createServer().listen(0, "127.0.0.1")
  await once(listener, "listening")
  const { port } = listener.address()
  listener.close()
  await once(listener, "close")
  return port
}
