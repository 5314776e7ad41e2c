// What happens at the same time (features 68, 69, 120).

import assert from "node:assert/strict"
import { becomes, live } from "./pages.mjs"

const step = (page) => new URL(page.browserPage.url()).searchParams.get("step")
const shown = (page) => page.texts("#step, #result")

live("a patch that meets the result of a task shows both", "/races/patches", async (page) => {
  await page.push("show")
  await page.begin("#to-meeting")
  await becomes(() => shown(page), ["meeting", "shown"])
  assert.equal(step(page), "meeting")
})

live("a patch that is on its way when a result comes shows both", "/races/patches", async (page) => {
  await page.push("show")
  await page.evaluate(() => {
    for (const text of ["end", "passing"]) {
      const clickable = [...document.querySelectorAll("button, a")]
      clickable.find(({ textContent }) => textContent === text).click()
    }
  })
  await becomes(() => shown(page), ["passing", "shown"])
  await becomes(() => step(page), "passing")
})

live("a result that patches the page while it is patched has the last word", "/races/patches", async (page) => {
  await page.push("patch")
  await page.begin("#to-meeting")
  await becomes(() => shown(page), ["by-task", "patched"])
  await becomes(() => step(page), "by-task")
  await page.begin("#to-passing")
  await becomes(() => shown(page), ["passing", "patched"])
})

// How many views have asked to join.
const joins = (page) => page.log.messages.filter(({ event }) => event === "phx_join").length

live("a page navigates while a view inside it mounts", "/races/slow", async (page) => {
  await becomes(() => joins(page), 2)
  assert.equal(await page.text("#slow-state"), "loaded")
  await page.begin("#to-next")
  await becomes(() => page.count("#next"), 1)
  await page.click("#next")
  assert.equal(await page.text("#next"), "1")
  // The mount of the view that was left behind has ended with it, and takes nothing from the next one.
  await page.click("#let")
  await page.begin("#to-slow")
  await becomes(() => page.texts("#slow-state"), ["mounted"])
  await page.click("#slow-inc")
  assert.equal(await page.text("#slow-inc"), "1")
}, { connects: false })

live("navigation to a page that mounts slowly is overtaken by another", "/races/next", async (page) => {
  await page.begin("#to-slow")
  await becomes(() => joins(page), 3)
  await page.begin("#to-twins")
  await becomes(() => page.texts("#outer li"), ["1", "2"])
  await page.push("more")
  assert.deepEqual(await page.texts("#outer li"), ["1", "2", "3"])
  assert.equal(new URL(page.browserPage.url()).pathname, "/races/twins")
})

live("streams of two views are not mixed up", "/races/twins", async (page) => {
  const lists = async () => [await page.texts("#outer li"), await page.texts("#inner li")]
  const inner = { from: "#inner" }
  await page.locator("#twin.phx-connected").waitFor()
  await page.push("more")
  await page.push("less", {}, inner)
  assert.deepEqual(await lists(), [["1", "2", "3"], ["2"]])
  await page.push("more", {}, inner)
  await page.push("more", {}, inner)
  assert.deepEqual(await lists(), [["1", "2", "3"], ["2", "3", "4"]])
  await page.push("reset")
  assert.deepEqual(await lists(), [[], ["2", "3", "4"]])
  await page.push("more")
  await page.push("reset", {}, inner)
  assert.deepEqual(await lists(), [["4"], []])
  await page.reconnect()
  await page.locator("#twin.phx-connected").waitFor()
  await becomes(lists, [["1", "2"], ["1", "2"]])
})
