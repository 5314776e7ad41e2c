// What happens beside callbacks (features 122 to 127).

import assert from "node:assert/strict"
import { becomes, live } from "./pages.mjs"

live("a value is loading, there, and loaded again", "/asynchronous", async (page) => {
  assert.match(await page.loaded.text(), /<div id="name">\s*loading/)
  await becomes(() => page.text("#name b"), "Ada")
  await page.push("load")
  assert.equal(await page.text("#name b"), "Ada")
  await becomes(() => page.text("#name b"), "Grace")
  await page.push("fail")
  await becomes(() => page.text("#name"), "failed: nobody is there")
  await page.push("load")
  await becomes(() => page.text("#name b"), "Grace")
})

live("the result of a task comes when it is ready", "/asynchronous", async (page) => {
  await page.push("add")
  await becomes(() => page.text("#sum"), "42")
})

live("a task that is cancelled changes nothing any more", "/asynchronous", async (page) => {
  await page.push("add slowly")
  await page.push("cancel")
  await becomes(async () => /cancel/.test(await page.text("#sum")), true)
  await page.push("add")
  await becomes(() => page.text("#sum"), "42")
})

live("a task that panics leaves its view alone", "/asynchronous", async (page) => {
  await page.push("panic")
  await becomes(async () => (await page.text("#sum")) !== "", true)
  await page.push("add")
  await becomes(() => page.text("#sum"), "42")
})

live("a stream is filled by a task", "/asynchronous", async (page) => {
  await page.push("rows")
  await becomes(() => page.texts("#rows li"), ["1", "2", "3"])
})

live("a view counts by itself", "/asynchronous", async (page) => {
  await page.push("tick")
  await becomes(() => page.text("#ticks"), "3")
})

live("what one visitor says all others see", "/asynchronous", async (page) => {
  const other = await page.context.newPage()
  await other.goto("/asynchronous")
  await other.locator(".phx-connected").waitFor()
  await page.push("say", { word: "hello" })
  await becomes(() => other.locator("#said li").allTextContents(), ["hello"])
  await becomes(() => page.texts("#said li"), ["hello"])
})
