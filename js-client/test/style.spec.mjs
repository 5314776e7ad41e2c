// The style sheet alone: what can be measured of it without a server.

import assert from "node:assert/strict"
import { readFile } from "node:fs/promises"
import { after, before, test } from "node:test"
import { launchBrowser } from "./browser.mjs"

// WCAG 2.2, success criterion 1.4.3, for text of ordinary size.
const CONTRAST_MIN = 4.5
const AUTHORS = [...Array(12).keys()]

let browser
let css

before(async () => {
  browser = await launchBrowser()
  css = await readFile(new URL("../dist/chat.css", import.meta.url), "utf8")
})

after(() => browser?.close())

for (const colorScheme of ["light", "dark"]) {
  test(`names of authors can be read in the ${colorScheme} theme`, async () => {
    const page = await openPage(colorScheme, AUTHORS.map(authorMarkup).join(""))
    const pairs = AUTHORS.flatMap((author) => [
      [`.author-${author} .author`, "body"],
      [`.author-${author} .name`, "aside"],
      [`.author-${author} .avatar`, `.author-${author} .avatar`],
    ])
    await assertContrasts(page, pairs)
  })

  test(`all other text can be read in the ${colorScheme} theme`, async () => {
    const page = await openPage(colorScheme, PAGE)
    await assertContrasts(page, [
      ["h1", "body"],
      ["time", "body"],
      [".lead", ".card"],
      ["#typing", "body"],
      [".other .body", ".other .bubble"],
      [".own .body", ".own .bubble"],
      ["#composer .error", "body"],
      [".card .error", ".card"],
      [".card button", ".card button"],
      ["header button", "header"],
      ["#connection-lost", "#connection-lost"],
      [".count", "aside"],
    ])
  })

  test(`the twelve authors look different in the ${colorScheme} theme`, async () => {
    const page = await openPage(colorScheme, AUTHORS.map(authorMarkup).join(""))
    const colours = await Promise.all(AUTHORS.map((author) => colourOf(page, `.author-${author} .author`, "color")))
    assert.equal(new Set(colours.map(String)).size, AUTHORS.length)
  })
}

test("nothing is fetched from elsewhere", () => {
  assert.doesNotMatch(css, /url\(|@import/)
})

const authorMarkup = (author) => `
  <ol><li class="message author-${author}"><span class="avatar">A</span> <span class="author">Ada</span></li></ol>
  <aside class="members"><span class="member author-${author}"><span class="name">Ada</span></span></aside>`

const PAGE = `
  <p id="connection-lost">Connection lost.</p>
  <header class="header"><button class="quiet">Sign out</button></header>
  <h1>Rooms</h1>
  <div class="card"><p class="lead">Lead</p><p class="error">Error</p><button>Sign in</button></div>
  <ol>
    <li class="message other author-0"><time>09:02</time><div class="bubble"><p class="body">Text</p></div></li>
    <li class="message own author-0"><div class="bubble"><p class="body">Text</p></div></li>
  </ol>
  <p id="typing">Ada is typing</p>
  <form id="composer"><p class="error">Error</p></form>
  <aside class="members"><span class="count">1</span></aside>`

async function openPage(colorScheme, body) {
  const page = await browser.newPage({ colorScheme })
  await page.setContent(`<!DOCTYPE html><style>${css}</style>${body}`)
  return page
}

async function assertContrasts(page, pairs) {
  for (const [text, ground] of pairs) {
    const colours = [await colourOf(page, text, "color"), await colourOf(page, ground, "background-color")]
    const measured = contrast(...colours.map(luminance))
    assert.ok(measured >= CONTRAST_MIN, `${text} on ${ground}: ${measured.toFixed(2)}`)
  }
  await page.close()
}

// A computed colour may be written in any colour space; a canvas turns it into sRGB bytes.
function colourOf(page, selector, property) {
  return page.locator(selector).first().evaluate((element, property) => {
    const context = document.createElement("canvas").getContext("2d")
    context.fillStyle = getComputedStyle(element).getPropertyValue(property)
    context.fillRect(0, 0, 1, 1)
    const [red, green, blue, alpha] = context.getImageData(0, 0, 1, 1).data
    if (alpha !== 255) throw new Error(`${element.outerHTML} has no ${property} of its own`)
    return [red, green, blue]
  }, property)
}

function luminance(bytes) {
  const [red, green, blue] = bytes.map((byte) => {
    const part = byte / 255
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4
  })
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue
}

function contrast(one, other) {
  return (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05)
}
