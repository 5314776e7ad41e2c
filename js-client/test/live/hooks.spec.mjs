// Hooks: scripts that live and die with an element and talk with the view (features 45 to 47, 149, 153).

import assert from "node:assert/strict"
import { becomes, live } from "./pages.mjs"

// The callbacks of one element's hook, without the number of its instance.
const callbacks = async (page, id, hook = "Recorder") =>
  (await page.told(hook)).filter((line) => line.split(" ")[2] === id).map((line) => line.split(" ")[3])

const pushEvent = (page, talker, event, payload) =>
  page.evaluate(
    ([talker, event, payload]) =>
      new Promise((resolve) => window.talkers[talker].pushEvent(event, payload, (reply) => resolve(reply))),
    [talker, event, payload],
  )

live("a hook is mounted, updated and destroyed with its element", "/hooks", async (page) => {
  await page.push("inc")
  await page.push("toggle")
  await page.push("toggle")
  assert.deepEqual(await callbacks(page, "lifecycle"), ["mounted", "beforeUpdate", "updated", "destroyed", "mounted"])
})

live("a hook hears that the connection went and came back", "/hooks", async (page) => {
  await page.reconnect()
  await becomes(async () => (await callbacks(page, "lifecycle")).slice(0, 3), ["mounted", "disconnected", "reconnected"])
  const numbers = (await page.told("Recorder")).filter((line) => line.includes("lifecycle")).map((line) => line.split(" ")[1])
  assert.equal(new Set(numbers).size, 1)
})

live("an element with another id gets another hook", "/hooks", async (page) => {
  await page.push("other_id")
  assert.deepEqual(await callbacks(page, "changing"), ["mounted", "destroyed"])
  assert.deepEqual(await callbacks(page, "changed"), ["mounted"])
  await page.push("inc")
  assert.deepEqual(await callbacks(page, "changed"), ["mounted", "beforeUpdate", "updated"])
})

live("an element may get another hook together with another id", "/hooks", async (page) => {
  await page.evaluate(() => {
    const main = document.querySelector("[data-phx-main]")
    for (const event of ["other_hook", "other_id"]) window.liveSocket.js().push(main, event)
  })
  await becomes(() => callbacks(page, "changed", "OtherRecorder"), ["mounted"])
  assert.equal((await callbacks(page, "changing")).at(-1), "destroyed")
})

live("a hook's push is answered", "/hooks", async (page) => {
  assert.deepEqual(await pushEvent(page, "talker", "echo", { word: "hé\"llo" }), { word: 'hé"llo', count: 0 })
  assert.deepEqual(await pushEvent(page, "talker", "inc_and_reply", {}), { count: 1 })
  assert.equal(await page.text("#count"), "1")
  assert.deepEqual(await pushEvent(page, "talker", "inc", {}), null)
})

live("the reply comes when its changes are on the page", "/hooks", async (page) => {
  const count = await page.evaluate(
    () =>
      new Promise((resolve) =>
        window.talkers.talker.pushEvent("inc_and_reply", {}, () => resolve(document.getElementById("count").textContent)),
      ),
  )
  assert.equal(count, "1")
})

live("a push to a selector reaches each component, and each answers", "/hooks", async (page) => {
  const replies = await page.evaluate(async () => {
    const results = await window.talkers.talker.pushEventTo(".listener", "hear", { word: "all" })
    return results.map(({ value }) => value.reply.cid)
  })
  assert.deepEqual(replies, [1, 2])
  assert.deepEqual(await page.texts(".listener"), ["all", "all"])
})

live("a push to an element reaches the component it stands in", "/hooks", async (page) => {
  await page.evaluate(() => window.talkers.talker.pushEventTo(document.querySelectorAll(".listener")[1], "hear", { word: "you" }))
  assert.deepEqual(await page.texts(".listener"), ["", "you"])
  await page.evaluate(() => window.talkers.talker.pushEventTo("#talker", "hear", { word: "view" }))
  assert.equal(await page.text("#heard"), "view")
})

live("the server's events reach hooks and the window after the page has changed", "/hooks", async (page) => {
  await becomes(() => page.told("window heard from_mount"), ['window heard from_mount {"hello":"page"}'])
  await page.push("tell")
  await becomes(() => page.told("talker"), ['talker heard first {"n":1}'])
  await becomes(() => page.told("window heard second"), ['window heard second {"n":2}'])
  assert.equal(await page.text("#count"), "1")
})

live("a component's events reach the page's hooks", "/hooks", async (page) => {
  await page.push("tell", {}, { target: 1 })
  await becomes(() => page.told("talker"), ['talker heard first {"from":"component"}'])
})

live("a hook may come with the page's markup", "/hooks", async (page) => {
  await page.push("runtime")
  await becomes(() => page.text("#runtime"), "mounted at runtime")
})
