// Parts of a page that stand elsewhere in the document, and containers that keep the focus (features 42, 147, 152).

import assert from "node:assert/strict"
import { becomes, live } from "./pages.mjs"

live("a portal's content stands at its target and follows the view", "/portals", async (page) => {
  assert.equal(await page.count("#outside #dialog"), 1)
  await page.push("inc")
  assert.equal(await page.text("#dialog-count"), "1")
  await page.click("#dialog-inc")
  assert.equal(await page.text("#dialog-count"), "2")
  assert.equal(await page.text("#count"), "2")
})

live("a portal that goes takes its content along, and brings it back", "/portals", async (page) => {
  for (const _ of [1, 2]) {
    await page.push("dialog")
    await becomes(() => page.count("#dialog"), 0)
    await page.push("inc")
    await page.push("dialog")
    await becomes(() => page.count("#outside #dialog"), 1)
  }
  assert.equal(await page.text("#dialog-count"), "2")
})

live("a hook in a portal lives with it", "/portals", async (page) => {
  await becomes(async () => (await page.told("Recorder")).map((line) => line.split(" ").slice(2).join(" ")), [
    "dialog-hook mounted",
  ])
  await page.push("dialog")
  await becomes(async () => (await page.told("Recorder")).at(-1).split(" ").at(-1), "destroyed")
})

live("a component in a portal takes its events and keeps its stream", "/portals", async (page) => {
  assert.equal(await page.count("body > div > #board"), 1)
  assert.deepEqual(await page.texts("#notes li"), ["1", "2"])
  await page.click("#prepend")
  await page.click("#prepend")
  assert.deepEqual(await page.texts("#notes li"), ["4", "3", "1", "2"])
  await page.push("inc")
  assert.deepEqual(await page.texts("#notes li"), ["4", "3", "1", "2"])
})

live("a portal inside a portal comes and goes with it", "/portals", async (page) => {
  assert.equal(await page.text("#inner"), "inner 0")
  await page.push("inc")
  assert.equal(await page.text("#inner"), "inner 1")
  assert.equal(await page.text("#outer"), "outer 1")
  await page.push("nested")
  await becomes(() => page.count("#outer, #inner"), 0)
  await page.push("nested")
  await becomes(() => page.text("#inner"), "inner 1")
})

live("a click inside a portal is not outside of its owner", "/portals", async (page) => {
  await page.click("#dialog-inc")
  assert.equal(await page.text("#away"), "0")
  await page.begin("#count")
  await becomes(() => page.text("#away"), "1")
})

live("portals are whole after the connection was lost", "/portals", async (page) => {
  await page.click("#dialog-inc")
  await page.reconnect()
  await becomes(() => page.text("#dialog-count"), "0")
  await page.click("#dialog-inc")
  assert.equal(await page.text("#dialog-count"), "1")
  assert.equal(await page.count("#dialog"), 1)
})

live("a container keeps the focus in its circle", "/portals", async (page) => {
  const focused = () => page.evaluate(() => document.activeElement.id)
  const press = (key) => page.browserPage.keyboard.press(key)
  await page.click("#open")
  await becomes(focused, "one")
  for (const [key, id] of [["Tab", "two"], ["Tab", "one"], ["Shift+Tab", "two"], ["Shift+Tab", "one"]]) {
    await press(key)
    await becomes(focused, id)
  }
})
