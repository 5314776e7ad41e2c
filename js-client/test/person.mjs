// Somebody with a browser of their own: signs in, enters rooms, writes, looks.

import { SocketLog } from "./socket_log.mjs"

// How long a page may take to show what a test waits for.
const WAIT_MS_MAX = 15_000

export class Person {
  static async signIn(browser, server, name, options = {}) {
    const context = await browser.newContext({ baseURL: server.url, ...options })
    context.setDefaultTimeout(WAIT_MS_MAX)
    const person = new Person(name, context, await context.newPage())
    await person.page.goto("/")
    await person.page.fill("#sign-in-name", name)
    await person.page.fill("#sign-in-email", emailOf(name))
    await person.page.click("#sign-in button")
    await person.page.locator("#create-room").waitFor()
    return person
  }

  constructor(name, context, page) {
    this.name = name
    this.context = context
    this.page = page
    this.log = new SocketLog(page)
    this.errors = []
    this.answer = undefined
    page.on("pageerror", (error) => this.errors.push(error))
    page.on("dialog", (dialog) => {
      if (this.answer === undefined) this.errors.push(new Error(`dialog: ${dialog.message()}`))
      return this.answer ? dialog.accept() : dialog.dismiss()
    })
  }

  // Another tab of the same browser, signed in already.
  async openTab() {
    return new Person(this.name, this.context, await this.context.newPage())
  }

  // Creates a room and stays in it; returns its id.
  async createRoom(name) {
    await this.page.goto("/")
    await this.page.fill("#room-name", name)
    await this.page.click("#create-room button")
    await this.page.waitForURL(/\/chats\/\d+$/)
    const id = Number(this.page.url().split("/").at(-1))
    await this.#joined(id)
    return id
  }

  async enterRoom(id) {
    await this.page.goto(`/chats/${id}`)
    await this.#joined(id)
  }

  // Goes from one room to another by the list of rooms.
  async goToRoom(id) {
    await this.page.click(`#to-room-${id}`)
    await this.#joined(id)
  }

  async #joined(id) {
    await this.page.locator(`.phx-connected [data-chat-id="${id}"] #composer-body`).waitFor()
    await this.page.waitForFunction(
      (topic) => window.liveSocket.socket.channels.some((channel) => channel.topic === topic && channel.state === "joined"),
      `event_bus:${id}`,
    )
  }

  get composer() {
    return this.page.locator("#composer-body")
  }

  async type(text) {
    await this.composer.pressSequentially(text)
  }

  // Sends with Enter and waits until the field is empty again and the message is in the list.
  async send(text) {
    await this.composer.fill(text)
    await this.composer.press("Enter")
    await this.sees(text)
    await this.page.waitForFunction(() => document.getElementById("composer-body").value === "")
  }

  message(text) {
    return this.page.locator("#messages li .body").filter({ hasText: text })
  }

  // The row of a message.
  row(text) {
    return this.page.locator("#messages li").filter({ has: this.page.locator(".body").filter({ hasText: text }) })
  }

  // Opens the form of a message of one's own; returns its field.
  async edit(text) {
    await this.row(text).hover()
    await this.row(text).locator(".edit").click()
    const field = this.page.locator("#edit-message textarea")
    await field.waitFor()
    return field
  }

  // Deletes the message whose form is open, if the answer to the question is yes.
  async delete(answer) {
    this.answer = answer
    await this.page.click("#edit-message .danger")
    this.answer = undefined
  }

  // Chooses a file for the next message; `content` is a buffer.
  async choosePicture(name, content) {
    await this.page.setInputFiles("#composer input[type=file]", { name, mimeType: "image/png", buffer: content })
    await this.page.locator(".preview").waitFor()
  }

  // The pictures in the list, once they are there to be seen.
  async pictures() {
    const pictures = this.page.locator("#messages .picture")
    await pictures.first().waitFor()
    return pictures.evaluateAll(async (images) => {
      await Promise.all(images.map((image) => image.decode()))
      return images.map(({ src, alt, naturalWidth, naturalHeight }) => ({ src, alt, naturalWidth, naturalHeight }))
    })
  }

  // A PNG that the browser draws.
  async draw(width, height, paint) {
    const url = await this.page.evaluate(
      ({ width, height, paint }) => {
        const canvas = Object.assign(document.createElement("canvas"), { width, height })
        new Function("context", "width", "height", paint)(canvas.getContext("2d"), width, height)
        return canvas.toDataURL("image/png")
      },
      { width, height, paint },
    )
    return Buffer.from(url.split(",")[1], "base64")
  }

  sees(text) {
    return this.message(text).waitFor()
  }

  bodies() {
    return this.page.locator("#messages li .body").allTextContents()
  }

  member(name) {
    return this.page.locator("#members li").filter({ hasText: name })
  }

  memberNames() {
    return this.page.locator("#members li .name").allTextContents()
  }

  // The dots beside a member's name.
  dots(name) {
    return this.member(name).locator(".typing-dots")
  }

  // Resolves when nobody is shown as typing.
  async typingEnded() {
    await this.page.waitForFunction(() => document.querySelectorAll(".typing-dots").length === 0)
  }

  connectionLost() {
    return this.page.locator("#connection-lost")
  }

  // Resolves when the end of the list is in view, and rejects when the list is too short to tell.
  async isAtLastMessage() {
    await this.page.waitForFunction(() => {
      const list = document.getElementById("messages")
      return list.scrollHeight > list.clientHeight && list.scrollHeight - list.clientHeight - list.scrollTop < 2
    })
  }

  scrollToFirstMessage() {
    return this.page.evaluate(() => {
      document.getElementById("messages").scrollTop = 0
    })
  }

  leave() {
    return this.context.close()
  }
}

export function emailOf(name) {
  return `${name.toLowerCase().replaceAll(/[^a-z]+/g, ".")}@example.org`
}
