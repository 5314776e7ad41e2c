// Forms: fields, errors, nested forms (features 78, 80, 88), and a hook beside its markup (feature 153).

import assert from "node:assert/strict"
import { becomes, live } from "./pages.mjs"

const emails = (page) => page.locator(".email").evaluateAll((inputs) => inputs.map((input) => input.value))

live("a field says what is wrong with it once it was used", "/forms", async (page) => {
  await page.locator("#user_age").fill("old")
  await becomes(() => page.texts(".error"), ["age is invalid"])
  await page.locator("#user_name").fill("A")
  await becomes(() => page.texts(".error"), ["name is too short", "age is invalid"])
  await page.locator("#user_name").fill("Ada")
  await page.locator("#user_age").fill("37")
  await becomes(() => page.texts(".error"), [])
})

live("nested forms come and go and keep what was typed", "/forms", async (page) => {
  await page.click("Add")
  await becomes(() => emails(page), ["ada@example.com", ""])
  await page.locator("#user_emails_1_at").fill("bo@example.com")
  await page.synced()
  await page.begin("Add")
  await becomes(() => emails(page), ["ada@example.com", "bo@example.com", ""])
  await page.locator(".drop").first().click()
  await becomes(() => emails(page), ["bo@example.com", ""])
  assert.equal(await page.attribute("#user_emails_1_at", "name"), "user[emails][0][at]")
  await becomes(() => page.texts(".error"), ["email has no @"])
})

live("every entry may go", "/forms", async (page) => {
  await page.locator(".drop").first().click()
  await becomes(() => emails(page), [])
})

live("a form is sent whole", "/forms", async (page) => {
  await page.locator("#user_name").fill("Ada")
  await page.locator("#user_agree").check()
  await page.click("Save")
  await becomes(() => page.text("#saved"), "Ada 36 true ada@example.com")
})

live("a hook that stands beside its markup is mounted", "/forms", async (page) => {
  await becomes(() => page.attribute("#marked", "data-marked"), "yes")
})
