// Live reload during development (feature 160), on a server with a folder of its own.

import assert from "node:assert/strict"
import { mkdtemp, rename, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { after } from "node:test"
import { Server } from "../server.mjs"
import { becomes, live } from "./pages.mjs"

const TOPIC = "phoenix:live_reload"
const GRAY = "rgb(128, 128, 128)"
const BLUE = "rgb(0, 0, 255)"

let folder
let server

const serving = () => (server ??= start())

async function start() {
  folder = await mkdtemp(join(tmpdir(), "live-reload-"))
  await Promise.all([
    put("app.js", "window.version = 1"),
    put("app.css", `#text { color: ${GRAY} }`),
    put("imported.css", `#count { color: ${GRAY} }`),
    put("text.md", "before"),
  ])
  const PLUG_EDITOR = "editor://open?file=__FILE__&line=__LINE__"
  return Server.start("pages", { env: { LIVE_RELOAD_DIR: folder, PLUG_EDITOR } })
}

// Replaces a file at once, as editors do.
async function put(name, content) {
  const made = join(folder, `${name}.new`)
  await writeFile(made, content)
  await rename(made, join(folder, name))
}

after(async () => {
  await (await server)?.stop()
  if (folder) await rm(folder, { recursive: true })
})

function reloading(title, work, options = {}) {
  const marked = async (page) => {
    await page.log.until(() => page.log.pushes(TOPIC, "phx_reply").length === 1)
    await page.evaluate(() => (window.marker = "the same page"))
    await work(page)
  }
  live(title, "/live_reload", marked, { ...options, serving })
}

const marker = (page) => page.evaluate(() => window.marker ?? "another page")

const color = (page, selector) =>
  page.locator(selector).evaluate((element) => window.getComputedStyle(element).color)

// What the page's frame opens for an element of annotated templates.
const opened = (page, open) =>
  page.evaluate(
    (open) =>
      new Promise((resolve) => {
        document.getElementById("outside").innerHTML =
          "<!-- src/page.rs:3 --><!-- src/card.rs:1 --><b></b><!-- /src/card.rs:1 -->" +
          '<!-- src/card.rs:7 --><p data-phx-loc="8"><i id="clicked"></i></p><!-- /src/card.rs:7 --><!-- /src/page.rs:3 -->'
        document.querySelector("iframe").contentWindow.open = resolve
        window.reloader[open](document.getElementById("clicked"))
      }),
    open,
  )

reloading("a page loads again when its script changes", async (page) => {
  await put("app.js", "window.version = 2")
  await becomes(() => page.evaluate(() => window.version), 2)
  assert.equal(await marker(page), "another page")
  await page.synced()
})

reloading("a style sheet is swapped without loading the page", async (page) => {
  assert.equal(await color(page, "#text"), GRAY)
  await put("app.css", `#text { color: ${BLUE} }`)
  await becomes(() => color(page, "#text"), BLUE)
  await becomes(() => page.count("link[rel=stylesheet]"), 1)
  assert.equal(await marker(page), "the same page")
})

reloading("a style sheet that is imported is swapped without loading the page", async (page) => {
  assert.equal(await color(page, "#count"), GRAY)
  await put("imported.css", `#count { color: ${BLUE} }`)
  await becomes(() => color(page, "#count"), BLUE)
  await becomes(() => page.count("#assets style"), 1)
  assert.equal(await marker(page), "the same page")
})

reloading("live views render anew with their state and what the page has", async (page) => {
  await page.push("inc")
  await page.locator("#typed").fill("typing")
  await put("text.md", "after")
  await becomes(() => page.text("#text"), "after")
  assert.equal(await page.text("#count"), "1")
  assert.deepEqual(await page.texts("#rows li"), ["1", "2"])
  assert.equal(await page.locator("#typed").inputValue(), "typing")
  assert.equal(await marker(page), "the same page")
  await page.push("inc")
  assert.equal(await page.text("#count"), "2")
})

reloading("a page loads again when its server is another process", async (page) => {
  await (await server).kill()
  await (await server).restart()
  await becomes(() => marker(page), "another page")
  await page.synced()
}, { complaints: [/ERR_CONNECTION_REFUSED|WebSocket/] })

reloading("lines of the server's log are shown once the page has asked", async (page) => {
  const lines = []
  page.browserPage.on("console", (message) => lines.push(message.text()))
  await page.push("say")
  await page.log.until(() => page.log.pushes(TOPIC, "log").some(({ text }) => text.includes("said by")))
  // The frame has taken the line when it has an answer that came later.
  await opened(page, "openEditorAtDef")
  await page.evaluate(() => window.reloader.enableServerLogs())
  await page.push("inc")
  await page.push("say")
  const shown = () => lines.filter((line) => line.includes("said by the server"))
  await becomes(shown, ["%c[info] said by the server count=1 color: inherit"])
  await page.evaluate(() => window.reloader.disableServerLogs())
})

reloading("an editor is opened where annotations say", async (page) => {
  const file = (name) => new RegExp(`^editor://open\\?file=/.*/src/${name}$`)
  assert.match(await opened(page, "openEditorAtDef"), file("card\\.rs&line=8"))
  assert.match(await opened(page, "openEditorAtCaller"), file("page\\.rs&line=3"))
})
