// What patches leave alone (features 55, 85, 150, 151).

import assert from "node:assert/strict"
import { becomes, live } from "./pages.mjs"

live("an ignored part keeps what the page did with it, except its data attributes", "/ignored", async (page) => {
  await page.evaluate(() => {
    document.getElementById("ignored").innerHTML = "<b>mine</b>"
    document.getElementById("ignored").className = "own"
  })
  await page.push("inc")
  assert.equal(await page.text("#count"), "1")
  assert.equal(await page.text("#ignored b"), "mine")
  assert.equal(await page.attribute("#ignored", "class"), "own")
  assert.equal(await page.attribute("#ignored", "data-count"), "1")
})

live("an ignored part outlasts a new connection", "/ignored", async (page) => {
  await page.evaluate(() => (document.getElementById("ignored").innerHTML = "<b>mine</b>"))
  await page.push("inc")
  await page.reconnect()
  await becomes(() => page.text("#count"), "0")
  assert.equal(await page.text("#ignored b"), "mine")
})

live("a field that has the focus keeps what is written in it", "/ignored", async (page) => {
  await page.locator("#text").fill("")
  await page.locator("#text").pressSequentially("typing")
  await page.push("write", { text: "the server's" })
  assert.equal(await page.locator("#text").inputValue(), "typing")
  await page.locator("#save").focus()
  await page.push("write", { text: "the server's own" })
  assert.equal(await page.locator("#text").inputValue(), "the server's own")
})

live("a field that asks for it is patched while it has the focus", "/ignored", async (page) => {
  await page.locator("#patched").focus()
  await page.push("inc")
  assert.equal(await page.locator("#patched").inputValue(), "1")
}, { since: "1.2" })

live("a form that waits for its answer is locked, and open again with all that came meanwhile", "/ignored", async (page) => {
  const button = page.locator("#save")
  await button.click({ noWaitAfter: true })
  await becomes(() => button.textContent(), "saving")
  assert.equal(await button.isDisabled(), true)
  assert.equal(await page.locator("#text").evaluate((field) => field.readOnly), true)
  await becomes(() => button.textContent(), "save 2")
  assert.equal(await button.isDisabled(), false)
  assert.equal(await page.locator("#text").evaluate((field) => field.readOnly), false)
  assert.equal(await page.count(".phx-submit-loading"), 0)
})

live("clicks while the server is slow are all counted", "/ignored", async (page) => {
  await page.evaluate(() => window.liveSocket.enableLatencySim(60))
  await page.evaluate(() => {
    const main = document.querySelector("[data-phx-main]")
    for (let turn = 0; turn < 5; turn++) window.liveSocket.js().push(main, "inc")
  })
  await becomes(() => page.text("#count"), "5")
  await page.evaluate(() => window.liveSocket.disableLatencySim())
  await page.synced()
})
