// The pages of `tests/pages` in Chromium: one server of each program and one browser for all specs of a process.

import assert from "node:assert/strict"
import { after, test } from "node:test"
import { setTimeout as sleep } from "node:timers/promises"
import { launchBrowser } from "../browser.mjs"
import { Server } from "../server.mjs"
import { SocketLog } from "../socket_log.mjs"

const TEST_MS_MAX = 30_000
// How long a page may take to show what a test waits for.
const WAIT_MS_MAX = 5_000
const LOADING = ["click", "change", "submit", "keydown", "keyup", "blur", "focus", "hook"]
  .map((kind) => `.phx-${kind}-loading`)
  .join()

// The client that the server puts on its pages.
const CLIENT = process.env.LIVE_VIEW_CLIENT === "phoenix_live_view_1_1" ? "1.1" : "1.2"

const servers = new Map()
let browser

const started = (program) => {
  if (!servers.has(program)) servers.set(program, Server.start(program))
  return servers.get(program)
}
const launched = () => (browser ??= launchBrowser())

after(async () => {
  await (await browser)?.close()
  const outcomes = await Promise.allSettled(servers.values())
  for (const { value: server } of outcomes) await server?.stop()
})

// A test on one page. It fails when the page throws, when the client complains, and when an element is left that the
// client meant to fill. `complaints` are the complaints that belong to the test, `since` names the version of the client
// that has what the test needs, `program` the binary that serves the page, `serving` gives a server that is not shared.
export function live(title, path, work, options = {}) {
  const { complaints = [], connects = true, since = "1.1", program = "pages", serving = () => started(program) } = options
  const skip = since > CLIENT && `the client is ${CLIENT}`
  test(title, { timeout: TEST_MS_MAX, skip }, async () => {
    const page = await LivePage.open(path, { connects, on: serving() })
    try {
      await work(page)
      await page.check(complaints)
    } finally {
      await page.close()
    }
  })
}

export class LivePage {
  static async open(path, { connects = true, on = started("pages"), through = launched() } = {}) {
    const [{ url }, browser] = await Promise.all([on, through])
    // The client checks more on a host it takes for a developer's.
    const baseURL = url.replace("127.0.0.1", "localhost")
    const context = await browser.newContext({ baseURL })
    context.setDefaultTimeout(WAIT_MS_MAX)
    const page = new LivePage(context, await context.newPage())
    page.loaded = await page.browserPage.goto(path)
    if (connects) await page.synced()
    return page
  }

  errors = []
  // The statuses of the documents that were loaded.
  statuses = []

  constructor(context, browserPage) {
    this.context = context
    this.browserPage = browserPage
    this.log = new SocketLog(browserPage)
    browserPage.on("response", (response) => {
      if (response.request().isNavigationRequest()) this.statuses.push(response.status())
    })
    browserPage.on("pageerror", (error) => this.errors.push(String(error)))
    browserPage.on("console", (message) => {
      if (message.type() === "error") this.errors.push(message.text())
    })
  }

  async check(complaints) {
    const unexpected = this.errors.filter((error) => !complaints.some((complaint) => complaint.test(error)))
    assert.deepEqual(unexpected, [])
    assert.equal(await this.count("[data-phx-skip]"), 0, "an element was skipped that the page does not have")
  }

  close() {
    return this.context.close()
  }

  locator(selector) {
    return this.browserPage.locator(selector)
  }

  evaluate(work, argument) {
    return this.browserPage.evaluate(work, argument)
  }

  // Connected, and without anything on its way to the server.
  async synced() {
    await this.browserPage.waitForFunction(
      (loading) =>
        window.liveSocket?.isConnected() &&
        document.querySelector(".phx-connected[data-phx-main]") &&
        !document.querySelector(".phx-loading, " + loading),
      LOADING,
    )
  }

  // Clicks on a selector, or on the button with this text.
  async click(target) {
    await this.begin(target)
    await this.synced()
  }

  // Clicks without waiting for the answer.
  begin(target) {
    const button = this.browserPage.getByRole("button", { name: target, exact: true })
    return (/^[#.[]/.test(target) ? this.locator(target) : button).click()
  }

  // Pushes an event as `liveSocket.js()` does for an application, and waits until its answer is on the page.
  push(event, value = {}, { target, from = "[data-phx-main]" } = {}) {
    const pushed = { event, value, target, from }
    return this.evaluate(
      ({ event, value, target, from }) =>
        new Promise((resolve) => {
          const options = { value, callback: resolve, ...(target && { target }) }
          window.liveSocket.js().push(document.querySelector(from), event, options)
        }),
      pushed,
    )
  }

  text(selector) {
    return this.locator(selector).evaluate((element) => element.textContent.replaceAll(/\s+/g, " ").trim())
  }

  texts(selector) {
    return this.locator(selector).evaluateAll((elements) =>
      elements.map((element) => element.textContent.replaceAll(/\s+/g, " ").trim()),
    )
  }

  attribute(selector, name) {
    return this.locator(selector).getAttribute(name)
  }

  isVisible(selector) {
    return this.locator(selector).isVisible()
  }

  count(selector) {
    return this.locator(selector).count()
  }

  // What the page's script noted, of all or of one kind.
  told(kind = "") {
    return this.evaluate((kind) => window.told.filter((line) => line.startsWith(kind)), kind)
  }

  // Loses the connection and gets another one.
  async reconnect() {
    await this.evaluate(() => new Promise((resolve) => window.liveSocket.disconnect(resolve)))
    await this.evaluate(() => window.liveSocket.connect())
    await this.synced()
  }

  // The elements inside the page's container that `work` changed, by id or else by tag.
  async mutations(work) {
    await this.evaluate(() => {
      window.mutations = []
      window.observer = new MutationObserver((records) => window.mutations.push(...records))
      const observed = { subtree: true, childList: true, characterData: true, attributes: true }
      window.observer.observe(document.querySelector("[data-phx-main]"), observed)
    })
    await work()
    return this.evaluate(() => {
      const records = [...window.mutations, ...window.observer.takeRecords()]
      window.observer.disconnect()
      const name = (node) => {
        const element = node.nodeType === Node.ELEMENT_NODE ? node : node.parentElement
        return element.id || element.localName
      }
      const inside = records.filter(({ target }) => !target.matches?.("[data-phx-main]"))
      return [...new Set(inside.map(({ target }) => name(target)))]
    })
  }
}

// Asks again until the answer is as expected, or fails with the last one. A page that loads meanwhile has no answer.
export async function becomes(ask, expected) {
  const deadline = Date.now() + WAIT_MS_MAX
  for (;;) {
    try {
      assert.deepEqual(await ask(), expected)
      return
    } catch (error) {
      if (Date.now() > deadline) throw error
    }
    await sleep(10)
  }
}
