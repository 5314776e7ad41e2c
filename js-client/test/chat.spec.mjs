// The chat as people meet it: real browsers, the unmodified npm clients, the release binary.

import assert from "node:assert/strict"
import { spawn } from "node:child_process"
import { once } from "node:events"
import { mkdir, writeFile } from "node:fs/promises"
import { after, before, describe, test as nodeTest } from "node:test"
import { fileURLToPath } from "node:url"
import WebSocket from "ws"
import { launchBrowser } from "./browser.mjs"
import { emailOf, Person } from "./person.mjs"
import { ChatServer } from "./server.mjs"

const DOCUMENTATION = fileURLToPath(new URL("../../docs/images", import.meta.url))
const RESULTS = fileURLToPath(new URL("../test-results", import.meta.url))
const DIFF_BYTES_MAX = 2048

const TEST_MS_MAX = 60_000

let browser
let server
let rooms = 0

function test(name, work) {
  nodeTest(name, { timeout: TEST_MS_MAX }, work)
}

before(async () => {
  browser = await launchBrowser()
  server = await ChatServer.start()
})

after(async () => {
  await browser?.close()
  await server?.stop()
})

// Two people in a new room; both leave at the end, and neither page may have thrown.
async function inRoom(work, { on = server, seed = 0 } = {}) {
  const [ada, grace] = await Promise.all(["Ada", "Grace"].map((name) => Person.signIn(browser, on, name)))
  try {
    const room = await ada.createRoom(`Room ${++rooms}`)
    if (seed > 0) {
      await on.seed(room, seed)
      await ada.enterRoom(room)
    }
    await grace.enterRoom(room)
    await work(ada, grace, room)
    assert.deepEqual([...ada.errors, ...grace.errors], [])
  } finally {
    await Promise.all([ada.leave(), grace.leave()])
  }
}

describe("in a room", () => {
  test("two people see each other among the members", () =>
    inRoom(async (ada, grace) => {
      await ada.member("Grace").waitFor()
      await grace.member("Ada").waitFor()
      for (const person of [ada, grace]) assert.deepEqual((await person.memberNames()).sort(), ["Ada", "Grace"])
      assert.match(await ada.member("Ada").textContent(), /\(you\)/)
      assert.doesNotMatch(await ada.member("Grace").textContent(), /\(you\)/)
    }))

  test("messages go both ways and clear the field", () =>
    inRoom(async (ada, grace) => {
      await ada.send("hello from Ada")
      await grace.sees("hello from Ada")
      await grace.send("hello from Grace")
      await ada.sees("hello from Grace")
      for (const person of [ada, grace]) {
        assert.deepEqual(await person.bodies(), ["hello from Ada", "hello from Grace"])
      }
      await assertOwn(ada, "hello from Ada", true)
      await assertOwn(ada, "hello from Grace", false)
    }))

  test("the button sends as Enter does", () =>
    inRoom(async (ada, grace) => {
      await ada.composer.fill("by the button")
      await ada.page.click("#composer button")
      await grace.sees("by the button")
    }))

  test("Shift+Enter starts a new line, Enter sends both", () =>
    inRoom(async (ada, grace) => {
      await ada.type("one")
      await ada.composer.press("Shift+Enter")
      await ada.type("two")
      await ada.composer.press("Enter")
      await grace.sees("two")
      assert.deepEqual(await grace.bodies(), ["one\ntwo"])
    }))

  test("the composer has the focus from the start, except on a touch screen", () =>
    inRoom(async (ada, _grace, room) => {
      await ada.page.locator("#composer-body:focus").waitFor()
      const phone = await Person.signIn(browser, server, "Alan", { hasTouch: true, isMobile: true })
      await phone.enterRoom(room)
      assert.equal(await phone.page.locator("#composer-body:focus").count(), 0)
      await phone.leave()
    }))

  test("times are those of the visitor's zone, in the first page and after each patch", () =>
    inRoom(async (ada, _grace, room) => {
      await ada.send("sent before")
      const visitor = await Person.signIn(browser, server, "Alan", { timezoneId: "Asia/Kolkata" })
      await visitor.enterRoom(room)
      await ada.send("sent after")
      await visitor.sees("sent after")
      await visitor.send("sent from there")
      const times = await visitor.page.locator("#messages time").evaluateAll((times) =>
        times.map(({ dateTime, textContent }) => ({ dateTime, textContent })),
      )
      assert.equal(times.length, 3)
      for (const { dateTime, textContent } of times) {
        // India is five and a half hours ahead all year.
        const there = new Date(Date.parse(dateTime) + 5.5 * 3_600_000)
        assert.equal(textContent, there.toISOString().slice(11, 16), dateTime)
      }
      assert.deepEqual(visitor.errors, [])
      await visitor.leave()
    }))

  test("whoever has no script posts by a form, and the room sees it at once", () =>
    inRoom(async (ada, grace, room) => {
      const plain = await Person.signIn(browser, server, "Alan", { javaScriptEnabled: false })
      await plain.page.goto(`/chats/${room}`)
      const post = async (text) => {
        await plain.composer.fill(text)
        await plain.page.click("#composer button")
      }
      await post("one\ntwo")
      await plain.sees("two")
      assert.equal(new URL(plain.page.url()).pathname, `/chats/${room}`)
      for (const person of [ada, grace]) await person.sees("two")
      assert.deepEqual(await ada.bodies(), ["one\ntwo"])

      await post(" \n ")
      await plain.composer.waitFor()
      await post("x".repeat(4001))
      await plain.page.locator("main h1").filter({ hasText: "not sent" }).waitFor()
      assert.match(await plain.page.textContent("main .lead"), /4001/)
      assert.deepEqual(await ada.bodies(), ["one\ntwo"])
      await plain.leave()
    }))

  test("the composer grows with its text", () =>
    inRoom(async (ada) => {
      const { height } = await ada.composer.boundingBox()
      await ada.composer.fill("one\ntwo\nthree\nfour")
      assert.ok((await ada.composer.boundingBox()).height > 2 * height)
    }))

  test("dots show that somebody is typing, until the field is left", () =>
    inRoom(async (ada, grace) => {
      await grace.type("Hel")
      await ada.dots("Grace").waitFor()
      assert.equal(await ada.dots("Grace").textContent(), "...")
      assert.match(await ada.page.locator("#typing").textContent(), /Grace is typing/)
      assert.equal(await ada.dots("Ada").count(), 0)

      await grace.composer.blur()
      await ada.dots("Grace").waitFor({ state: "detached" })
      assert.doesNotMatch(await ada.page.locator("#typing").textContent(), /Grace/)
    }))

  test("a sent message ends the typing", () =>
    inRoom(async (ada, grace) => {
      await grace.type("done")
      await ada.dots("Grace").waitFor()
      await grace.composer.press("Enter")
      await ada.sees("done")
      await ada.dots("Grace").waitFor({ state: "detached" })
    }))

  test("the list is at the last message at first and after each message", () =>
    inRoom(
      async (ada, grace) => {
        for (const person of [ada, grace]) await person.isAtLastMessage()
        for (const [from, to] of [[ada, grace], [grace, ada], [ada, grace]]) {
          await Promise.all([from.scrollToFirstMessage(), to.scrollToFirstMessage()])
          const text = `scrolled by ${from.name} ${await from.page.locator("#messages li").count()}`
          await from.send(text)
          await to.sees(text)
          for (const person of [from, to]) await person.isAtLastMessage()
        }
      },
      { seed: 60 },
    ))

  test("each new_message comes after the diff with its message", () =>
    inRoom(async (ada, grace) => {
      const texts = Array.from({ length: 6 }, (_, n) => `ordered message number ${n}`)
      for (const [n, text] of texts.entries()) {
        const [from, to] = n % 2 === 0 ? [ada, grace] : [grace, ada]
        await from.send(text)
        await to.sees(text)
      }
      for (const person of [ada, grace]) {
        const news = () => person.log.pushes("event_bus:", "new_message")
        await person.log.until(() => news().length >= texts.length)
        assert.equal(news().length, texts.length)
        texts.forEach((text, n) => {
          const [diff] = person.log.diffsWith(text)
          assert.ok(diff, `${person.name} got no diff with ${text}`)
          assert.ok(diff.at < news()[n].at, `${person.name} was told of ${text} before the diff`)
        })
      }
    }))

  test("markup in a message is shown as text", () =>
    inRoom(async (ada, grace) => {
      const markup = "<script>alert(1)</script><img src=x onerror=alert(2)> &amp; \"quotes\" 'too'"
      await ada.send(markup)
      await grace.sees("alert(1)")
      await grace.page.reload()
      await grace.sees("alert(1)")
      for (const person of [ada, grace]) {
        assert.deepEqual(await person.bodies(), [markup])
        assert.equal(await person.page.locator("#messages script, #messages .body img").count(), 0)
      }
    }))

  test("two tabs of one person are one member, the last one to close leaves", () =>
    inRoom(async (ada, grace, room) => {
      const tab = await ada.openTab()
      await tab.enterRoom(room)
      await ada.page.close()
      await tab.send("still here")
      await grace.sees("still here")
      assert.deepEqual((await grace.memberNames()).sort(), ["Ada", "Grace"])

      await tab.page.close()
      await grace.member("Ada").waitFor({ state: "detached" })
      assert.deepEqual(await grace.memberNames(), ["Grace"])
    }))

  test("a message over 4000 characters is refused, kept in the field, and may be shortened", () =>
    inRoom(async (ada, grace) => {
      await ada.composer.fill("🦩".repeat(4001))
      await ada.composer.press("Enter")
      const error = ada.page.locator("#composer-error")
      await error.waitFor()
      assert.match(await error.textContent(), /4001/)
      assert.equal(await ada.composer.inputValue(), "🦩".repeat(4001))

      await ada.send("🦩".repeat(4000))
      await error.waitFor({ state: "detached" })
      await grace.sees("🦩")
      assert.deepEqual(await grace.bodies(), ["🦩".repeat(4000)])
    }))

  test("a draft of any length is kept up to 10000 characters, and counted in full", () =>
    inRoom(async (ada) => {
      const before = ada.log.received().length
      await ada.composer.evaluate((field) => {
        field.value = "x".repeat(1_000_000)
        field.dispatchEvent(new Event("input", { bubbles: true }))
      })
      await ada.log.until(() => ada.log.received().slice(before).some(({ text }) => text.includes("x".repeat(10_000))))
      await ada.page.click("#composer button")
      await ada.page.locator("#composer-error").filter({ hasText: "1000000" }).waitFor()
      for (const { text } of ada.log.received().slice(before)) {
        assert.ok(!text.includes("x".repeat(10_001)), `a message of ${text.length} characters came back`)
      }
    }))

  test("somebody who toggles between typing and not typing is told of once a second", () =>
    inRoom(async (ada, grace) => {
      await ada.member("Grace").waitFor()
      await grace.member("Ada").waitFor()
      const before = ada.log.received().length
      const start = Date.now()
      await grace.composer.evaluate(async (field) => {
        for (let toggle = 0; toggle < 300; toggle++) {
          field.value = toggle % 2 === 0 ? "x" : ""
          field.dispatchEvent(new Event("input", { bubbles: true }))
          await new Promise((resolve) => setTimeout(resolve, 3))
        }
        field.value = "the last state"
        field.dispatchEvent(new Event("input", { bubbles: true }))
      })
      // Answered when the server has handled all of the above.
      await grace.composer.press("Enter")
      await ada.sees("the last state")
      await grace.type("y")
      await ada.dots("Grace").waitFor()
      await grace.composer.blur()
      await ada.dots("Grace").waitFor({ state: "detached" })
      const seconds = (Date.now() - start) / 1000
      const diffs = ada.log.received().slice(before).filter(({ event }) => event === "diff").length
      // One of them brings the message, and one takes the mark away with it.
      assert.ok(diffs <= seconds + 3, `${diffs} diffs in ${seconds} s`)
    }))

  test("an empty message is ignored", () =>
    inRoom(async (ada, grace) => {
      await ada.composer.press("Enter")
      await ada.composer.fill("  \n ")
      await ada.composer.press("Enter")
      await ada.send("not empty")
      await grace.sees("not empty")
      assert.deepEqual(await grace.bodies(), ["not empty"])
    }))

  test("a room of 1000 messages shows them all and grows by one small diff", () =>
    inRoom(
      async (ada, grace) => {
        assert.equal((await grace.bodies()).length, 1000)
        await ada.send("the next one")
        await grace.sees("the next one")
        for (const person of [ada, grace]) {
          const diffs = person.log.diffsWith("the next one").map(({ text }) => text)
          assert.equal(diffs.length, 1, `${person.name} got ${diffs.length} diffs`)
          const bytes = Buffer.byteLength(diffs[0])
          assert.ok(bytes < DIFF_BYTES_MAX, `${person.name} got a diff of ${bytes} bytes`)
          const inserted = diffs[0].match(/\["message-\d+",-1,[^\]]*\]/g)
          assert.equal(inserted?.length, 1, `${person.name} got ${diffs[0]}`)
        }
      },
      { seed: 1000 },
    ))

  test("the page fits a phone and its targets are large enough to touch", () =>
    inRoom(async (ada) => {
      await ada.page.setViewportSize({ width: 390, height: 844 })
      await ada.send("with a button")
      for (const path of [new URL(ada.page.url()).pathname, "/"]) {
        await ada.page.goto(path)
        await assertFits(ada.page, path)
      }
    }))

  test("on a phone the rooms are a sheet that a button opens", () =>
    inRoom(async (ada) => {
      await ada.page.setViewportSize({ width: 390, height: 844 })
      assert.equal(await ada.page.locator("#room-list").isVisible(), false)
      await ada.page.click(".rooms-button")
      await ada.page.locator("#room-list [aria-current]").waitFor()
      await assertFits(ada.page, "the sheet")
    }))
})

async function assertFits(page, where) {
  assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), 390, where)
  for (const target of await page.locator(":is(a, button, input, textarea):visible").all()) {
    const box = await target.boundingBox()
    assert.ok(box.width >= 44 && box.height >= 44, `${where}: ${await target.evaluate((el) => el.outerHTML)}`)
  }
}

describe("one's own message", () => {
  test("is edited in its place, and everybody sees it at once", () =>
    inRoom(async (ada, grace) => {
      await ada.send("the frist")
      await ada.send("the second")
      await grace.sees("the second")
      const field = await ada.edit("the frist")
      await ada.page.locator("#edit-message textarea:focus").waitFor()
      assert.equal(await field.inputValue(), "the frist")
      await field.fill("the first <b>")
      await field.press("Enter")
      for (const person of [ada, grace]) {
        await person.sees("the first <b>")
        assert.deepEqual(await person.bodies(), ["the first <b>", "the second"])
        await person.row("the first <b>").locator(".edited").waitFor()
        assert.equal(await person.row("the second").locator(".edited").count(), 0)
      }
      assert.equal(await ada.page.locator("#edit-message").count(), 0)
      await grace.page.reload()
      await grace.sees("the first <b>")
    }))

  test("stays as it is when its form is left with Escape, or refused", () =>
    inRoom(async (ada, grace) => {
      await ada.send("as it is")
      const field = await ada.edit("as it is")
      await field.fill("x".repeat(4001))
      await ada.page.click("#edit-message .actions button:last-child")
      await ada.page.locator("#edit-message .error").filter({ hasText: "4001" }).waitFor()
      await field.press("Escape")
      await ada.sees("as it is")
      await grace.sees("as it is")
      assert.equal(await grace.page.locator(".edited").count(), 0)
    }))

  test("keeps what is being written into its form while the room goes on", () =>
    inRoom(async (ada, grace) => {
      await ada.send("to be continued")
      const field = await ada.edit("to be continued")
      await field.fill("half of")
      await grace.send("meanwhile")
      await ada.sees("meanwhile")
      assert.equal(await field.inputValue(), "half of")
      await field.press("Enter")
      await grace.sees("half of")
    }))

  test("is deleted for everybody, and the next one shows its author", () =>
    inRoom(async (ada, grace) => {
      await ada.send("first of two")
      await ada.send("second of two")
      await grace.sees("second of two")
      assert.equal(await grace.row("second of two").locator(".author").isVisible(), false)
      await ada.edit("first of two")
      await ada.delete(true)
      for (const person of [ada, grace]) {
        await person.message("first of two").waitFor({ state: "detached" })
        await person.row("second of two").locator(".avatar").waitFor({ state: "attached" })
        assert.deepEqual(await person.bodies(), ["second of two"])
      }
      await grace.row("second of two").locator(".author").waitFor()
      await ada.edit("second of two")
      await ada.delete(true)
      for (const person of [ada, grace]) await person.page.locator("#no-messages").waitFor()
    }))

  test("stays when the question whether to delete it is answered with no", () =>
    inRoom(async (ada, grace) => {
      await ada.send("to be kept")
      const field = await ada.edit("to be kept")
      await ada.delete(false)
      await field.fill("kept")
      await field.press("Enter")
      for (const person of [ada, grace]) await person.sees("kept")
    }))

  test("is nobody else's to edit", () =>
    inRoom(async (ada, grace) => {
      await ada.send("Ada's")
      await grace.sees("Ada's")
      assert.equal(await grace.page.locator(".edit").count(), 0)
      assert.equal(await ada.page.locator(".edit").count(), 1)
    }))
})

// Noise, which PNG cannot make smaller.
const NOISE = `
  const pixels = context.createImageData(width, height)
  for (let at = 0; at < pixels.data.length; at++) pixels.data[at] = at % 4 === 3 ? 255 : Math.random() * 256
  context.putImageData(pixels, 0, 0)`

describe("a picture", () => {
  test("is previewed, arrives in steps, is seen by everybody, and goes with its message", () =>
    inRoom(async (ada, grace) => {
      const content = await ada.draw(800, 500, NOISE)
      await ada.choosePicture("noise.png", content)
      const preview = ada.page.locator(".preview img")
      await ada.page.waitForFunction(() => document.querySelector(".preview img")?.naturalWidth === 800)
      assert.match(await preview.getAttribute("src"), /^blob:/)
      await ada.page.locator(".preview progress[value='100']").waitFor()
      assert.ok(ada.log.chunks >= content.length / 64_000, `${ada.log.chunks} chunks`)
      const steps = ada.log.messages.filter(({ event }) => event === "progress").map(({ payload }) => payload.progress)
      assert.ok(steps.length >= 3 && steps.at(-1) === 100, String(steps))

      await ada.send("look at this")
      await ada.page.locator(".preview").waitFor({ state: "detached" })
      for (const person of [ada, grace]) {
        const [picture, ...others] = await person.pictures()
        assert.deepEqual(others, [])
        assert.deepEqual([picture.naturalWidth, picture.naturalHeight, picture.alt], [800, 500, "noise.png"])
        const response = await person.context.request.get(picture.src)
        assert.equal(response.headers()["content-type"], "image/png")
        assert.equal(response.headers()["x-content-type-options"], "nosniff")
        assert.ok(content.equals(await response.body()))
      }
      const [{ src }] = await grace.pictures()
      await ada.edit("look at this")
      await ada.delete(true)
      await grace.page.locator("#messages .picture").waitFor({ state: "detached" })
      assert.equal((await grace.context.request.get(src)).status(), 404)
    }))

  test("needs no text, and the list stays at its end when it comes", () =>
    inRoom(
      async (ada, grace) => {
        await ada.choosePicture("alone.png", await ada.draw(600, 400, NOISE))
        await ada.page.click("#composer button[aria-label=Send]")
        for (const person of [ada, grace]) {
          await person.pictures()
          await person.isAtLastMessage()
        }
      },
      { seed: 60 },
    ))

  test("may have markup for a name", () =>
    inRoom(async (ada, grace) => {
      const name = `"><img src=x onerror=alert(1)><script>alert(2)&.png`
      await ada.choosePicture(name, await ada.draw(4, 4, NOISE))
      assert.equal(await ada.page.textContent(".preview .name"), name)
      await ada.send("named")
      for (const person of [ada, grace]) {
        const [{ alt }] = await person.pictures()
        assert.equal(alt, name)
        assert.equal(await person.page.locator("#messages img, .preview img").count(), 1)
        assert.equal(await person.page.locator("#conversation script").count(), 0)
      }
    }))

  test("that is a text file is refused, and the draft stays", () =>
    inRoom(async (ada, grace) => {
      await ada.choosePicture("notes.png", Buffer.from("<script>alert(1)</script> is no picture"))
      await ada.page.locator(".preview progress[value='100']").waitFor()
      await ada.composer.fill("have a look")
      await ada.composer.press("Enter")
      await ada.page.locator("#composer-error").filter({ hasText: "no PNG" }).waitFor()
      assert.equal(await ada.composer.inputValue(), "have a look")
      await ada.page.locator(".preview").waitFor({ state: "detached" })
      await ada.send("without it")
      await grace.sees("without it")
      assert.equal(await grace.page.locator("#messages .picture").count(), 0)
    }))

  test("that is too large says so, and may be removed", () =>
    inRoom(async (ada) => {
      await ada.choosePicture("large.png", Buffer.alloc(4_000_001))
      await ada.page.locator(".preview .error").filter({ hasText: "4 MB" }).waitFor()
      await ada.page.locator(".preview .no-picture").waitFor()
      assert.equal(await ada.page.locator(".preview img").count(), 0)
      await ada.page.click(".preview button")
      await ada.page.locator(".preview").waitFor({ state: "detached" })
      await ada.send("never mind")
      assert.equal(ada.log.chunks, 0)
    }))
})

describe("two connections with one page's token", () => {
  test("each get the pushes of their own view", () =>
    inRoom(async (ada, grace, room) => {
      const token = await ada.page.getAttribute("meta[name=channel_token]", "content")
      const other = await openSocket({ channel_token: token }, await ada.context.cookies())
      other.send(JSON.stringify(["1", "1", `event_bus:${room}`, "phx_join", {}]))
      const [reply] = await once(other, "message")
      assert.equal(JSON.parse(reply)[4].status, "ok")
      await grace.send("for the page")
      await ada.sees("for the page")
      await ada.log.until(() => ada.log.pushes(`event_bus:${room}`, "new_message").length === 1)
      other.close()
    }))
})

describe("going from room to room", () => {
  test("keeps page and connection, and the members follow", () =>
    inRoom(async (ada, grace, room) => {
      const other = await grace.createRoom(`Room ${++rooms}`)
      await grace.enterRoom(room)
      await ada.member("Grace").waitFor()
      await ada.page.evaluate(() => (window.isStillThere = true))
      await ada.send("here")
      const frames = ada.log.messages.length

      await ada.goToRoom(other)
      assert.equal(new URL(ada.page.url()).pathname, `/chats/${other}`)
      assert.match(await ada.page.title(), new RegExp(`Room ${rooms}`))
      assert.equal(await ada.page.textContent(".header h1"), `Room ${rooms}`)
      await grace.member("Ada").waitFor({ state: "detached" })
      assert.deepEqual(await ada.memberNames(), ["Ada"])
      assert.deepEqual(await ada.bodies(), [])

      await ada.send("there")
      const news = () => ada.log.pushes(`event_bus:${other}`, "new_message")
      await ada.log.until(() => news().length === 1)
      const [diff] = ada.log.diffsWith("there")
      assert.ok(frames < diff.at && diff.at < news()[0].at)

      await ada.page.goBack()
      await ada.sees("here")
      await grace.member("Ada").waitFor()
      assert.deepEqual(await grace.bodies(), ["here"])
      assert.equal(await ada.page.evaluate(() => window.isStillThere), true)
      assert.equal(ada.log.sockets, 1)
    }))

  test("ends the pushes of the room that was left", () =>
    inRoom(async (ada, grace, room) => {
      const other = await grace.createRoom(`Room ${++rooms}`)
      await grace.enterRoom(room)
      await ada.goToRoom(other)
      await grace.send("not for Ada")
      await ada.send("for Ada")
      await ada.log.until(() => ada.log.pushes("event_bus:", "new_message").length > 0)
      const topics = ada.log.pushes("event_bus:", "new_message").map(({ topic }) => topic)
      assert.deepEqual(topics, [`event_bus:${other}`])
      assert.equal(ada.log.diffsWith("not for Ada").length, 0)
    }))

  test("a room that somebody makes is in everybody's list at once", () =>
    inRoom(async (ada, grace) => {
      const other = await grace.createRoom(`Room ${++rooms}`)
      await ada.page.locator(`#to-room-${other}`).filter({ hasText: `Room ${rooms}` }).waitFor()
    }))
})

async function assertOwn(person, text, own) {
  const item = person.page.locator("#messages li").filter({ hasText: text })
  assert.equal(await item.evaluate((li) => li.classList.contains("own")), own, text)
}

describe("a server that is killed and started again", () => {
  test("finds both people again, who go on chatting where they were", async () => {
    const own = await ChatServer.start()
    try {
      await inRoom(
        async (ada, grace) => {
          await ada.send("before")
          await grace.sees("before")
          await grace.type("half a thought")

          await own.kill()
          for (const person of [ada, grace]) await person.connectionLost().waitFor()
          await own.restart()
          for (const person of [ada, grace]) await person.connectionLost().waitFor({ state: "hidden" })

          await ada.member("Grace").waitFor()
          await ada.send("after")
          await grace.sees("after")
          assert.equal(await grace.composer.inputValue(), "half a thought")
          await grace.composer.press("Enter")
          for (const person of [ada, grace]) {
            await person.sees("half a thought")
            assert.deepEqual(await person.bodies(), ["before", "after", "half a thought"])
          }
        },
        { on: own },
      )
    } finally {
      await own.stop()
    }
  })
})

// Holds the database for writing, as a backup might, while `work` runs; Python brings SQLite along.
async function whileLocked(database, work) {
  const script = `import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute("BEGIN IMMEDIATE")
print("locked", flush=True)
sys.stdin.read()`
  const holder = spawn("python3", ["-c", script, database], { stdio: ["pipe", "pipe", "inherit"] })
  const ended = once(holder, "close")
  try {
    const [answer] = await Promise.race([once(holder.stdout, "data"), ended])
    assert.match(String(answer), /^locked/)
    await work()
  } finally {
    holder.stdin.end()
    await ended
  }
}

describe("a database that is locked for long", () => {
  test("costs nobody the view nor the message: it may be sent again", async () => {
    const own = await ChatServer.start()
    try {
      await inRoom(
        async (ada, grace) => {
          const error = ada.page.locator("#composer-error")
          await whileLocked(own.database, async () => {
            await ada.composer.fill("in spite of the backup")
            await ada.composer.press("Enter")
            await error.filter({ hasText: "The chat is busy, try again." }).waitFor()
            assert.equal(await ada.composer.inputValue(), "in spite of the backup")
          })
          await ada.composer.press("Enter")
          await grace.sees("in spite of the backup")
          await error.waitFor({ state: "detached" })
          assert.deepEqual(await grace.bodies(), ["in spite of the backup"])
        },
        { on: own },
      )
    } finally {
      await own.stop()
    }
  })
})

describe("the door", () => {
  test("a page with a tampered channel token gets no socket", () =>
    inRoom(async (ada, _grace, room) => {
      const { token } = await credentials(ada, room)
      const tab = await ada.openTab()
      // Runs when the page is parsed, before its deferred script reads the token.
      await tab.page.addInitScript((token) => {
        document.addEventListener("readystatechange", () => {
          document.querySelector('meta[name="channel_token"]').content = token
        }, { once: true })
      }, tamper(token))
      await tab.page.goto(`/chats/${room}`)
      await tab.log.until(() => tab.log.errors.length > 0)
      assert.match(tab.log.errors[0], /403/)
      await tab.connectionLost().waitFor()
      assert.deepEqual(tab.log.received(), [])
    }))

  test("the handshake takes the page's channel token and refuses any other with 403", () =>
    inRoom(async (ada, _grace, room) => {
      const { token, csrf } = await credentials(ada, room)
      const cookies = await ada.context.cookies()
      const handshake = (params) => handshakeStatus({ _csrf_token: csrf, ...params }, cookies)
      assert.equal(await handshake({ channel_token: token }), 101)
      assert.equal(await handshake({ channel_token: tamper(token) }), 403)
      assert.equal(await handshake({ channel_token: "" }), 403)
      assert.equal(await handshake({}), 403)
    }))

  test("forms without the CSRF token are refused with 403", async () => {
    const ada = await Person.signIn(browser, server, "Ada")
    for (const path of ["/session", "/chats", "/chats/1/messages", "/session/delete"]) {
      for (const token of [undefined, "", "made up"]) {
        const form = { name: "x", email: "x@example.org", ...(token === undefined ? {} : { _csrf_token: token }) }
        const response = await ada.context.request.post(path, { form, maxRedirects: 0 })
        assert.equal(response.status(), 403, `${path} with ${token}`)
      }
    }
    await ada.page.goto("/")
    await ada.page.locator("#create-room").waitFor()
    await ada.leave()
  })

  test("signing in with nothing says what is missing", async () => {
    const page = await browser.newPage({ baseURL: server.url })
    await page.goto("/")
    await page.click("#sign-in button")
    await page.locator("#name-error").waitFor()
    assert.equal(await page.textContent("#name-error"), "Enter your name.")
    assert.match(await page.textContent("#email-error"), /Enter an email address/)
    await page.locator("#sign-in-name:focus").waitFor()

    await page.fill("#sign-in-name", "Ada <&> Lovelace")
    await page.fill("#sign-in-email", "not an address")
    await page.click("#sign-in button")
    await page.locator("#name-error").waitFor({ state: "detached" })
    assert.equal(await page.inputValue("#sign-in-name"), "Ada <&> Lovelace")
    assert.equal(await page.inputValue("#sign-in-email"), "not an address")
    assert.match(await page.textContent("#email-error"), /Enter an email address/)
    await page.locator("#sign-in-email:focus").waitFor()
    await page.close()
  })

  test("signing out leads back to the sign-in page, and closes the rooms", async () => {
    const ada = await Person.signIn(browser, server, "Ada")
    const room = await ada.createRoom(`Room ${++rooms}`)
    await ada.page.click(".header form button")
    await ada.page.locator("#sign-in").waitFor()
    await ada.page.goto(`/chats/${room}`)
    await ada.page.locator("#sign-in").waitFor()
    assert.equal(await ada.page.locator("#messages").count(), 0)
    await ada.leave()
  })

  test("signing in again is the same person", async () => {
    const first = await Person.signIn(browser, server, "Ada")
    const room = await first.createRoom(`Room ${++rooms}`)
    await first.send("mine")
    const second = await Person.signIn(browser, server, "Ada")
    await second.enterRoom(room)
    await assertOwn(second, "mine", true)
    assert.deepEqual(await second.memberNames(), ["Ada"])
    await Promise.all([first.leave(), second.leave()])
  })

  test("an unknown room and an unknown page are told apart, both with status 404", async () => {
    const ada = await Person.signIn(browser, server, "Ada")
    const titles = {
      "There is no such room": ["/chats/999999999", "/chats/-1", "/chats/general", "/chats/99999999999999999999"],
      "This page does not exist": ["/nowhere", "/chats", "/chats/1/nowhere"],
    }
    for (const [title, paths] of Object.entries(titles)) {
      for (const path of paths) {
        const response = await ada.page.goto(path)
        assert.equal(response.status(), 404, path)
        assert.equal(await ada.page.textContent("main h1"), title, path)
      }
    }
    await ada.leave()
  })
})

// What the page of a room gives to its script.
async function credentials(person, room) {
  const html = await (await person.context.request.get(`/chats/${room}`)).text()
  const content = (name) => html.match(new RegExp(`<meta name="${name}" content="([^"]+)"`))[1]
  return { token: content("channel_token"), csrf: content("csrf-token") }
}

// Another character of the same alphabet in the middle.
function tamper(token) {
  const middle = token.length >> 1
  return token.slice(0, middle) + (token[middle] === "A" ? "B" : "A") + token.slice(middle + 1)
}

async function handshakeStatus(params, cookies) {
  try {
    const socket = await openSocket(params, cookies)
    socket.close()
    return 101
  } catch (refused) {
    return refused.status
  }
}

// A socket without a page; rejects with the status of the answer when it is refused.
function openSocket(params, cookies) {
  const query = new URLSearchParams({ ...params, vsn: "2.0.0" })
  const socket = new WebSocket(`${server.url.replace("http", "ws")}/live/websocket?${query}`, {
    origin: server.url,
    headers: { cookie: cookies.map(({ name, value }) => `${name}=${value}`).join("; ") },
  })
  return new Promise((resolve, reject) => {
    socket.on("open", () => resolve(socket))
    socket.on("unexpected-response", (request, { statusCode: status }) => {
      request.destroy()
      reject(Object.assign(new Error(`refused with ${status}`), { status }))
    })
    socket.on("error", reject)
  })
}

describe("the rooms", () => {
  test("are listed with how many are in them", () =>
    inRoom(async (ada, grace, room) => {
      await ada.member("Grace").waitFor()
      const tab = await grace.openTab()
      await tab.page.goto("/")
      const count = tab.page.locator(`#room-${room} .count`)
      await count.filter({ hasText: "2 online" }).waitFor()
      await tab.page.click(`#room-${room} a`)
      await tab.page.locator("#composer").waitFor()
    }))

  test("need a name that is not taken", async () => {
    const ada = await Person.signIn(browser, server, "Ada")
    const name = `Room ${++rooms}`
    await ada.createRoom(name)
    for (const [taken, message] of [["", /Give the room a name/], [name, /exists/]]) {
      await ada.page.goto("/")
      await ada.page.fill("#room-name", taken)
      await ada.page.click("#create-room button")
      await ada.page.locator("#room-error").filter({ hasText: message }).waitFor()
    }
    await ada.leave()
  })
})

// The pictures go to test-results/; SCREENSHOTS=1 renews those of the documentation.
const IMAGES = process.env.SCREENSHOTS ? DOCUMENTATION : RESULTS
const LINES = [
  ["Grace Hopper", "Morning! Did the nightly build go through?"],
  ["Ada Lovelace", "It did. Ten minutes faster than yesterday, too."],
  ["Alan Turing", "Nice. Ten of how many?"],
  ["Ada Lovelace", "See for yourself.", "build-minutes.png"],
  ["Katherine Johnson", "Checked the numbers on my side, they agree to the second."],
  ["Grace Hopper", "And <script>alert(1)</script> shows as text, as it should."],
  ["Alan Turing", "Who writes the release note?"],
  ["Ada Lovelace", "I wil. Give me until lunch."],
]
const CHART = `
  context.fillStyle = "#fbfaf5"
  context.fillRect(0, 0, width, height)
  context.textAlign = "center"
  const bars = [["Monday", 41, "#9fb8b5"], ["Tuesday", 42, "#9fb8b5"], ["Wednesday", 32, "#0b6a63"]]
  bars.forEach(([label, value, colour], n) => {
    const [x, top] = [110 + n * 200, height - 70 - value * 5]
    context.fillStyle = colour
    context.beginPath()
    context.roundRect(x, top, 120, value * 5, [12, 12, 0, 0])
    context.fill()
    context.fillStyle = "#14201f"
    context.font = "600 26px system-ui"
    context.fillText(value + " min", x + 60, top - 14)
    context.font = "24px system-ui"
    context.fillText(label, x + 60, height - 30)
  })`

async function picture(person, { width, height, colorScheme = "light" }) {
  await person.page.emulateMedia({ colorScheme })
  await person.page.setViewportSize({ width, height })
  await person.isAtLastMessage()
  return person.page.screenshot()
}

// Two windows on one desk.
async function sideBySide(person, windows) {
  const images = windows.map((png) => `<img src="data:image/png;base64,${png.toString("base64")}">`)
  const desk = await person.page.context().newPage()
  await desk.setViewportSize({ width: 1640, height: 820 })
  await desk.setContent(`<style>
    body { margin: 0; height: 100vh; display: flex; gap: 32px; align-items: center; justify-content: center; background: #cfdcdb }
    img { border-radius: 10px; box-shadow: 0 12px 32px #0005 }
  </style>${images.join("")}`)
  const png = await desk.screenshot()
  await desk.close()
  return png
}

test("leaves pictures of the chat: two windows, a phone, in the dark", async () => {
  await mkdir(IMAGES, { recursive: true })
  const own = await ChatServer.start()
  const people = new Map()
  for (const name of new Set(LINES.map(([name]) => name))) people.set(name, await Person.signIn(browser, own, name))
  const [ada, grace] = [people.get("Ada Lovelace"), people.get("Grace Hopper")]
  for (const name of ["Announcements", "Lunch", "Release 1.0"]) await ada.createRoom(name)
  const room = await ada.createRoom("General")
  for (const person of people.values()) await person.enterRoom(room)
  const chart = await ada.draw(720, 340, CHART)
  for (const [name, text, file] of LINES) {
    if (file) await people.get(name).choosePicture(file, chart)
    await people.get(name).send(text)
  }
  await (await ada.edit("I wil.")).fill("I will. Give me until lunch.")
  await ada.page.click("#edit-message .actions button:last-child")
  for (const person of people.values()) await person.sees("I will.")
  for (const person of people.values()) await person.pictures()
  await ada.composer.focus()
  for (const person of people.values()) await person.typingEnded()
  await grace.type("Then I will")
  await ada.dots("Grace Hopper").waitFor()
  const half = { width: 760, height: 740 }
  const pictures = {
    windows: await sideBySide(ada, [await picture(ada, half), await picture(grace, half)]),
    dark: await picture(ada, { width: 1280, height: 800, colorScheme: "dark" }),
    phone: await picture(ada, { width: 390, height: 844 }),
  }
  for (const [name, png] of Object.entries(pictures)) await writeFile(`${IMAGES}/chat-${name}.png`, png)
  for (const person of people.values()) await person.leave()
  await own.stop()
})
