// Live components: their events, their lives, and what they send each other (features 51, 93 to 101).

import assert from "node:assert/strict"
import { becomes, live } from "./pages.mjs"

const show = (page, ids) => page.push("show", { ids: ids.split("") })
const counts = (page) => page.texts("#counters button")
// The components that the page has removed, as the server confirmed it.
const gone = (page) => page.log.received().flatMap(({ payload }) => payload.response?.cids ?? [])
const cid = (page, selector) =>
  page.locator(selector).evaluate((element) => Number(element.closest("[data-phx-component]").dataset.phxComponent))

live("each component takes its own events", "/components", async (page) => {
  await page.click("#counter-a button")
  await page.click("#counter-b button")
  await page.click("#counter-b button")
  await page.click("#view")
  assert.deepEqual(await counts(page), ["1", "2"])
  assert.equal(await page.text("#view"), "1")
})

live("an event of one component touches nothing else", "/components", async (page) => {
  const touched = await page.mutations(() => page.click("#counter-b button"))
  assert.deepEqual(touched, ["button"])
})

live("a selector targets every component that it finds", "/components", async (page) => {
  await page.click("#by-selector")
  assert.deepEqual(await counts(page), ["1", "1"])
  await show(page, "abc")
  await page.click("#by-selector")
  assert.deepEqual(await counts(page), ["2", "2", "1"])
  assert.equal(await page.text("#view"), "0")
})

live("components of one kind share their statics", "/components", async (page) => {
  const before = page.log.messages.length
  await show(page, "abcdef")
  const reply = page.log.messages.slice(before).find(({ direction }) => direction === "received")
  assert.equal(reply.text.split("phx-click").length - 1, 0, reply.text)
  assert.equal(await page.count("#counters .counter"), 6)
  for (const id of "cdef") await page.click(`#counter-${id} button`)
  assert.deepEqual(await counts(page), ["0", "0", "1", "1", "1", "1"])
})

live("a component that went starts afresh when it comes back", "/components", async (page) => {
  await page.click("#counter-b button")
  const first = await cid(page, "#counter-b")
  await show(page, "a")
  await becomes(() => gone(page), [first])
  await show(page, "ab")
  assert.deepEqual(await counts(page), ["0", "0"])
  assert.notEqual(await cid(page, "#counter-b"), first)
  await page.click("#counter-b button")
  assert.deepEqual(await counts(page), ["0", "1"])
})

live("one that comes back before the page confirmed its end stays whole", "/components", async (page) => {
  await page.click("#counter-b button")
  await page.evaluate(() => {
    const main = document.querySelector("[data-phx-main]")
    const show = (ids) => window.liveSocket.js().push(main, "show", { value: { ids } })
    show(["a"])
    show(["a", "b"])
    show(["a"])
    show(["b", "a"])
  })
  await becomes(() => page.texts("#counters span"), ["b", "a"])
  await page.synced()
  await page.click("#counter-b button")
  await page.click("#counter-a button")
  assert.equal((await counts(page)).at(1), "1")
})

live("an event for a component that is gone does nothing", "/components", async (page) => {
  await page.evaluate(() => {
    const main = document.querySelector("[data-phx-main]")
    window.liveSocket.js().push(main, "show", { value: { ids: ["a"] } })
    // The page has not yet heard that the component goes.
    document.querySelector("#counter-b button").click()
  })
  await becomes(() => page.count("#counter-b"), 0)
  await page.synced()
  assert.equal(await page.text("#view"), "0")
  assert.deepEqual(await counts(page), ["0"])
  await page.click("#counter-a button")
  assert.deepEqual(await counts(page), ["1"])
})

live("components in two branches replace each other", "/components", async (page) => {
  for (const [side, other] of [["right", "left"], ["left", "right"], ["right", "left"]]) {
    await page.push("branch")
    assert.equal(await page.text("#branch span"), side)
    assert.equal(await page.count(`#counter-${other}`), 0)
    await page.click("#branch button")
    assert.equal(await page.text("#branch button"), "1")
  }
})

live("branches that change faster than the page answers end up right", "/components", async (page) => {
  await page.evaluate(() => {
    const main = document.querySelector("[data-phx-main]")
    for (let turn = 0; turn < 9; turn++) window.liveSocket.js().push(main, "branch")
  })
  await becomes(() => page.text("#branch span"), "right")
  await page.synced()
  await page.click("#branch button")
  assert.equal(await page.text("#branch button"), "1")
})

live("the root of a component may change its tag and its id", "/components", async (page) => {
  assert.equal(await page.text("#shape #round"), "round")
  await page.push("shape")
  assert.equal(await page.text("#shape p#square"), "square")
  assert.equal(await page.count("#round"), 0)
  await page.push("shape")
  assert.equal(await page.text("#shape div#round"), "round")
  const told = (await page.told("Recorder")).map((line) => line.replace(/ \d+/, ""))
  assert.deepEqual(told, [
    "Recorder round mounted",
    "Recorder square mounted",
    "Recorder round destroyed",
    "Recorder round mounted",
    "Recorder square destroyed",
  ])
})

live("a view sends a component new props", "/components", async (page) => {
  await page.click("#counter-a button")
  await page.push("rename", { id: "a" })
  await becomes(() => page.texts("#counters span"), ["a renamed", "b"])
  assert.deepEqual(await counts(page), ["1", "0"])
  await page.push("rename", { id: "nobody" })
  await page.click("#view")
  assert.equal(await page.text("#view"), "1")
})

live("components hold components, and tell them", "/components", async (page) => {
  await page.click("#more")
  await page.click("#more")
  assert.deepEqual(await page.texts("#family span"), ["child 1", "child 2", "child 3"])
  await page.click("#counter-child-2 button")
  await page.click("#tell")
  await becomes(() => page.texts("#family span"), ["news 1 of 1", "news 1 of 2", "news 1 of 3"])
  assert.deepEqual(await page.texts("#family .counter button"), ["0", "1", "0"])
  await page.click("#fewer")
  assert.equal(await page.count("#family .counter"), 2)
})

live("nested components end with the one that held them", "/components", async (page) => {
  await page.click("#more")
  const [outer, inner] = [await cid(page, "#more"), await cid(page, "#counter-child-2")]
  await page.push("family")
  await becomes(() => [outer, inner].every((cid) => gone(page).includes(cid)), true)
  await page.push("family")
  assert.deepEqual(await page.texts("#family span"), ["child 1"])
  await page.click("#counter-child-1 button")
  assert.equal(await page.text("#counter-child-1 button"), "1")
})

live("components start afresh when the page reconnects", "/components", async (page) => {
  await show(page, "abc")
  await page.click("#counter-a button")
  await page.reconnect()
  await becomes(() => counts(page), ["0", "0"])
  await page.click("#counter-b button")
  assert.deepEqual(await counts(page), ["0", "1"])
})
