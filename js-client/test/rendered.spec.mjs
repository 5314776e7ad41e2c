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

// Keeps what the browser shows. The client writes an empty shell with `data-phx-skip` for an element it knows to be
// unchanged, which the browser then leaves alone.
class Browser {
  #elements = new Map();

  show(buffer) {
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
    const html = `<${name}${attributes.replace(/ data-phx-id="[^"]*"/, "")}>`;
    open.push({ id, skip, html });
    if (voidElements.has(name)) this.#close(open, "");
  }

  #close(open, tag) {
    const { id, skip, html } = open.pop();
    const shown = skip ? this.#elements.get(id) : html + tag;
    assert.ok(shown, `the skipped element ${id} was never shown`);
    if (id) this.#elements.set(id, shown);
    open.at(-1).html += shown;
  }
}

for (const [version, name] of Object.entries(clients)) {
  test(`phoenix_live_view ${version} shows random pages right`, async () => {
    const Rendered = await loadRendered(name);
    for (let seed = 0; seed < runs; seed++) {
      const browser = new Browser();
      let view;
      for (const [step, { diff, html }] of sequence(seed).entries()) {
        const message = `seed ${seed}, step ${step}: ${JSON.stringify(diff)}`;
        const change = Rendered.extract(diff).diff;
        if (view) view.mergeDiff(change);
        else view = new Rendered("view", change);
        assert.equal(browser.show(view.toString().buffer), html, message);
      }
    }
  });
}
