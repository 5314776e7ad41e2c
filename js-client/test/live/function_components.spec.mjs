// Function components, their slots and attributes (features 30 to 32).

import assert from "node:assert/strict"
import { live } from "./pages.mjs"

live("slots show what changes in them", "/function_components", async (page) => {
  assert.equal(await page.text("#plain"), "Count 0")
  assert.equal(await page.text("#styled"), "Head of 0 Body 0")
  await page.push("inc")
  assert.equal(await page.text("#plain"), "Count 1")
  assert.equal(await page.text("#styled"), "Head of 1 Body 1")
  assert.equal(await page.text("#inner"), "Deep 1")
})

live("a slot with a condition comes and goes", "/function_components", async (page) => {
  assert.equal(await page.count("#styled footer"), 0)
  for (const _ of [1, 2]) {
    await page.push("foot")
    assert.equal(await page.text("#styled footer"), "Foot 0")
    await page.push("foot")
    assert.equal(await page.count("#styled footer"), 0)
  }
})

live("declared attributes have defaults, the others pass through", "/function_components", async (page) => {
  assert.equal(await page.attribute("#plain", "class"), "panel plain")
  assert.equal(await page.attribute("#styled", "class"), "panel loud")
  assert.equal(await page.attribute("#styled", "data-count"), "0")
  await page.click("#styled header")
  assert.equal(await page.attribute("#styled", "data-count"), "1")
  assert.equal(await page.attribute("#plain", "data-count"), null)
})

live("slots take what the component gives them, with attributes of their own", "/function_components", async (page) => {
  assert.deepEqual(await page.texts("#people th"), ["Name", "Letters"])
  assert.deepEqual(await page.texts("#people th.narrow"), ["Letters"])
  assert.deepEqual(await page.texts("#people td"), ["Ada", "3", "Grace", "5"])
  await page.push("inc")
  assert.deepEqual(await page.texts("#people th"), ["Name", "Letters", "Extra"])
  assert.deepEqual(await page.texts("#people td"), ["Ada", "4", "Ada0", "Grace", "6", "Grace0"])
})

live("slots inside rows follow rows that are put in front", "/function_components", async (page) => {
  await page.push("inc")
  await page.push("join")
  assert.deepEqual(await page.texts("#people td"), ["Alan", "5", "Alan0", "Ada", "4", "Ada0", "Grace", "6", "Grace0"])
  await page.push("inc")
  assert.deepEqual(await page.texts("#people tr:nth-child(2) td"), ["Alan", "6", "Alan0", "Alan1"])
})
