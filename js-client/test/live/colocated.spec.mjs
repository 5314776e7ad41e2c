// Hooks, scripts and styles that stand beside their markup (features 39 and 153).

import assert from "node:assert/strict"
import { becomes, live } from "./pages.mjs"

const COLORS = {
  blue: "rgb(0, 0, 255)",
  yellow: "rgb(255, 255, 0)",
  green: "rgb(0, 255, 0)",
  none: "rgb(0, 0, 0)",
}
const program = "colocated_pages"

const style = (page, selector, property) =>
  page.locator(selector).evaluateAll((elements, property) => elements.map((element) => getComputedStyle(element)[property]), property)

live("a colocated hook is mounted on its element", "/colocated", async (page) => {
  await page.locator("#phone-field").fill("1234567890")
  await page.click("Save")
  await becomes(() => page.text("#phone"), "123-456-7890")
  assert.equal(await page.count("script:is([name], [type*=Colocated])"), 0)
}, { program })

live("a colocated hook with runtime comes with the page", "/colocated", async (page) => {
  await becomes(() => page.isVisible("#runtime"), true)
}, { program })

live("colocated scripts are exported by name and by key", "/colocated", async (page) => {
  assert.equal(await page.isVisible("#toggled"), true)
  await page.click("Toggle")
  await becomes(() => page.isVisible("#toggled"), false)
  await page.click("Toggle")
  await becomes(() => page.isVisible("#toggled"), true)
  assert.equal(await page.text("#hello"), "Hello Ada")
}, { program })

live("a colocated script without a name runs once", "/colocated", async (page) => {
  assert.equal(await page.evaluate(() => globalThis.ran), 1)
}, { program })

live("a global colocated style applies everywhere", "/colocated", async (page) => {
  assert.deepEqual(await style(page, "#everywhere", "color"), ["rgb(255, 0, 0)"])
}, { program })

live("a colocated style applies to its template up to the tags of others", "/colocated", async (page) => {
  assert.deepEqual(await style(page, "#elsewhere", "color"), [COLORS.none])
  const expected = { blue: 4, yellow: 1, green: 1 }
  for (const [color, count] of Object.entries(expected)) {
    const found = await style(page, `[data-color=${color}]`, "color")
    assert.deepEqual(found, Array(count).fill(COLORS[color]), color)
  }
  assert.deepEqual(await style(page, "[data-color=none]", "color"), Array(3).fill(COLORS.none))
}, { program })

live("a lower bound may include the tags of components", "/colocated", async (page) => {
  assert.deepEqual(await style(page, ".row", "display"), ["flex", "flex"])
  assert.deepEqual(await style(page, "#row > p", "flexGrow"), ["0", "0", "0"])
  assert.deepEqual(await style(page, "#long-row > p", "flexGrow"), ["1", "1", "1"])
}, { program })

live("the files of a page are kept by their digests", "/colocated", async (page) => {
  const addresses = await page.evaluate(() => performance.getEntriesByType("resource").map(({ name }) => new URL(name).pathname))
  const colocated = addresses.filter((path) => path.startsWith("/assets/colocated/"))
  assert.ok(colocated.some((path) => /\/index-[0-9a-f]{32}\.js$/.test(path)), colocated.join())
  assert.ok(colocated.some((path) => /\/colocated-[0-9a-f]{32}\.css$/.test(path)), colocated.join())
  for (const path of colocated) {
    const headers = await page.evaluate(async (path) => (await fetch(path)).headers.get("cache-control"), path)
    assert.match(headers, /immutable/, path)
  }
}, { program })
