// What happened, in order, for whoever waits for it.

export class Inbox {
  #items = []
  #waiting = []

  put(item) {
    const waiting = this.#waiting.shift()
    if (waiting) waiting(item)
    else this.#items.push(item)
  }

  // Waits for the next item; the time limit is that of the test.
  next() {
    if (this.#items.length > 0) return Promise.resolve(this.#items.shift())
    return new Promise((resolve) => this.#waiting.push(resolve))
  }

  // Waits for an item, and skips those before it.
  async until(isWanted) {
    for (;;) {
      const item = await this.next()
      if (isWanted(item)) return item
    }
  }

  // What arrived and was not waited for.
  get rest() {
    return [...this.#items]
  }
}
