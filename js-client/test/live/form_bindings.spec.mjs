// The bindings of forms: what is typed, sent, reset, recovered, and sent without a live view (features 78 to 90).

import assert from "node:assert/strict"
import { becomes, live } from "./pages.mjs"

const log = (page) => page.texts("#log li")
const last = async (page) => (await log(page)).at(-1)

async function type(page, selector, text) {
  await page.locator(selector).fill(text)
  await page.synced()
}

live("what is typed is validated as it is typed", "/form_bindings", async (page) => {
  await type(page, "#post_title", "ab")
  assert.deepEqual(await page.texts(".error"), ["title is too short"])
  await type(page, "#post_title", "abc")
  assert.deepEqual(await page.texts(".error"), [])
  await type(page, "#post_pages", "many")
  assert.deepEqual(await page.texts(".error"), ["pages is invalid"])
})

live("errors of fields that nobody touched are not shown", "/form_bindings", async (page) => {
  await type(page, "#post_pages", "7")
  assert.deepEqual(await page.texts(".error"), [])
  assert.match(await last(page), /_unused_title:/)
  await page.click("save")
  assert.deepEqual(await page.texts(".error"), ["title is too short"])
})

live("the server is told which field changed", "/form_bindings", async (page) => {
  await type(page, "#post_pages", "7")
  assert.match(await last(page), /^validate .*_target=post\.pages/)
})

live("a form that is sent is checked and taken", "/form_bindings", async (page) => {
  await type(page, "#post_title", "ab")
  await page.click("save")
  assert.deepEqual(await page.texts(".error"), ["title is too short"])
  assert.equal(await page.locator("#post_title").inputValue(), "ab")
  await type(page, "#post_title", 'Ein "Buch" & mehr')
  await type(page, "#post_pages", "300")
  await page.click("save")
  assert.ok((await log(page)).includes('saved Ein "Buch" & mehr 300'), await log(page))
  assert.equal(await page.locator("#post_title").inputValue(), "")
  assert.deepEqual(await page.texts(".error"), [])
})

live("the button that sent a form is named, one outside of it too", "/form_bindings", async (page) => {
  await type(page, "#post_title", "title")
  await page.click("save")
  assert.match(await last(page), /^save .*by=inside/)
  await page.click("save from outside")
  assert.match(await last(page), /^save .*by=outside/)
})

live("a form that is reset tells the server", "/form_bindings", async (page) => {
  await type(page, "#post_title", "ab")
  assert.deepEqual(await page.texts(".error"), ["title is too short"])
  await page.click("reset")
  await becomes(async () => (await last(page)).split(" ").at(-1), "_target=reset")
})

live("entries are added, dropped and sorted by the page", "/form_bindings", async (page) => {
  const rows = () => page.locator(".row").evaluateAll((rows) => rows.map((row) => row.value))
  assert.deepEqual(await rows(), ["a", "b"])
  await page.locator("#more").click()
  await becomes(rows, ["a", "b", ""])
  await page.locator(".row").nth(2).fill("c")
  await page.synced()
  await page.locator(".drop").nth(1).click()
  await becomes(rows, ["a", "c"])
  await page.evaluate(() => {
    const [first, second] = document.querySelectorAll("[name='list[rows_sort][]'][type=hidden]")
    ;[first.value, second.value] = [second.value, first.value]
    first.dispatchEvent(new Event("input", { bubbles: true }))
  })
  await becomes(rows, ["c", "a"])
})

live("what was typed is recovered when the connection comes back", "/form_bindings", async (page) => {
  await type(page, "[name=a]", "typed")
  await type(page, "[name=b]", "two\nlines")
  await page.reconnect()
  await becomes(() => page.attribute("[name=a]", "value"), "typed")
  assert.equal(await page.locator("[name=a]").inputValue(), "typed")
  assert.equal(await page.locator("[name=b]").inputValue(), "two\nlines")
})

live("a form recovers with an event of its own", "/form_bindings", async (page) => {
  await type(page, "[name=c]", "own")
  await page.reconnect()
  await becomes(() => page.attribute("[name=c]", "value"), "own")
  const events = await log(page)
  assert.ok(events.some((event) => /^recover own .*c=own/.test(event)), events)
  assert.ok(!events.some((event) => /^ignored/.test(event)), events)
})

live("a form that is not to be recovered starts afresh", "/form_bindings", async (page) => {
  await type(page, "[name=d]", "lost")
  await page.locator("[name=d]").blur()
  await page.reconnect()
  await becomes(() => page.locator("[name=d]").inputValue(), "")
  assert.ok(!(await log(page)).some((event) => /^ignored/.test(event)))
})

live("a form may do without the marks of unused fields", "/form_bindings", async (page) => {
  await type(page, "[name=e]", "x")
  assert.equal(await last(page), "plain e=x _target=e")
  await type(page, "[name=g]", "x")
  assert.match(await last(page), /_unused_f/)
})

live("a field with its own binding sends only itself", "/form_bindings", async (page) => {
  await type(page, "[name=f]", "x")
  assert.equal((await last(page)).split(" ")[0], "alone")
  assert.doesNotMatch(await last(page), /\bg=/)
  await type(page, "[name=g]", "y")
  assert.match(await last(page), /^whole .*f=x/)
})

live("selections follow the server, and stay while they have the focus", "/form_bindings", async (page) => {
  const chosen = () => page.locator("#choice").inputValue()
  await page.locator("#choice").selectOption("two")
  await becomes(() => page.text("#chosen"), "two")
  await page.synced()
  assert.equal(await chosen(), "two")
  await page.click("choose three")
  assert.equal(await chosen(), "three")
  await page.locator("#choice").selectOption("one")
  await becomes(() => page.text("#chosen"), "one")
  assert.equal(await chosen(), "one")
})

live("an action is followed once it is triggered", "/form_bindings", async (page) => {
  await type(page, "[name=word]", "away & over")
  await page.begin("leave")
  await page.browserPage.waitForURL("**/form_bindings/sent")
  assert.equal(await page.text("body"), "sent away & over")
})
