// What visitors do, and how often the server hears of it (features 40 to 44, 53, 54).

import assert from "node:assert/strict"
import { becomes, live } from "./pages.mjs"

const log = (page) => page.texts("#log li")
const logs = (page, ...entries) => becomes(() => log(page), entries)

live("a click brings its values and what the page adds", "/events", async (page) => {
  await page.click("click")
  await logs(page, "click alt=false id=7 name=Ada & Bo value=v")
})

live("a click outside is told, one inside is not", "/events", async (page) => {
  await page.click("open")
  await page.click("inside")
  await logs(page, "open alt=false value=", "inside alt=false value=")
  await page.begin("#log")
  await becomes(async () => (await log(page)).at(-1).split(" ")[0], "away")
  await becomes(() => page.isVisible("#closing"), false)
})

live("keys are told when they go down and up, and only those that are asked for", "/events", async (page) => {
  await page.locator("#keys").press("a")
  await logs(page, "down field=keys key=a shift=false value=", "up field=keys key=a value=a")
  await page.click("clear")
  await page.locator("#enter").press("x")
  await page.locator("#enter").press("Enter")
  await logs(page, "enter key=Enter shift=false value=x")
})

live("keys of the window are told wherever the focus is", "/events", async (page) => {
  await page.browserPage.keyboard.press("Escape")
  await page.browserPage.keyboard.press("F2")
  await logs(page, "window-escape key=Escape shift=false", "window-up key=F2")
})

live("the focus is told when it comes and goes", "/events", async (page) => {
  await page.locator("#focus").focus()
  await page.locator("#focus").blur()
  await logs(page, "focus field=focus value=", "blur field=focus value=")
})

// The client drops these events where their target is the window itself, so they rise from the body.
live("the window's focus is told when it comes and goes", "/events", async (page) => {
  for (const event of ["blur", "focus"]) {
    await page.evaluate((event) => document.body.dispatchEvent(new Event(event, { bubbles: true })), event)
    await page.synced()
  }
  await logs(page, "window-blur", "window-focus")
})

live("a field with debounce is told once, when it rests", "/events", async (page) => {
  await page.locator("#debounced").pressSequentially("abc", { delay: 10 })
  assert.deepEqual(await log(page), [])
  await becomes(async () => (await log(page)).length, 1)
  assert.match((await log(page))[0], /debounced=abc/)
})

live("a field that waits for blur is told when the focus leaves", "/events", async (page) => {
  await page.locator("#until-blur").pressSequentially("abc")
  await page.click("click")
  await becomes(async () => (await log(page)).length, 2)
  const entries = await log(page)
  assert.match(entries[0], /^search .*until_blur=abc/)
  assert.match(entries[1], /^click /)
})

live("a throttled button is told once in its time", "/events", async (page) => {
  for (let click = 0; click < 3; click++) await page.begin("throttled")
  await page.click("click")
  const entries = await log(page)
  assert.deepEqual(entries.map((entry) => entry.split(" ")[0]), ["throttled", "click"])
})

live("an element that goes with the focus does not disturb", "/events", async (page) => {
  await page.locator("#leaving").focus()
  await page.evaluate(() => document.getElementById("remove").click())
  await becomes(() => page.count("#removable"), 0)
  await page.click("click")
  assert.equal((await log(page)).at(-1).split(" ")[0], "click")
})

live("a list that is scrolled to its ends gets more rows there", "/events", async (page) => {
  const rows = () => page.count("#rows > div")
  const scroll = (to) => page.locator("#rows").evaluate((rows, to) => rows.scrollTo(0, to < 0 ? rows.scrollHeight : to), to)
  await scroll(-1)
  await becomes(rows, 20)
  assert.equal(await page.text("#rows > div:last-child"), "19")
  await scroll(200)
  await scroll(0)
  await becomes(async () => (await rows()) >= 30, true)
  assert.ok(Number(await page.text("#rows > div:first-child")) < 0)
})
