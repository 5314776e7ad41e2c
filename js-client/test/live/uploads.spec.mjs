// Files from the page (features 128 to 141).

import assert from "node:assert/strict"
import { becomes, live } from "./pages.mjs"

// A file whose first byte is a and whose last one is z.
const text = (name, bytes) => ({ name, mimeType: "text/plain", buffer: Buffer.from("a".padEnd(bytes - 1, "-") + "z") })
const program = (name) => ({ ...text(name, 3), mimeType: "application/octet-stream" })
// One red dot.
const DOT =
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8DwHwAFBQIAX8jx0gAAAABJRU5ErkJggg=="
const picture = (name) => ({ name, mimeType: "image/png", buffer: Buffer.from(DOT, "base64") })

async function choose(page, upload, ...files) {
  await page.locator(`#${upload} input[type=file]`).setInputFiles(files)
  await page.synced()
}

// Files are dragged onto an element.
async function drop(page, selector, ...files) {
  await page.locator(selector).dispatchEvent("drop", { dataTransfer: await drag(page, files) })
  await page.synced()
}

// Files that hang on the pointer.
function drag(page, files) {
  const dragged = files.map(({ name, mimeType, buffer }) => ({ name, mimeType, base64: buffer.toString("base64") }))
  return page.browserPage.evaluateHandle((files) => {
    const transfer = new DataTransfer()
    for (const { name, mimeType, base64 } of files) {
      const bytes = Uint8Array.from(atob(base64), (byte) => byte.charCodeAt(0))
      transfer.items.add(new File([bytes], name, { type: mimeType }))
    }
    return transfer
  }, dragged)
}

// Begins to send a file elsewhere, where nobody answers; `stopped` is ready once the script gives up.
async function neverStored(page) {
  const begun = page.browserPage.waitForRequest("**/store/*")
  const stopped = page.browserPage.waitForEvent("requestfailed")
  await page.browserPage.route("**/store/*", () => {})
  await choose(page, "external", text("a.txt", 4))
  await page.begin("save external")
  await begun
  await becomes(() => entries(page, "external"), ["a.txt 50%"])
  return { stopped }
}

const entries = (page, upload) => page.texts(`#${upload} .entry`)
const errors = (page, upload) => page.texts(`#${upload} .error`)
const log = (page, start = "") =>
  page.texts("#log li").then((lines) => lines.filter((line) => line.startsWith(start)))

live("a file is chosen, sent and consumed", "/uploads", async (page) => {
  await choose(page, "docs", text("a.txt", 12_000))
  assert.deepEqual(await entries(page, "docs"), ["a.txt 0%"])
  await page.click("save docs")
  const told = ["docs a.txt 41%", "docs a.txt 83%", "docs a.txt 100%", "saved docs", "a.txt az 12000"]
  await becomes(() => log(page), told)
  await becomes(() => entries(page, "docs"), [])
})

live("the page shows how much of a file was sent", "/uploads", async (page) => {
  await choose(page, "paced", text("a.txt", 15_000))
  await page.begin("save paced")
  for (const percent of ["33", "66"]) {
    await page.push("pace")
    await becomes(() => entries(page, "paced"), [`a.txt ${percent}%`])
    assert.equal(await page.attribute("#paced progress", "value"), percent)
  }
  await page.push("pace")
  await becomes(() => log(page, "saved"), ["saved paced"])
  assert.equal((await log(page)).at(-1), "a.txt 15000")
})

live("two files are sent with one form", "/uploads", async (page) => {
  await choose(page, "docs", text("a.txt", 6_000))
  await choose(page, "docs", text("b.txt", 7))
  assert.deepEqual(await entries(page, "docs"), ["a.txt 0%", "b.txt 0%"])
  await page.click("save docs")
  await becomes(async () => (await log(page)).slice(-3), ["saved docs", "a.txt az 6000", "b.txt az 7"])
  await choose(page, "docs", text("c.txt", 8))
  await page.click("save docs")
  await becomes(async () => (await log(page)).at(-1), "c.txt az 8")
})

live("files that are not taken say why, and may be removed", "/uploads", async (page) => {
  await choose(page, "docs", text("large.txt", 20_001), program("a.exe"))
  assert.deepEqual(await errors(page, "docs"), ["the file is too large", "files of this kind are not accepted"])
  await page.click("save docs")
  assert.deepEqual(await log(page), [])
  await page.click("#docs li:first-child .cancel")
  assert.deepEqual(await entries(page, "docs"), ["a.exe 0%"])
  await page.click("#docs .cancel")
  await choose(page, "docs", text("virus.txt", 3))
  assert.deepEqual(await errors(page, "docs"), ["no thank you"])
  await page.click("#docs .cancel")
  assert.deepEqual(await errors(page, "docs"), [])
  await choose(page, "docs", text("good.txt", 3))
  await page.click("save docs")
  await becomes(async () => (await log(page)).at(-1), "good.txt az 3")
})

live("too many files are an error until some are removed", "/uploads", async (page) => {
  await choose(page, "docs", text("a.txt", 3), text("b.txt", 3), text("c.txt", 3))
  assert.deepEqual(await errors(page, "docs"), ["too many files were chosen"])
  await page.click("save docs")
  assert.deepEqual(await log(page), [])
  await page.click("#docs li:first-child .cancel")
  assert.deepEqual(await errors(page, "docs"), [])
  await page.click("save docs")
  await becomes(async () => (await log(page)).slice(-2), ["b.txt az 3", "c.txt az 3"])
})

live("files that were consumed count where the total does", "/uploads", async (page) => {
  await choose(page, "total", text("a.txt", 3))
  await page.click("save total")
  await becomes(async () => (await log(page)).at(-1), "a.txt az 3")
  await choose(page, "total", text("b.txt", 3))
  assert.deepEqual(await errors(page, "total"), ["too many files were chosen"])
})

live("a file is sent as soon as it is chosen", "/uploads", async (page) => {
  await choose(page, "auto", text("a.txt", 6_000))
  await becomes(() => log(page), ["auto a.txt 83%", "auto a.txt 100%", "taken a.txt az 6000"])
  await becomes(() => entries(page, "auto"), [])
  await choose(page, "auto", text("b.txt", 3), text("c.txt", 4))
  const taken = ["taken a.txt az 6000", "taken b.txt az 3", "taken c.txt az 4"]
  await becomes(async () => (await log(page, "taken")).sort(), taken)
})

live("what is not taken of files that are sent at once leaves the others alone", "/uploads", async (page) => {
  await choose(page, "auto", text("a.txt", 3), program("b.exe"))
  await becomes(() => log(page, "taken"), ["taken a.txt az 3"])
  await becomes(() => entries(page, "auto"), ["b.exe 0%"])
  assert.deepEqual(await errors(page, "auto"), ["files of this kind are not accepted"])
})

live("what is typed right after a file was chosen arrives beside it", "/uploads", async (page) => {
  await page.evaluate(() => {
    const transfer = new DataTransfer()
    transfer.items.add(new File(["az"], "a.txt", { type: "text/plain" }))
    const file = document.querySelector("#auto input[type=file]")
    const note = document.querySelector("#auto [name=note]")
    file.files = transfer.files
    note.value = "typed"
    for (const input of [file, note]) input.dispatchEvent(new Event("input", { bubbles: true }))
  })
  await becomes(() => page.text("#note"), "typed")
  await becomes(() => log(page, "taken"), ["taken a.txt az 2"])
  await becomes(() => entries(page, "auto"), [])
  await page.locator("#auto [name=note]").fill("typed again")
  await becomes(() => page.text("#note"), "typed again")
})

live("a hook sends files one after the other", "/uploads", async (page) => {
  await page.locator("#queue").setInputFiles([text("a.txt", 6_000), text("b.txt", 6_000), text("c.txt", 3)])
  await becomes(() => log(page), [
    "auto a.txt 83%",
    "auto a.txt 100%",
    "taken a.txt az 6000",
    "auto b.txt 83%",
    "auto b.txt 100%",
    "taken b.txt az 6000",
    "auto c.txt 100%",
    "taken c.txt az 3",
  ])
})

live("a file on its way is stopped", "/uploads", async (page) => {
  await choose(page, "paced", text("a.txt", 15_000))
  await page.begin("save paced")
  await page.push("pace")
  await becomes(() => entries(page, "paced"), ["a.txt 33%"])
  await page.begin("#paced .cancel")
  await becomes(() => entries(page, "paced"), [])
  for (const _ of [1, 2, 3]) await page.push("pace")
  await becomes(() => page.log.pushes("lvu:", "phx_close").length, 1)
  assert.deepEqual(await log(page, "paced"), ["paced a.txt 33%"])
})

live("a single file is replaced by the next that is chosen", "/uploads", async (page) => {
  await choose(page, "avatar", picture("a.png"))
  await choose(page, "avatar", picture("b.png"))
  assert.deepEqual(await entries(page, "avatar"), ["b.png 0%"])
  await page.click("save avatar")
  await becomes(async () => (await log(page)).slice(-2), ["saved avatar", "b.png"])
})

live("a picture is shown before it is sent", "/uploads", async (page) => {
  const width = () => page.evaluate(() => document.querySelector("figure img")?.naturalWidth)
  await choose(page, "avatar", picture("a.png"))
  await becomes(width, 1)
  assert.match(await page.attribute("figure img", "src"), /^blob:/)
  await page.push("pace")
  assert.equal(await width(), 1)
  await page.click("#avatar .cancel")
  assert.equal(await page.count("figure img"), 0)
})

live("files are dropped onto the page", "/uploads", async (page) => {
  await drop(page, "#docs", text("a.txt", 6), text("b.txt", 7))
  assert.deepEqual(await entries(page, "docs"), ["a.txt 0%", "b.txt 0%"])
  await page.click("save docs")
  await becomes(async () => (await log(page)).slice(-2), ["a.txt az 6", "b.txt az 7"])
  await drop(page, "#avatar form", picture("a.png"))
  assert.deepEqual(await entries(page, "avatar"), ["a.png 0%"])
})

live("a place for files shows itself while some are above it", "/uploads", async (page) => {
  const isActive = () => page.evaluate(() => document.querySelector("#docs").classList.contains("phx-drop-target-active"))
  const above = { dataTransfer: await drag(page, [text("a.txt", 3)]) }
  await page.locator("#docs form").dispatchEvent("dragenter", above)
  await becomes(isActive, true)
  await page.push("pace")
  assert.equal(await isActive(), true)
  await page.locator("#docs form").dispatchEvent("dragleave", above)
  await becomes(isActive, false)
}, { since: "1.2" })

live("the page's script sends files elsewhere", "/uploads", async (page) => {
  const stored = []
  await page.browserPage.route("**/store/*", (route) => {
    stored.push([route.request().method(), route.request().postData()])
    return route.fulfill({ status: 200 })
  })
  await choose(page, "external", text("a.txt", 4), text("b.txt", 5))
  await page.click("save external")
  await becomes(async () => (await log(page)).slice(-3), [
    "saved external",
    'a.txt "/store/a.txt"',
    'b.txt "/store/b.txt"',
  ])
  assert.deepEqual(stored.sort(), [["PUT", "a---z"], ["PUT", "a--z"]])
  for (const name of ["a", "b"]) {
    assert.deepEqual(await log(page, `external ${name}`), [`external ${name}.txt 50%`, `external ${name}.txt 100%`])
  }
})

live("a file that could not be sent elsewhere says so", "/uploads", async (page) => {
  await page.browserPage.route("**/store/*", (route) => route.fulfill({ status: 503 }))
  await choose(page, "external", text("a.txt", 4))
  await page.begin("save external")
  await becomes(() => errors(page, "external"), ["the file could not be sent"])
  await page.begin("#external .cancel")
  await becomes(() => errors(page, "external"), [])
  assert.deepEqual(await log(page, "saved"), [])
}, { complaints: [/503/] })

live("a file on its way elsewhere is stopped when it is cancelled", "/uploads", async (page) => {
  const { stopped } = await neverStored(page)
  await page.begin("#external .cancel")
  await stopped
  await becomes(() => entries(page, "external"), [])
  assert.deepEqual(await errors(page, "external"), [])
}, { since: "1.2" })

live("a file on its way elsewhere is stopped when its view fails", "/uploads", async (page) => {
  const { stopped } = await neverStored(page)
  await page.evaluate(() => void window.liveSocket.js().push(document.querySelector("[data-phx-main]"), "no such event"))
  await stopped
  await becomes(() => entries(page, "external"), [])
})

live("a file that may not be sent elsewhere says so", "/uploads", async (page) => {
  await choose(page, "external", text("secret.txt", 4))
  await page.begin("save external")
  await becomes(() => errors(page, "external"), ["the file could not be sent"])
  assert.deepEqual(await log(page), [])
})

live("a writer that fails ends the transfer, and the file can be removed", "/uploads", async (page) => {
  await choose(page, "broken", text("a.txt", 12_000))
  await page.begin("save broken")
  await becomes(() => errors(page, "broken"), ["the file could not be stored"])
  // The failure is told as progress, too.
  assert.deepEqual([...new Set(await log(page))], ["broken a.txt 41%"])
  await page.begin("#broken .cancel")
  await becomes(() => entries(page, "broken"), [])
  await page.push("pace")
})

live("what is postponed is consumed later", "/uploads", async (page) => {
  await choose(page, "docs", text("a.txt", 3))
  await page.click("postpone docs")
  await becomes(() => log(page), ["docs a.txt 100%", "postponed a.txt"])
  assert.deepEqual(await entries(page, "docs"), ["a.txt 100%"])
  await page.click("save docs")
  await becomes(async () => (await log(page)).slice(-2), ["saved docs", "a.txt az 3"])
  await becomes(() => entries(page, "docs"), [])
})

live("an upload that is over takes no files", "/uploads", async (page) => {
  await choose(page, "docs", text("a.txt", 3))
  await page.push("disallow")
  assert.deepEqual(await entries(page, "docs"), [])
  await choose(page, "docs", text("b.txt", 3))
  assert.deepEqual(await entries(page, "docs"), [])
})

live("a component takes files of its own", "/uploads", async (page) => {
  await page.locator("#album input").setInputFiles([text("a.txt", 3), text("b.txt", 4)])
  await becomes(() => page.text("#shown"), "2 chosen")
  await page.begin("save album")
  await becomes(async () => (await page.text("#shown")).split(", ").sort(), [
    "2 chosen",
    "2 saved",
    "a.txt 100%",
    "b.txt 100%",
  ])
})

live("files are taken again after the connection was lost", "/uploads", async (page) => {
  await choose(page, "docs", text("a.txt", 3))
  await page.locator("#auto [name=note]").fill("typed")
  await page.reconnect()
  await becomes(() => page.text("#note"), "typed")
  assert.deepEqual(await entries(page, "docs"), [])
  await choose(page, "docs", text("b.txt", 3))
  assert.deepEqual(await entries(page, "docs"), ["b.txt 0%"])
  await page.click("save docs")
  await becomes(async () => (await log(page)).at(-1), "b.txt az 3")
})
