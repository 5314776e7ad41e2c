// Where a page goes, and what it takes along (features 18, 19, 57 to 67, 71, 72, 75, 76, 146, 154, 155).

import assert from "node:assert/strict"
import { becomes, live } from "./pages.mjs"

const path = (page) => {
  const { pathname, search } = new URL(page.browserPage.url())
  return pathname + search
}

// Follows a link, or whatever `go` does, and waits until the page is there.
async function goes(page, go, to) {
  await go()
  await becomes(() => path(page), to)
  await page.synced()
}

const follow = (page, selector, to) => goes(page, () => page.begin(selector), to)
const mark = (page) => page.evaluate(() => (window.samePage = true))
const isSamePage = (page) => page.evaluate(() => window.samePage === true)

live("a live patch changes the URL, its parameters and the action, and keeps the view", "/navigation", async (page) => {
  await page.push("turn")
  assert.equal(await page.text("#action"), "index")
  await follow(page, "#to-room", "/navigation/rooms/7?sort=up")
  assert.deepEqual(await page.texts("#action, #room, #sort, #turns"), ["show", "7", "up", "1"])
  assert.equal(await page.text("#uri"), page.browserPage.url())
  assert.equal(page.log.messages.filter(({ event }) => event === "phx_join").length, 1)
})

live("the history leads back and forth through patches", "/navigation", async (page) => {
  await page.push("turn")
  await follow(page, "#to-room", "/navigation/rooms/7?sort=up")
  await goes(page, () => page.browserPage.goBack(), "/navigation")
  await becomes(() => page.text("#room"), "none")
  await goes(page, () => page.browserPage.goForward(), "/navigation/rooms/7?sort=up")
  await becomes(() => page.text("#room"), "7")
  assert.equal(await page.text("#turns"), "1")
})

live("the server patches the URL, in a new entry of the history or in its place", "/navigation", async (page) => {
  const entries = () => page.evaluate(() => window.history.length)
  const before = await entries()
  await goes(page, () => page.push("patch"), "/navigation/rooms/9?sort=x")
  assert.equal(await page.text("#room"), "9")
  assert.equal(await entries(), before + 1)
  await goes(page, () => page.push("replace"), "/navigation/rooms/8")
  assert.equal(await page.text("#room"), "8")
  assert.equal(await entries(), before + 1)
})

live("the parameters of a patch may lead to another one, and elsewhere", "/navigation", async (page) => {
  await follow(page, "#to-old", "/navigation?sort=new")
  assert.equal(await page.text("#sort"), "new")
  await follow(page, "#to-gone", "/navigation/elsewhere")
  assert.equal(await page.count("#elsewhere"), 1)
})

live("patches that never end do not take the server along", "/navigation", async (page) => {
  await page.begin("#to-forever")
  await becomes(() => page.log.received().some(({ event }) => event === "phx_error"), true)
}, { complaints: [/./] })

live("navigation goes to another view over the same connection", "/navigation", async (page) => {
  await mark(page)
  await page.push("turn")
  await follow(page, "#to-elsewhere", "/navigation/elsewhere")
  assert.equal(await isSamePage(page), true)
  await becomes(() => page.browserPage.title(), "Test: Elsewhere (Bennu)")
  assert.equal(await page.text("#layout"), "layout")
  await page.click("#inc")
  assert.equal(await page.text("#inc"), "1")
  await follow(page, "#back", "/navigation?sort=back")
  assert.deepEqual(await page.texts("#sort, #turns"), ["back", "0"])
  await goes(page, () => page.browserPage.goBack(), "/navigation/elsewhere")
  await becomes(() => page.text("#inc"), "0")
  assert.equal(await isSamePage(page), true)
})

live("the server navigates and brings a flash", "/navigation", async (page) => {
  await mark(page)
  await goes(page, () => page.push("navigate"), "/navigation/elsewhere")
  await becomes(() => page.texts("#flash-info"), ["from rooms"])
  assert.equal(await isSamePage(page), true)
  await follow(page, "#back", "/navigation?sort=back")
  assert.equal(await page.count("#flash-info"), 0)
})

live("a redirect loads the page and brings a flash", "/navigation", async (page) => {
  await mark(page)
  await goes(page, () => page.evaluate(() => {
    window.liveSocket.js().push(document.querySelector("[data-phx-main]"), "redirect")
  }), "/navigation/elsewhere")
  assert.equal(await isSamePage(page), false)
  assert.equal(await page.text("#flash-error"), "by redirect")
  await page.browserPage.reload()
  await page.synced()
  assert.equal(await page.count("#flash-error"), 0)
})

live("another live session is loaded, with the flash", "/navigation", async (page) => {
  await mark(page)
  await follow(page, "#to-admin", "/navigation/admin")
  assert.equal(await isSamePage(page), false)
  assert.equal(await page.count("#layout"), 0)
  await page.browserPage.goto("/navigation")
  await page.synced()
  await goes(page, () => page.evaluate(() => {
    window.liveSocket.js().push(document.querySelector("[data-phx-main]"), "admin")
  }), "/navigation/admin")
  assert.equal(await page.text("#flash-info"), "to admin")
}, { complaints: [/unauthorized/] })

live("a view that lets nobody in sends them on, with a flash", "/navigation", async (page) => {
  await follow(page, "#to-closed", "/navigation/elsewhere")
  assert.equal(await page.text("#flash-error"), "closed")
})

live("a page that lets nobody in redirects before it is loaded", "/navigation/closed", async (page) => {
  assert.equal(path(page), "/navigation/elsewhere")
  assert.equal(await page.text("#flash-error"), "closed")
})

live("a route has its own container and no layout", "/navigation/tagged", async (page) => {
  assert.equal(await page.count("div.tagged[data-phx-main] #tagged"), 1)
  assert.equal(await page.count("#layout"), 0)
})

// Another tag does not come through: client 1.2.12 makes the new container and shows the old one.
live("navigation changes the container", "/navigation", async (page) => {
  await follow(page, "#to-tagged", "/navigation/tagged")
  await becomes(() => page.count("div.tagged[data-phx-main] #tagged"), 1)
  await follow(page, "#back", "/navigation")
  await becomes(() => page.count("div[data-phx-main] #action"), 1)
  assert.equal(await page.count(".tagged"), 0)
})

live("messages are shown until they are cleared", "/navigation", async (page) => {
  await page.push("flash")
  assert.deepEqual(await page.texts("#flash-info, #flash-error"), ["for you", "against you"])
  await page.click("#flash-info")
  assert.deepEqual(await page.texts("#flash-info, #flash-error"), ["against you"])
  await page.push("clear")
  assert.equal(await page.count("#flash-error"), 0)
})

live("hooks of the live session stand before each view", "/navigation", async (page) => {
  await page.push("hooked")
  assert.equal(await page.text("#flash-info"), "hooked")
  await follow(page, "#to-elsewhere", "/navigation/elsewhere")
  await page.push("hooked")
  assert.equal(await page.text("#flash-info"), "hooked")
})

live("commands patch and navigate", "/navigation", async (page) => {
  await follow(page, "#js-patch", "/navigation/rooms/6")
  assert.equal(await page.text("#room"), "6")
  await follow(page, "#js-navigate", "/navigation/elsewhere")
  await goes(page, () => page.browserPage.goBack(), "/navigation")
  await becomes(() => page.text("#action"), "index")
})

live("the page is scrolled as it was when the history leads back", "/navigation", async (page) => {
  await page.evaluate(() => {
    document.body.style.paddingBottom = "4000px"
    window.scrollTo(0, 700)
    return new Promise((resolve) => setTimeout(resolve, 150))
  })
  await page.evaluate(() => document.getElementById("to-room").click())
  await becomes(() => path(page), "/navigation/rooms/7?sort=up")
  await page.evaluate(() => window.scrollTo(0, 0))
  await page.browserPage.goBack()
  await becomes(() => page.evaluate(() => window.scrollY), 700)
  await page.synced()
})

live("a page may cancel a link", "/navigation", async (page) => {
  await page.evaluate(() => {
    window.refuses = true
    document.addEventListener("click", (event) => {
      if (!window.refuses) return
      event.preventDefault()
      event.stopPropagation()
    })
  })
  for (const link of ["#to-room", "#to-elsewhere"]) await page.click(link)
  await page.push("turn")
  assert.equal(path(page), "/navigation")
  assert.deepEqual(await page.texts("#room, #turns"), ["none", "1"])
  await page.evaluate(() => (window.refuses = false))
  await follow(page, "#to-room", "/navigation/rooms/7?sort=up")
})

live("a page may cancel its navigation", "/navigation", async (page) => {
  await page.evaluate(() => {
    window.refuses = true
    window.addEventListener("phx:before-navigate", (event) => {
      window.told.push(`before navigate ${event.detail.href}`)
      if (window.refuses) event.preventDefault()
    })
  })
  for (const link of ["#to-room", "#to-elsewhere"]) await page.click(link)
  await page.push("turn")
  assert.equal(path(page), "/navigation")
  assert.deepEqual(await page.texts("#room, #turns"), ["none", "1"])
  assert.equal((await page.told("before navigate")).length, 2)
  await page.evaluate(() => (window.refuses = false))
  await follow(page, "#to-elsewhere", "/navigation/elsewhere")
  await page.evaluate(() => (window.refuses = true))
  await page.browserPage.goBack()
  await becomes(async () => (await page.told("before navigate")).length, 4)
  await becomes(() => path(page), "/navigation/elsewhere")
  await page.click("#inc")
  assert.equal(await page.text("#inc"), "1")
}, { since: "1.2" })
