// The diffs of random pages, merged by the renderer of the npm clients, give the HTML of a fresh page.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import fs from "node:fs";
import test from "node:test";
import { fileURLToPath } from "node:url";

const clients = { "1.2": "phoenix_live_view", "1.1": "phoenix_live_view_1_1" };
const runs = 40;
const stepsPerRun = 50;

// The class is not exported: take it out of the bundle as published.
async function loadRendered(name) {
  globalThis.window ??= globalThis;
  globalThis.CustomEvent ??= class {};
  const bundle = fs.readFileSync(fileURLToPath(import.meta.resolve(name)), "utf8");
  const source = `${bundle}\nexport { Rendered as RenderedOfTheBundle };`;
  const module = await import(`data:text/javascript;base64,${Buffer.from(source).toString("base64")}`);
  return module.RenderedOfTheBundle;
}

function sequence(seed) {
  const command = ["run", "--quiet", "-p", "bennu", "--example", "render_sequences", "--", seed, stepsPerRun];
  const output = execFileSync("cargo", command.map(String), { maxBuffer: 1 << 28, encoding: "utf8" });
  return output.trim().split("\n").map((line) => JSON.parse(line));
}

const voidElements = new Set(["br", "hr", "input"]);

// Keeps what the browser shows. Elements that the client marks with an id are kept by it: for one it knows to be unchanged
// the client writes an empty shell with `data-phx-skip`, and a component can be replaced alone.
class Browser {
  #elements = new Map();
  #page = "";

  showPage(buffer) {
    this.#page = this.#read(buffer);
  }

  showComponent(buffer) {
    this.#read(buffer);
  }

  html() {
    const fill = (html) => html.replaceAll(/\0([^\0]*)\0/g, (_, id) => fill(this.#elements.get(id)));
    return fill(this.#page);
  }

  #read(buffer) {
    const open = [{ html: "" }];
    let end = 0;
    for (const tag of buffer.matchAll(/<(\/?)([a-z][a-z0-9-]*)((?:[^>"]|"[^"]*")*)>/g)) {
      open.at(-1).html += buffer.slice(end, tag.index);
      end = tag.index + tag[0].length;
      const [, closes, name, attributes] = tag;
      if (closes) this.#close(open, `</${name}>`);
      else this.#open(open, name, attributes);
    }
    assert.equal(open.length, 1, `unbalanced: ${buffer}`);
    return open[0].html + buffer.slice(end);
  }

  #open(open, name, attributes) {
    const id = attributes.match(/ data-phx-id="([^"]*)"/)?.[1];
    const skip = / data-phx-skip/.test(attributes);
    const html = `<${name}${attributes.replaceAll(/ data-phx-(id|component|view)="[^"]*"/g, "")}>`;
    open.push({ id, skip, html });
    if (voidElements.has(name)) this.#close(open, "");
  }

  #close(open, tag) {
    const { id, skip, html } = open.pop();
    if (skip) assert.ok(this.#elements.has(id), `the skipped element ${id} was never shown`);
    else if (id) this.#elements.set(id, html + tag);
    open.at(-1).html += id ? `\0${id}\0` : html + tag;
  }
}

// Does with a diff what the client does.
function patch(view, diff, browser) {
  view.mergeDiff(diff);
  if (!view.isComponentOnlyDiff(diff)) {
    browser.showPage(view.toString().buffer);
    return;
  }
  for (const cid of view.componentCIDs(diff)) {
    browser.showComponent(view.componentToString(cid).buffer);
  }
}

for (const [version, name] of Object.entries(clients)) {
  test(`phoenix_live_view ${version} shows random pages right`, async () => {
    const Rendered = await loadRendered(name);
    for (let seed = 0; seed < runs; seed++) {
      const [first, ...later] = sequence(seed);
      const browser = new Browser();
      const view = new Rendered("view", Rendered.extract(first.diff).diff);
      browser.showPage(view.toString().buffer);
      assert.equal(browser.html(), first.html, `seed ${seed}, the first`);
      for (const [step, { diff, html }] of later.entries()) {
        const message = `seed ${seed}, step ${step + 1}: ${JSON.stringify(diff)}`;
        const change = Rendered.extract(diff).diff;
        if (Object.keys(change).length > 0) patch(view, change, browser);
        assert.equal(browser.html(), html, message);
      }
    }
  });
}
