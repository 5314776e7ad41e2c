// Streams: what the browser keeps and the server forgets (features 111 to 121).

import assert from "node:assert/strict"
import { becomes, live } from "./pages.mjs"

const change = (page, ...changes) => page.push("items", { changes })
const append = (items) => ({ do: "append", items })
const prepend = (items) => ({ do: "prepend", items })
const insertAt = (at, items) => ({ do: "insert_at", at, items })
const update = (item) => ({ do: "update", item })
const remove = (item) => ({ do: "delete", item })
const reset = { do: "reset" }

// The items' texts in their order.
const shown = (page, list = "items") =>
  page.locator(`#${list} > li:not(#items-empty)`).evaluateAll((items) =>
    items.map((item) => (item.querySelector("span") ?? item).textContent).join(" "),
  )

live("items are there before the script and after it", "/streams", async (page) => {
  assert.match(await page.loaded.text(), /<li id="items-a"/)
  assert.equal(await shown(page), "a b c d")
  assert.equal(await shown(page, "others"), "a b")
  assert.equal(await shown(page, "notes-x"), "a b")
})

live("items are appended, prepended and inserted anywhere", "/streams", async (page) => {
  await change(page, append("e f"))
  assert.equal(await shown(page), "a b c d e f")
  await change(page, prepend("z"))
  assert.equal(await shown(page), "z a b c d e f")
  await change(page, insertAt(2, "x"))
  assert.equal(await shown(page), "z a x b c d e f")
  await change(page, insertAt(1, "p"), append("q"), prepend("r"))
  assert.equal(await shown(page), "r z p a x b c d e f q")
})

live("several items prepended together stand in the order of a stack", "/streams", async (page) => {
  await change(page, prepend("x y z"))
  assert.equal(await shown(page), "z y x a b c d")
})

live("several items inserted at one place stand in the order of a stack", "/streams", async (page) => {
  await change(page, insertAt(1, "x y z"))
  assert.equal(await shown(page), "a z y x b c d")
})

live("an item that is there is updated in its place", "/streams", async (page) => {
  for (const where of [append, prepend, (item) => insertAt(1, item)]) {
    await change(page, where("c:changed"))
    assert.equal(await shown(page), "a b changed d")
    await change(page, where("c"))
    assert.equal(await shown(page), "a b c d")
  }
})

live("of several changes of one item the last is shown", "/streams", async (page) => {
  await change(page, append("e:one"), append("e:two"), append("b:three"))
  assert.equal(await shown(page), "a three c d two")
})

live("items are deleted, by item and by DOM id", "/streams", async (page) => {
  await change(page, remove("b"))
  await becomes(() => shown(page), "a c d")
  await change(page, { do: "delete_by_dom_id", dom_id: "items-d" }, remove("nobody"))
  await becomes(() => shown(page), "a c")
  await change(page, append("b"))
  assert.equal(await shown(page), "a c b")
})

live("deleting and inserting moves an item", "/streams", async (page) => {
  await change(page, remove("c"), prepend("c"))
  assert.equal(await shown(page), "c a b d")
  await change(page, remove("c"), append("c"))
  assert.equal(await shown(page), "a b d c")
  await change(page, remove("d"), insertAt(1, "d"))
  assert.equal(await shown(page), "a d b c")
})

live("a reset empties the list and shows its alternative", "/streams", async (page) => {
  assert.equal(await page.isVisible("#items-empty"), false)
  await change(page, reset)
  await becomes(() => shown(page), "")
  assert.equal(await page.isVisible("#items-empty"), true)
  await change(page, append("x"))
  assert.equal(await shown(page), "x")
  assert.equal(await page.isVisible("#items-empty"), false)
})

live("a reset reorders what stays, in every way", "/streams", async (page) => {
  for (const order of ["d c b a", "e a f g", "g a", "a b c d", "b x c", "x b c a d", "d", "a d"]) {
    await change(page, reset, append(order))
    await becomes(() => shown(page), order)
  }
})

live("after a reset to fewer items others may be put around them", "/streams", async (page) => {
  await change(page, reset, append("b c"))
  await becomes(() => shown(page), "b c")
  await change(page, prepend("a"))
  await change(page, append("d"))
  assert.equal(await shown(page), "a b c d")
  await change(page, reset, prepend("x y"))
  await becomes(() => shown(page), "y x")
})

live("what a reset sends again has its new attributes", "/streams", async (page) => {
  await page.push("count")
  assert.equal(await page.attribute("#items-a", "data-count"), "0")
  await change(page, reset, append("b a x"))
  await becomes(() => shown(page), "b a x")
  for (const item of ["b", "a", "x"]) assert.equal(await page.attribute(`#items-${item}`, "data-count"), "1")
})

live("a change beside a stream leaves its items alone", "/streams", async (page) => {
  await page.locator("#items-b").evaluate((item) => (item.kept = true))
  await page.push("count")
  assert.equal(await page.text("#count"), "1")
  assert.equal(await shown(page), "a b c d")
  assert.equal(await page.locator("#items-b").evaluate((item) => item.kept), true)
})

live("only items that are there take an update", "/streams", async (page) => {
  await change(page, update("c:changed"), update("x:never"))
  assert.equal(await shown(page), "a b changed d")
})

live("a negative limit keeps the last items", "/streams?limit=-3", async (page) => {
  assert.match(await page.loaded.text(), /limited-a.*limited-d/s)
  const limited = () => shown(page, "limited")
  const change = (change) => page.push("limited", { changes: [change] })
  assert.equal(await limited(), "b c d")
  await change(append("e"))
  assert.equal(await limited(), "c d e")
  await change(append("f g h i j"))
  assert.equal(await limited(), "h i j")
  await change(prepend("a"))
  assert.equal(await limited(), "h i j")
})

live("a positive limit keeps the first items", "/streams?limit=3", async (page) => {
  const limited = () => shown(page, "limited")
  const change = (change) => page.push("limited", { changes: [change] })
  assert.equal(await limited(), "a b c")
  await change(prepend("z"))
  assert.equal(await limited(), "z a b")
  await change(append("x"))
  assert.equal(await limited(), "z a b")
  await change(insertAt(1, "m n"))
  assert.equal(await limited(), "z n m")
})

live("items may name their own DOM ids", "/streams", async (page) => {
  await page.push("others", { changes: [append("c"), remove("a")] })
  await becomes(() => shown(page, "others"), "b c")
  assert.equal(await page.count("#others #other-c"), 1)
})

live("streams in a comprehension do not mix", "/streams", async (page) => {
  await page.push("group", { name: "right", items: "c d" })
  assert.equal(await shown(page, "left"), "a b")
  assert.equal(await shown(page, "right"), "a b c d")
  await page.push("group", { name: "left", items: "x" })
  assert.equal(await shown(page, "left"), "a b x")
  assert.equal(await shown(page, "right"), "a b c d")
})

live("a component has streams of its own", "/streams", async (page) => {
  await page.click("#board-single button")
  assert.equal(await shown(page, "notes-single"), "new a b")
  await page.push("notes", { changes: [remove("a"), append("z")] }, { target: "#board-single" })
  await becomes(() => shown(page, "notes-single"), "new b z")
  await page.push("count")
  assert.equal(await shown(page, "notes-single"), "new b z")
  assert.equal(await shown(page), "a b c d")
})

live("components with streams are items of a stream", "/streams", async (page) => {
  await page.push("notes", { changes: [reset, append("b a")] }, { target: "#board-x" })
  await becomes(() => shown(page, "notes-x"), "b a")
  await page.push("boards", { names: "z x y" })
  await becomes(() => page.locator("#boards > div").evaluateAll((all) => all.map((one) => one.id).join(" ")), "boards-z boards-x boards-y")
  assert.equal(await shown(page, "notes-z"), "a b")
  await page.click("#board-z button")
  assert.equal(await shown(page, "notes-z"), "new a b")
})

live("a stream is whole after the connection was lost", "/streams", async (page) => {
  await change(page, remove("a"), append("x"))
  await becomes(() => shown(page), "b c d x")
  await page.reconnect()
  await becomes(() => shown(page), "a b c d")
  await change(page, append("y"))
  assert.equal(await shown(page), "a b c d y")
})

live("what commands did to an item outlasts a new connection", "/streams", async (page) => {
  await page.click("#items-b button")
  await becomes(() => page.isVisible("#items-b"), false)
  await page.reconnect()
  await becomes(() => shown(page), "a b c d")
  assert.equal(await page.isVisible("#items-b"), false)
  assert.equal(await page.isVisible("#items-a"), true)
})

live("an item that fades out and returns meanwhile stays", "/streams", async (page) => {
  await change(page, remove("b"))
  await change(page, prepend("b"))
  await change(page, reset, append("a b c d"))
  await becomes(() => shown(page), "a b c d")
  assert.equal(await page.isVisible("#items-b"), true)
})

live("texts between items do not pile up", "/streams", async (page) => {
  const nodes = () => page.locator("#items").evaluate((list) => list.childNodes.length)
  const before = await nodes()
  for (let turn = 0; turn < 10; turn++) {
    await change(page, append("x"))
    await change(page, remove("x"))
    await becomes(() => shown(page), "a b c d")
  }
  assert.ok((await nodes()) <= before + 2, `${before} nodes became ${await nodes()}`)
})
