// Lists that grow, shrink and change their order (features 26 to 28, 99).

import assert from "node:assert/strict"
import { live } from "./pages.mjs"

const show = (page, keys) => page.push("show", { keys: keys.split("") })

const orders = ["cab", "bca", "abcd", "dcba", "d", "", "xyz", "zayx", "ax", "bxca", "cba", "abc"]

live("rows follow every change of order, with and without keys", "/comprehensions", async (page) => {
  for (const order of orders) {
    await show(page, order)
    const keys = order.split("")
    assert.deepEqual(await page.texts("#indexed li"), keys.map((key) => `${key} 0`), order)
    assert.deepEqual(await page.texts("#keyed li"), keys.map((key) => `${key} 0`), order)
    assert.deepEqual(await page.texts("#framed li"), keys.map((key) => `0 ${key} did not`), order)
    assert.deepEqual(await page.texts("#nested tr"), keys.map((key) => `${key}0`), order)
    assert.deepEqual(await page.texts("#live button"), keys.map((key) => `${key} 0: 0`), order)
  }
})

live("moved rows are sent as moves, not again", "/comprehensions", async (page) => {
  await show(page, "abcdefgh")
  const before = page.log.messages.length
  await show(page, "hgfedcba")
  const reply = page.log.messages.slice(before).find(({ direction }) => direction === "received")
  const { k: keyed } = Object.values(reply.payload.response.diff).find((part) => part.k?.[0] === 7)
  assert.deepEqual(keyed, { 0: 7, 1: 6, 2: 5, 3: 4, 4: 3, 5: 2, 6: 1, 7: 0, kc: 8, km: true })
})

live("a row with an id keeps its element, its field's text and the focus when it moves", "/comprehensions", async (page) => {
  await page.locator("[name='note[b]']").pressSequentially("mine")
  await page.locator("#keyed-b").evaluate((row) => (row.marked = true))
  await show(page, "cxba")
  assert.deepEqual(await page.texts("#keyed li"), ["c 0", "x 0", "b 0", "a 0"])
  assert.equal(await page.locator("#keyed-b").evaluate((row) => row.marked), true)
  assert.equal(await page.locator("[name='note[b]']").inputValue(), "mine")
  await show(page, "b")
  assert.equal(await page.evaluate(() => document.activeElement.name), "note[b]")
})

live("a row that changes while it moves shows both", "/comprehensions", async (page) => {
  await page.push("touch", { key: "b" })
  await show(page, "cba")
  assert.deepEqual(await page.texts("#framed li"), ["0 c did not", "1 b changed", "0 a did not"])
  await page.push("touch", { key: "c" })
  assert.deepEqual(await page.texts("#framed li"), ["1 c changed", "1 b changed", "0 a did not"])
  assert.deepEqual(await page.texts("#nested tr"), ["c0c1", "b0b1", "a0"])
})

live("what all rows show changes in all rows", "/comprehensions", async (page) => {
  await show(page, "cab")
  await page.push("suffix", { suffix: "!" })
  assert.deepEqual(await page.texts("#indexed li"), ["c 0!", "a 0!", "b 0!"])
  assert.deepEqual(await page.texts("#keyed li"), ["c 0!", "a 0!", "b 0!"])
  assert.deepEqual(await page.texts("#nested tr"), ["c0!", "a0!", "b0!"])
})

live("live components in moved rows keep their state", "/comprehensions", async (page) => {
  await page.click("b 0: 0")
  await page.click("b 0: 1")
  await page.click("c 0: 0")
  await show(page, "cxba")
  assert.deepEqual(await page.texts("#live button"), ["c 0: 1", "x 0: 0", "b 0: 2", "a 0: 0"])
  await page.push("touch", { key: "b" })
  await page.click("b 1: 2")
  await show(page, "abc")
  assert.deepEqual(await page.texts("#live button"), ["a 0: 0", "b 1: 3", "c 0: 1"])
})

live("random orders end up right", "/comprehensions", async (page) => {
  // A fixed sequence that looks random, so that a failure comes again.
  let state = 7
  const random = (below) => (state = (state * 1103515245 + 12345) % 2 ** 31) % below
  for (let step = 0; step < 40; step++) {
    const keys = [..."abcdefghij"].filter(() => random(3) > 0)
    for (let at = keys.length - 1; at > 0; at--) {
      const other = random(at + 1)
      ;[keys[at], keys[other]] = [keys[other], keys[at]]
    }
    await show(page, keys.join(""))
    const shown = (selector) => page.texts(selector).then((texts) => texts.map((text) => text[0]))
    assert.deepEqual(await shown("#keyed li"), keys, `step ${step}`)
    assert.deepEqual(await shown("#indexed li"), keys, `step ${step}`)
    assert.deepEqual(await shown("#live button"), keys, `step ${step}`)
  }
})
