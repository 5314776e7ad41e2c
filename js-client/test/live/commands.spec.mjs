// Commands that the browser carries out by itself (features 48, 142 to 148).

import assert from "node:assert/strict"
import { becomes, live } from "./pages.mjs"

const box = (page, name) => page.attribute("#box", name)
const visible = (page, expected, selector = "#box") => becomes(() => page.isVisible(selector), expected)
const focused = (page) => page.evaluate(() => document.activeElement.id)

live("hide, show and toggle, and a patch keeps what they did", "/commands", async (page) => {
  await page.click("hide")
  await visible(page, false)
  await page.push("inc")
  assert.equal(await page.text("#box"), "box 1")
  assert.equal(await page.isVisible("#box"), false)
  await page.click("show")
  await visible(page, true)
  await page.click("toggle")
  await visible(page, false)
  await page.click("toggle")
  await visible(page, true)
  await page.click("fade out")
  await visible(page, false)
})

live("show takes the display it is given", "/commands", async (page) => {
  const display = () => page.locator("#hidden").evaluate((element) => element.style.display)
  assert.equal(await display(), "none")
  await page.click("show inline")
  await becomes(display, "inline-block")
  await page.push("inc")
  assert.equal(await page.text("#hidden"), "hidden 1")
  assert.equal(await display(), "inline-block")
})

live("a transition puts its classes on for its time", "/commands", async (page) => {
  await page.locator("#box").evaluate((box) => {
    window.classes = []
    new MutationObserver(() => window.classes.push(box.className)).observe(box, { attributes: true })
  })
  await page.click("transition")
  await becomes(() => box(page, "class"), "box to")
  const classes = await page.evaluate(() => window.classes.join(" ").split(" "))
  assert.ok(classes.includes("fade") && classes.includes("from"), classes)
})

live("classes are added, removed and toggled, and a patch keeps them", "/commands", async (page) => {
  await page.click("classes")
  await becomes(() => box(page, "class"), "one two")
  await page.click("toggle class")
  await becomes(() => box(page, "class"), "one two flag")
  await page.push("inc")
  assert.equal(await box(page, "class"), "one two flag")
  await page.click("toggle class")
  await becomes(() => box(page, "class"), "one two")
})

live("attributes are set, removed, toggled and switched, and a patch keeps them", "/commands", async (page) => {
  await page.click("set attribute")
  assert.equal(await box(page, "title"), 'a "b" & <c>')
  await page.push("inc")
  assert.equal(await page.text("#box"), "box 1")
  assert.equal(await box(page, "title"), 'a "b" & <c>')
  await page.click("remove attribute")
  assert.equal(await box(page, "title"), null)
  for (const expected of ["true", null, "true"]) {
    await page.click("toggle attribute")
    assert.equal(await box(page, "open"), expected)
  }
  for (const expected of ["true", "false", "true"]) {
    await page.click("switch attribute")
    assert.equal(await box(page, "aria-expanded"), expected)
  }
})

live("targets are found inside and around the element", "/commands", async (page) => {
  await page.click("closest")
  await becomes(() => page.attribute("#within", "class"), "hit")
  await page.click("#inner")
  await becomes(() => page.attribute("#inner i", "class"), "hit")
})

live("a push carries its value beside the element's own", "/commands", async (page) => {
  await page.click("push value")
  assert.equal(await page.text("#pushed"), "id=7 from=command value=button")
})

live("a push reaches a component by its id and by a selector", "/commands", async (page) => {
  await page.click("push to selector")
  await page.click("push to component")
  assert.equal(await page.text("#target"), "2push to component")
})

live("a push marks who waits for it", "/commands", async (page) => {
  await page.begin("push loading")
  await becomes(async () => (await box(page, "class")).includes("phx-click-loading"), true)
  await becomes(() => box(page, "class"), "box")
  await page.begin("push page loading")
  await becomes(() => page.told("page loading").then((told) => told.slice(2)), [
    "page loading start element",
    "page loading stop element",
  ])
})

live("commands follow each other in their order", "/commands", async (page) => {
  await page.click("chain")
  await becomes(() => page.text("#count"), "2")
  await becomes(async () => (await box(page, "class")).includes("after"), true)
})

live("a dispatched event bubbles with its detail unless it should not", "/commands", async (page) => {
  await page.click("dispatch")
  await page.click("dispatch quietly")
  const [said, ...others] = await page.told("page:")
  assert.match(said, /^page:said box \{"word":"hello"/)
  assert.deepEqual(others, [])
})

live("commands in another element's attribute are carried out", "/commands", async (page) => {
  await page.click("exec")
  await becomes(async () => (await box(page, "class")).includes("done"), true)
})

live("the server pushes commands", "/commands", async (page) => {
  await page.click("exec from the server")
  await becomes(async () => (await box(page, "class")).includes("by-the-server"), true)
  assert.equal(await box(page, "title"), "Ω")
})

live("the focus is given, remembered and given back", "/commands", async (page) => {
  await page.click("focus")
  await becomes(() => focused(page), "first")
  await page.click("#remember")
  await becomes(() => focused(page), "second")
  await page.click("pop focus")
  await becomes(() => focused(page), "remember")
})

live("an element runs commands when it comes and when it goes", "/commands", async (page) => {
  await becomes(() => page.attribute("#greeting", "class"), "mounted")
  await page.push("toggle")
  await becomes(() => page.count("#greeting"), 0)
  await page.push("inc")
  await page.push("toggle")
  await becomes(() => page.attribute("#greeting", "class"), "mounted")
  assert.equal(await page.text("#greeting"), "greeting 1")
})

live("ignored attributes are the browser's own", "/commands", async (page) => {
  await page.click("open")
  await page.push("inc")
  assert.equal(await page.attribute("#dialog", "data-count"), "1")
  assert.equal(await page.attribute("#dialog", "open"), "")
  assert.equal(await page.attribute("#dialog", "data-own-x"), "1")
  assert.equal(await page.text("#dialog"), "dialog 1")
})

live("commands run when the connection goes and comes", "/commands", async (page) => {
  const state = () => page.attribute("#link-state", "data-state")
  await becomes(state, "connected")
  await page.evaluate(() => new Promise((resolve) => window.liveSocket.disconnect(resolve)))
  await becomes(state, "disconnected")
  await page.evaluate(() => window.liveSocket.connect())
  await becomes(state, "connected")
})
