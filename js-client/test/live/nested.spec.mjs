// Live views inside live views (features 104 to 108).

import assert from "node:assert/strict"
import { becomes, live } from "./pages.mjs"

const joined = (page) =>
  page.evaluate(() => {
    const views = window.liveSocket.socket.channels.filter(({ topic }) => topic.startsWith("lv:"))
    return views.map(({ state }) => state).filter((state) => state !== "closed")
  })
// Each of so many views has joined. Their classes do not tell: a patch of the view around them takes those away.
const ready = (page, views = 6) => becomes(() => joined(page), Array(views).fill("joined"))
const CRASHED = { complaints: [/./] }

live("a page shows the views inside its views, loaded and connected", "/nested", async (page) => {
  assert.match(await page.loaded.text(), /<b id="child-name">Ada<\/b>/)
  await ready(page)
  await page.click("#child-inc")
  await page.click("#child .grandchild")
  await page.click("#child .grandchild")
  assert.equal(await page.text("#child-inc"), "1")
  assert.equal(await page.text("#child .grandchild"), "2")
  await page.push("inc")
  assert.deepEqual(await page.texts("#count, #child-inc, #child .grandchild"), ["1", "1", "2"])
})

live("a view inside another tells it", "/nested", async (page) => {
  await ready(page)
  await page.click("#child-inc")
  await page.click("#child-tell")
  await becomes(() => page.texts("#heard li"), ["Ada has 1"])
})

live("a view inside another crashes alone", "/nested", async (page) => {
  await ready(page)
  await page.push("inc")
  await page.click("#child-inc")
  await page.begin("#child-crash")
  await becomes(() => page.text("#child-inc"), "0")
  await ready(page)
  assert.equal(await page.text("#count"), "1")
  await page.click("#child-inc")
  assert.equal(await page.text("#child-inc"), "1")
}, CRASHED)

live("a view that crashes comes back with those inside it", "/nested", async (page) => {
  await ready(page)
  await page.push("inc")
  await page.click("#child-inc")
  await page.begin("#crash-parent")
  await becomes(() => page.texts("#count, #child-inc"), ["0", "0"])
  await ready(page)
  await page.click("#child-inc")
  assert.equal(await page.text("#child-inc"), "1")
}, CRASHED)

live("a view inside another goes and comes back fresh", "/nested", async (page) => {
  await ready(page)
  await page.click("#child-inc")
  await page.push("toggle")
  await ready(page, 4)
  await page.push("toggle")
  await ready(page)
  assert.equal(await page.text("#child-inc"), "0")
  await page.click("#child-inc")
  assert.equal(await page.text("#child-inc"), "1")
})

live("views are items of a stream", "/nested", async (page) => {
  await ready(page)
  await page.click("#grandchild-2 button")
  await page.push("more")
  await ready(page, 7)
  assert.deepEqual(await page.texts("#children .grandchild"), ["0", "0", "1"])
  await page.click("#grandchild-3 button")
  assert.deepEqual(await page.texts("#children .grandchild"), ["1", "0", "1"])
})

live("a sticky view stays while the page navigates", "/nested", async (page) => {
  await ready(page)
  await page.click("#sticky-inc")
  await page.begin("#leave")
  await becomes(() => page.count("#neighbour"), 1)
  await ready(page, 2)
  assert.equal(await page.text("#sticky-inc"), "1")
  await page.click("#sticky-inc")
  await page.begin("#back")
  await becomes(() => page.count("#neighbour"), 0)
  await ready(page)
  assert.equal(await page.text("#sticky-inc"), "2")
})

live("views in the root layout stay while the page navigates", "/nested/docked/1", async (page) => {
  assert.match(await page.loaded.text(), /<button class="grandchild" phx-click="inc">0<\/button><\/div>/)
  await ready(page, 3)
  await page.click("#dock .grandchild")
  await page.click("#sticky-inc")
  await page.begin("#next")
  await becomes(() => page.text("#number"), "2")
  await ready(page, 3)
  await page.click("#dock .grandchild")
  await page.click("#sticky-inc")
  assert.deepEqual(await page.texts("#dock .grandchild, #sticky-inc"), ["2", "2"])
  await page.reconnect()
  await ready(page, 3)
  await becomes(() => page.texts("#dock .grandchild, #sticky-inc"), ["0", "0"])
})

live("views inside views come back with the connection", "/nested", async (page) => {
  await ready(page)
  await page.click("#child-inc")
  await page.reconnect()
  await ready(page)
  await becomes(() => page.text("#child-inc"), "0")
  await page.click("#child-inc")
  assert.equal(await page.text("#child-inc"), "1")
})
