// What a page shows, and how little of it a change touches (features 17, 20 to 25, 29, 34).

import assert from "node:assert/strict"
import { becomes, live } from "./pages.mjs"

live("a page is complete before its script runs and stays so when it connects", "/rendering", async (page) => {
  const body = await page.loaded.text()
  assert.match(body, /<p id="connected">loaded<\/p>/)
  assert.match(body, /<meta name="csrf-token" content="[^"]+">/)
  assert.equal(await page.text("#connected"), "connected")
  assert.equal(await page.text("#count"), "0")
})

live("the title changes with prefix, suffix and default", "/rendering", async (page) => {
  const title = () => page.browserPage.title()
  await becomes(title, "Test: Pages (Bennu)")
  await page.push("title", { text: "Uruk & <more>" })
  await becomes(title, "Test: Uruk & <more> (Bennu)")
  await page.push("title", { text: "" })
  await becomes(title, "Test: Pages (Bennu)")
})

live("a change touches only the elements that show it", "/rendering", async (page) => {
  assert.deepEqual(await page.mutations(() => page.push("move", { text: "Ur" })), ["city"])
  assert.equal(await page.text("dl"), "Ada Ur Tablet Row")
  assert.deepEqual((await page.mutations(() => page.push("inc"))).sort(), ["count", "spread", "twice"])
  assert.equal(await page.text("#twice"), "1 and 1")
  assert.deepEqual(await page.mutations(() => page.push("nothing")), [])
})

live("statics travel once", "/rendering", async (page) => {
  await page.push("list")
  const before = page.log.messages.length
  await page.push("inc")
  const reply = page.log.messages.slice(before).find(({ direction }) => direction === "received")
  assert.doesNotMatch(reply.text, /<ul>|<section|Tablet Row/)
  assert.equal(await page.text("#tab"), "0")
})

live("branches replace each other and come back", "/rendering", async (page) => {
  assert.equal(await page.text("#tab"), "only text")
  await page.push("note", { text: "remembered" })
  for (const _ of [1, 2]) {
    await page.push("nested")
    assert.equal(await page.text("#tab #nested b"), "remembered")
    await page.push("list")
    assert.equal(await page.count("#tab ul"), 1)
    await page.push("text")
    assert.equal(await page.text("#tab"), "only text")
  }
  await page.push("note", { text: "" })
  await page.push("nested")
  assert.equal(await page.count("#tab #nested"), 1)
  assert.equal(await page.count("#tab b"), 0)
})

live("an element of a condition comes and goes with its value", "/rendering", async (page) => {
  assert.equal(await page.count("#note"), 0)
  for (const text of ["one", "<two> & \"more\""]) {
    await page.push("note", { text })
    assert.equal(await page.text("#note"), text)
    assert.equal(await page.attribute("#note", "title"), text)
  }
  await page.push("note", { text: "" })
  assert.equal(await page.count("#note"), 0)
})

live("spread attributes, class and style lists follow their values", "/rendering", async (page) => {
  const spread = (name) => page.attribute("#spread", name)
  assert.equal(await spread("hidden"), null)
  assert.equal(await spread("class"), "box")
  await page.push("dim")
  assert.deepEqual(
    await Promise.all(["hidden", "lang", "class", "style", "data-count"].map(spread)),
    ["", "akk", "box dim", "color: red;opacity: 0.5", "0"],
  )
  await page.push("inc")
  await page.push("dim")
  assert.deepEqual(
    await Promise.all(["hidden", "lang", "class", "style", "data-count"].map(spread)),
    [null, null, "box", "color: red;opacity: 1", "1"],
  )
})

live("text is escaped wherever it stands, except what is marked raw", "/rendering", async (page) => {
  const danger = "</p><script>window.broken = true</script>\"' & \u2028"
  assert.equal(await page.locator("#escaped").evaluate((element) => element.textContent), danger)
  assert.equal(await page.attribute("#escaped", "title"), danger)
  assert.equal(await page.evaluate(() => window.broken), undefined)
  assert.equal(await page.text("#raw em"), "marked")
})

live("a page that reconnects shows a fresh view", "/rendering", async (page) => {
  await page.push("inc")
  await page.push("list")
  await page.push("note", { text: "gone" })
  await page.reconnect()
  await becomes(() => page.text("#count"), "0")
  assert.equal(await page.text("#tab"), "only text")
  assert.equal(await page.count("#note"), 0)
  await page.push("inc")
  assert.equal(await page.text("#count"), "1")
})
