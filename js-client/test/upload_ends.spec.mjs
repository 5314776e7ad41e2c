// What becomes of a large file when its client, its disk or its server fails: the page says so, nothing stays behind, and
// nobody else is disturbed. Each test has a server of its own.

import assert from "node:assert/strict"
import { once } from "node:events"
import { readFile } from "node:fs/promises"
import { connect, createServer } from "node:net"
import { test } from "node:test"
import { launchMortalBrowser } from "./browser.mjs"
import { LivePage, becomes } from "./live/pages.mjs"
import { Server } from "./server.mjs"

const LARGE_BYTES = 100 << 20
// How many bytes of its memory a server may need for a transfer.
const TRANSFER_MEMORY_BYTES_MAX = 16 << 20
const TEST_MS_MAX = 60_000
// A file on the server's disk may have 8 MB: further writes fail as they do on a full disk.
const LIMITED = ["sh", "-c", `trap "" XFSZ; ulimit -f ${(8 << 20) / 512}; exec "$@"`, "sh"]

function upload(title, work, { through } = {}) {
  test(title, { timeout: TEST_MS_MAX }, async () => {
    const server = await Server.start("pages", { through })
    const page = await LivePage.open("/uploads", { on: server })
    try {
      await work({ server, page })
    } finally {
      await page.close()
      await server.stop()
    }
  })
}

// Chooses the large file and begins to send it.
async function begin(page, bytes = LARGE_BYTES) {
  await page.evaluate((bytes) => {
    const transfer = new DataTransfer()
    transfer.items.add(new File([new Uint8Array(bytes)], "large.bin"))
    const input = document.querySelector("#large input[type=file]")
    input.files = transfer.files
    input.dispatchEvent(new Event("input", { bubbles: true }))
  }, bytes)
  await page.synced()
  await page.begin("save large")
}

// Ready when 40 percent of the file have arrived.
async function halfway(page) {
  const arrived = () => document.querySelector("#large progress")?.value >= 40
  await page.browserPage.waitForFunction(arrived, null, { timeout: TEST_MS_MAX })
}

// Ready when the file has arrived and was consumed.
async function taken(page, bytes = LARGE_BYTES) {
  const gone = () => !document.querySelector("#large .entry")
  await page.browserPage.waitForFunction(gone, null, { timeout: TEST_MS_MAX })
  assert.equal(await lastLine(page), `large.bin ${bytes}`)
}

// Sends a small file, from choosing it to consuming it.
async function sendSmall(page) {
  await page.locator("#docs input[type=file]").setInputFiles([{ name: "a.txt", mimeType: "text/plain", buffer: Buffer.from("az") }])
  await page.synced()
  await page.click("save docs")
  await becomes(() => lastLine(page), "a.txt az 2")
}

const lastLine = (page) => page.texts("#log li").then((lines) => lines.at(-1))

// A network between a client and a server, which may let nothing of the client pass.
class Line {
  static async to(server) {
    const line = new Line(Number(new URL(server.url).port))
    await once(line.#listener.listen(0, "127.0.0.1"), "listening")
    return line
  }

  #listener
  #clients = new Set()

  constructor(port) {
    this.#listener = createServer((client) => {
      const server = connect(port, "127.0.0.1")
      this.#clients.add(client)
      client.on("close", () => this.#clients.delete(client))
      for (const [from, to] of [[client, server], [server, client]]) {
        from.on("data", (bytes) => to.write(bytes))
        from.on("close", () => to.destroy())
        // The other side hears of it by the close.
        from.on("error", () => {})
      }
    })
  }

  get url() {
    return `http://127.0.0.1:${this.#listener.address().port}`
  }

  stall() {
    for (const client of this.#clients) client.pause()
  }

  resume() {
    for (const client of this.#clients) client.resume()
  }

  close() {
    for (const client of this.#clients) client.destroy()
    this.#listener.close()
  }
}

// The bytes of memory that a server uses, and the most it ever has.
async function memory(server) {
  const status = await readFile(`/proc/${server.pid}/status`, "utf8")
  const [now, peak] = ["VmRSS", "VmHWM"].map((name) => Number(status.match(`${name}:\\s+(\\d+) kB`)[1]) * 1024)
  return { now, peak }
}

upload("a large file takes little memory, and its page and others go on meanwhile", async ({ server, page }) => {
  const neighbour = await LivePage.open("/uploads", { on: server })
  const before = await memory(server)
  await begin(page)
  await halfway(page)
  await page.push("pace")
  await sendSmall(neighbour)
  await taken(page)
  const { peak } = await memory(server)
  assert.ok(peak - before.now < TRANSFER_MEMORY_BYTES_MAX, `${peak - before.now} bytes`)
  await becomes(() => server.files(), [])
  await neighbour.close()
})

upload("a client that is killed half-way leaves nothing", async ({ server, page }) => {
  const { browser, kill } = await launchMortalBrowser()
  const doomed = await LivePage.open("/uploads", { on: server, through: browser })
  await begin(doomed)
  await halfway(doomed)
  assert.equal((await server.files()).length, 1)
  await kill()
  await becomes(() => server.files(), [])
  await sendSmall(page)
})

upload("a client that stalls half-way loses the file, and may send it again", async ({ server }) => {
  const line = await Line.to(server)
  const page = await LivePage.open("/uploads", { on: line })
  await begin(page)
  await halfway(page)
  line.stall()
  await becomes(() => page.count("#large li"), 0)
  await becomes(() => server.files(), [])
  line.resume()
  // The answer to an event gives the client its form back.
  await page.push("pace")
  await begin(page, 1 << 20)
  await taken(page, 1 << 20)
  await page.close()
  line.close()
})

upload(
  "a disk that is full half-way fails the file, and not its page",
  async ({ server, page }) => {
    await begin(page)
    await becomes(() => page.texts("#large .error"), ["the file could not be stored"])
    await becomes(() => server.files(), [])
    assert.match(server.output, /ERROR.*an uploaded file could not be stored: File too large.*upload="large"/)
    await page.begin("#large .cancel")
    await becomes(() => page.count("#large li"), 0)
    await sendSmall(page)
  },
  { through: LIMITED },
)

upload("a server that is asked to stop half-way leaves nothing", async ({ server, page }) => {
  await begin(page)
  await halfway(page)
  assert.equal((await server.files()).length, 1)
  await server.stop()
})

upload("what a killed server left behind goes when it starts again", async ({ server, page }) => {
  await begin(page)
  await halfway(page)
  await server.kill()
  assert.equal((await server.files()).length, 1)
  await server.restart()
  assert.deepEqual(await server.files(), [])
  assert.match(server.output, /removed the uploaded files of a process that was killed/)
  await becomes(() => page.count("#large li"), 0)
  await sendSmall(page)
})
