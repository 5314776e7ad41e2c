// The diffs of random pages, merged by the renderer of the npm clients, give the HTML of a fresh page.
//
// SEQUENCES says how many pages each client is shown (2,000 unless set), FIRST_SEED which of them comes first.
import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import fs from "node:fs";
import { createInterface } from "node:readline";
import test from "node:test";
import { fileURLToPath } from "node:url";

const clients = { "1.2": "phoenix_live_view", "1.1": "phoenix_live_view_1_1" };
const sequences = Number(process.env.SEQUENCES ?? 2_000);
const firstSeed = Number(process.env.FIRST_SEED ?? 0);
const stepsPerSequence = 20;

// The class is not exported: take it out of the bundle as published.
async function loadRendered(name) {
  globalThis.window ??= globalThis;
  globalThis.CustomEvent ??= class {};
  const bundle = fs.readFileSync(fileURLToPath(import.meta.resolve(name)), "utf8");
  const source = `${bundle}\nexport { Rendered as RenderedOfTheBundle };`;
  const module = await import(`data:text/javascript;base64,${Buffer.from(source).toString("base64")}`);
  return module.RenderedOfTheBundle;
}

// All sequences of one process, as they come: a seed, and then its steps.
async function* lines() {
  const cargo = (...words) => execFileSync("cargo", words, { encoding: "utf8", maxBuffer: 1 << 26 });
  const built = cargo("build", "--quiet", "-p", "bennu", "--example", "render_sequences", "--message-format=json");
  const { executable } = built.trim().split("\n").map((line) => JSON.parse(line)).find(({ executable }) => executable);
  const process = spawn(executable, [firstSeed, sequences, stepsPerSequence].map(String), {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const end = once(process, "close");
  for await (const line of createInterface({ input: process.stdout })) yield JSON.parse(line);
  assert.deepEqual(await end, [0, null]);
}

const voidElements = new Set(["br", "hr", "input"]);

// Keeps what the browser shows. Elements that the client marks with an id are kept by it: for one it knows to be unchanged
// the client writes an empty shell with `data-phx-skip`, and a component can be replaced alone. The items of streams are
// kept beside: a patch brings only those that are new.
class Browser {
  #elements = new Map();
  #lists = new Map();
  #page = "";

  showPage(buffer, streams) {
    this.#page = this.#read(buffer, streams);
  }

  showComponent(buffer, streams) {
    this.#read(buffer, streams);
  }

  html() {
    const kept = (id) => this.#lists.get(id)?.html() ?? this.#elements.get(id);
    const fill = (html) => html.replaceAll(/\0([^\0]*)\0/g, (_, id) => fill(kept(id)));
    return fill(this.#page);
  }

  #read(buffer, streams) {
    for (const list of this.#lists.values()) list.remove(streams);
    const places = new Map([...streams].flatMap(([ref, inserts]) => inserts.map((insert) => [insert[0], [ref, ...insert]])));
    const open = [{ html: "" }];
    let end = 0;
    for (const tag of buffer.matchAll(/<(\/?)([a-z][a-z0-9-]*)((?:[^>"]|"[^"]*")*)>/g)) {
      open.at(-1).html += buffer.slice(end, tag.index);
      end = tag.index + tag[0].length;
      const [, closes, name, attributes] = tag;
      if (closes) this.#close(open, `</${name}>`, places);
      else this.#open(open, name, attributes);
    }
    assert.equal(open.length, 1, `unbalanced: ${buffer}`);
    return open[0].html + buffer.slice(end);
  }

  #open(open, name, attributes) {
    const id = attributes.match(/ data-phx-id="([^"]*)"/)?.[1];
    const list = / phx-update="stream"/.test(attributes) && attributes.match(/ id="([^"]*)"/)[1];
    const item = open.at(-1).list && attributes.match(/ id="([^"]*)"/)[1];
    const skip = / data-phx-skip/.test(attributes);
    const html = `<${name}${attributes.replaceAll(/ data-phx-(id|component|view)="[^"]*"/g, "")}>`;
    if (list && !this.#lists.has(list)) this.#lists.set(list, new List());
    open.push({ id, list, item, skip, html, start: html.length });
    if (voidElements.has(name)) this.#close(open, "");
  }

  #close(open, tag, places) {
    const { id, list, item, skip, html, start } = open.pop();
    if (item) return this.#lists.get(open.at(-1).list).put(item, html + tag, places.get(item));
    const whole = list ? `${html.slice(0, start)}\0${list}\0${tag}` : html + tag;
    if (skip) assert.ok(this.#elements.has(id), `the skipped element ${id} was never shown`);
    else if (id) this.#elements.set(id, whole);
    open.at(-1).html += id ? `\0${id}\0` : whole;
  }
}

// The items of one container with `phx-update="stream"`.
class List {
  #items = [];

  html() {
    return this.#items.map(({ html }) => html).join("");
  }

  remove(streams) {
    for (const [ref, , deletes, reset] of streams) {
      this.#items = this.#items.filter((item) => !deletes.includes(item.id) && !(reset && item.ref === ref));
    }
  }

  put(id, html, [ref, , at, , updateOnly]) {
    const held = this.#items.find((item) => item.id === id);
    if (held) held.html = html;
    else if (!updateOnly) this.#items.splice(at < 0 ? this.#items.length : at, 0, { id, ref, html });
  }
}

// One page at one client.
class View {
  #rendered;
  #browser = new Browser();

  constructor(Rendered) {
    this.Rendered = Rendered;
  }

  get html() {
    return this.#browser.html();
  }

  // What the client does when the server confirmed that components are deleted, brought a diff, and the page thereupon
  // lost components.
  take({ deleted, diff, doomed }) {
    if (deleted.length > 0) this.#rendered.pruneCIDs(deleted);
    const change = this.Rendered.extract(diff).diff;
    if (!this.#rendered) {
      this.#rendered = new this.Rendered("view", change);
      this.#showPage();
    } else if (Object.keys(change).length > 0) this.#patch(change);
    for (const cid of doomed) this.#rendered.resetRender(cid);
  }

  #patch(change) {
    this.#rendered.mergeDiff(change);
    if (!this.#rendered.isComponentOnlyDiff(change)) return this.#showPage();
    for (const cid of this.#rendered.componentCIDs(change)) {
      const { buffer, streams } = this.#rendered.componentToString(cid);
      this.#browser.showComponent(buffer, streams);
    }
  }

  #showPage() {
    const { buffer, streams } = this.#rendered.toString();
    this.#browser.showPage(buffer, streams);
  }
}

test("the clients of LiveView 1.2 and 1.1 show random pages right", async () => {
  const versions = Object.entries(clients);
  const loaded = await Promise.all(versions.map(([, name]) => loadRendered(name)));
  let seed;
  let step;
  let views;
  for await (const line of lines()) {
    if (line.seed !== undefined) {
      [seed, step] = [line.seed, 0];
      views = loaded.map((Rendered) => new View(Rendered));
      continue;
    }
    for (const [at, view] of views.entries()) {
      // The client keeps what it is given.
      view.take({ ...line, diff: structuredClone(line.diff) });
      if (view.html !== line.html) {
        const message = `client ${versions[at][0]}, seed ${seed}, step ${step}: ${JSON.stringify(line.diff)}`;
        assert.equal(view.html, line.html, message);
      }
    }
    step++;
  }
  assert.equal(seed, firstSeed + sequences - 1);
});
