// Forms in every place (feature 91), and one that asks before it is left (feature 92).

import assert from "node:assert/strict"
import { becomes, live } from "./pages.mjs"

const input = (form) => `#${form} [name=word]`
const value = (page, form) => page.locator(input(form)).inputValue()
const ready = (page) => page.locator("#nested-view.phx-connected").waitFor()

async function type(page, form, word) {
  await page.locator(input(form)).fill(word)
  await page.synced()
}

const isWhole = (form) => async (page) => {
  await ready(page)
  await type(page, form, "ab")
  assert.deepEqual(await page.texts(".error"), ["is too short"])
  await page.push("inc")
  assert.equal(await value(page, form), "ab")
  await type(page, form, "abc")
  assert.deepEqual(await page.texts(".error"), [])
  await page.click(`save ${form}`)
  assert.equal(await page.text(`#${form} output`), "abc")
  assert.equal(await value(page, form), "")
  await type(page, form, "xy")
  await page.reconnect()
  await ready(page)
  await becomes(() => page.attribute(input(form), "value"), "xy")
  assert.deepEqual(await page.texts(".error"), ["is too short"])
  assert.equal(await page.text(`#${form} output`), "")
}

live("a form in a view inside another is validated, sent and recovered", "/placed_forms", isWhole("nested"))

live("a form in a component is validated, sent and recovered", "/placed_forms", isWhole("component"))

live("a form in a portal is validated, sent and recovered", "/placed_forms", isWhole("teleported"))

live("a form in an item of a stream is validated, sent and recovered", "/placed_forms", isWhole("second"))

live("forms in all places keep what is typed in the others", "/placed_forms", async (page) => {
  await ready(page)
  const forms = ["nested", "component", "teleported", "first", "second"]
  for (const form of forms) await type(page, form, form)
  for (const form of forms) assert.equal(await value(page, form), form)
  for (const form of forms) {
    await page.click(`save ${form}`)
    assert.equal(await page.text(`#${form} output`), form)
  }
})

// Answers the browser's questions, and counts them by their kind.
function answering(page, answers) {
  const asked = []
  page.browserPage.on("dialog", (dialog) => {
    asked.push(dialog.type())
    return answers.shift() ? dialog.accept() : dialog.dismiss()
  })
  return asked
}

live("a page with something unsaved asks before the browser leaves it", "/placed_forms/unsaved", async (page) => {
  const asked = answering(page, [false, true])
  const leave = () => page.evaluate(() => window.location.assign("/rendering"))
  await type(page, "unsaved", "word")
  await leave()
  await becomes(() => asked, ["beforeunload"])
  await type(page, "unsaved", "words")
  assert.equal(await value(page, "unsaved"), "words")
  await leave()
  await page.browserPage.waitForURL("**/rendering")
  assert.deepEqual(asked, ["beforeunload", "beforeunload"])
})

live("a page with nothing unsaved does not ask", "/placed_forms/unsaved", async (page) => {
  const asked = answering(page, [])
  await type(page, "unsaved", "word")
  await page.click("save unsaved")
  await page.evaluate(() => window.location.assign("/rendering"))
  await page.browserPage.waitForURL("**/rendering")
  assert.deepEqual(asked, [])
})

live("a page with something unsaved asks before it navigates", "/placed_forms/unsaved", async (page) => {
  const asked = answering(page, [false, true])
  await type(page, "unsaved", "word")
  await page.begin("#leave")
  await becomes(() => asked, ["confirm"])
  await page.push("validate", { word: "words" })
  assert.equal(new URL(page.browserPage.url()).pathname, "/placed_forms/unsaved")
  await page.begin("#leave")
  await page.browserPage.waitForURL("**/navigation")
  await page.locator("#to-room").waitFor()
  assert.deepEqual(asked, ["confirm", "confirm"])
}, { since: "1.2" })
