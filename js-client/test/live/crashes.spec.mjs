// Views that fail, at any point of their lives (features 5, 6, 8, 9, 10, 12, 163).

import assert from "node:assert/strict"
import { becomes, live } from "./pages.mjs"

// The client writes of each failure; the browser of a page that answers with an error.
const FAILED = { complaints: [/Failed to load resource/, /view crashed|join|error/i] }

let visits = 0
const failing = (how) => `/crashes?fails=${how}&visit=${++visits}`

live("a view that fails comes back fresh, without a new page", failing("never"), async (page) => {
  await page.evaluate(() => (window.samePage = true))
  for (const [at, event] of ["crash", "panic", "unknown"].entries()) {
    await page.click("inc")
    await page.begin(event)
    await becomes(() => page.text("#mounts"), String(at + 2))
    await page.synced()
    assert.equal(await page.text("#count"), "0")
  }
  assert.equal(await page.evaluate(() => window.samePage), true)
  await page.click("inc")
  assert.equal(await page.text("#count"), "1")
}, FAILED)

live("a view that crashes again and again comes back each time", failing("never"), async (page) => {
  for (const mounts of ["2", "3", "4"]) {
    await page.begin("crash")
    await becomes(() => page.text("#mounts"), mounts)
    await page.synced()
  }
}, FAILED)

live("a view that fails to mount when it connects is loaded again", failing("once"), async (page) => {
  await becomes(() => page.text("#mounts"), "2")
  await page.synced()
  await page.click("inc")
  assert.equal(await page.text("#count"), "1")
}, { ...FAILED, connects: false })

live("a view that panics when it connects is loaded again", failing("panicking"), async (page) => {
  await becomes(() => page.text("#mounts"), "2")
  await page.synced()
}, { ...FAILED, connects: false })

live("a view that is gone when it connects is loaded again, and says so", failing("gone"), async (page) => {
  await becomes(() => page.statuses, [200, 410])
}, { ...FAILED, connects: false })

live("a view that sends the visitor away when it connects does so", failing("away"), async (page) => {
  await page.browserPage.waitForURL("**/rendering")
  await page.synced()
  assert.equal(await page.text("#connected"), "connected")
}, { connects: false })

live("a view that fails while its page is loaded answers with an error", failing("loading"), async (page) => {
  assert.equal(page.loaded.status(), 500)
}, { ...FAILED, connects: false })

live("a view that is not there answers with 404", failing("missing"), async (page) => {
  assert.equal(page.loaded.status(), 404)
}, { ...FAILED, connects: false })

live("the server is told how often a page has mounted", failing("never"), async (page) => {
  await page.reconnect()
  await becomes(() => page.text("#mounts"), "2")
  const joins = page.log.messages.filter(({ direction, event }) => direction === "sent" && event === "phx_join")
  assert.deepEqual(joins.map(({ payload }) => payload.params._mounts), [0, 1])
})

live("a page without its cookie is stale and loads again", failing("never"), async (page) => {
  await page.evaluate(() => (window.samePage = true))
  await page.context.clearCookies()
  await page.evaluate(() => new Promise((resolve) => window.liveSocket.disconnect(resolve)))
  await page.evaluate(() => window.liveSocket.connect())
  await becomes(() => page.evaluate(() => window.samePage).catch(() => null), undefined)
  await page.synced()
  await page.click("inc")
  assert.equal(await page.text("#count"), "1")
}, FAILED)

live("a page whose token was tampered with loads again", failing("never"), async (page) => {
  await page.evaluate(() => {
    window.samePage = true
    const main = document.querySelector("[data-phx-main]")
    // The last digit's lowest two bits belong to no byte: A and B are read alike.
    main.dataset.phxSession = main.dataset.phxSession.replace(/.$/, (last) => (last === "A" ? "Q" : "A"))
    window.liveSocket.main.channel.params = undefined
  })
  await page.evaluate(() => new Promise((resolve) => window.liveSocket.disconnect(resolve)))
  await page.evaluate(() => window.liveSocket.connect())
  await becomes(() => page.evaluate(() => window.samePage).catch(() => null), undefined)
  await page.synced()
}, FAILED)

live("a view that stops of itself leaves its page", failing("never"), async (page) => {
  await page.begin("stop")
  await becomes(() => page.log.received().some(({ event }) => event === "phx_close"), true)
  assert.equal(await page.text("#count"), "0")
}, FAILED)

live("two tabs of one visitor are two views", failing("never"), async (page) => {
  const second = await page.context.newPage()
  await second.goto(page.browserPage.url())
  await second.locator(".phx-connected").waitFor()
  await page.click("inc")
  await second.getByRole("button", { name: "inc" }).click()
  await second.getByRole("button", { name: "inc" }).click()
  await becomes(() => second.locator("#count").textContent(), "2")
  assert.equal(await page.text("#count"), "1")
})

live("a view works over long polling", failing("never"), async (page) => {
  await page.evaluate(() => new Promise((resolve) => window.liveSocket.disconnect(resolve)))
  await page.evaluate(() => window.liveSocket.replaceTransport(window.Phoenix.LongPoll))
  await becomes(() => page.text("#mounts"), "2")
  await page.synced()
  await page.click("inc")
  await page.click("inc")
  assert.equal(await page.text("#count"), "2")
})
