// Finds and launches Chromium.

import { accessSync, constants } from "node:fs"
import { delimiter, join } from "node:path"
import { chromium } from "playwright-core"

const NAMES = ["chromium-headless-shell", "chromium"]

// Nothing but the pages under test: no sandbox (CI runs as root), no traffic of the browser's own.
const FLAGS = [
  "--no-sandbox",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
]

export function launchBrowser() {
  return chromium.launch(options())
}

// A browser that can be killed: `{ browser, kill }`.
export async function launchMortalBrowser() {
  const server = await chromium.launchServer(options())
  return { browser: await chromium.connect(server.wsEndpoint()), kill: () => server.kill() }
}

function options() {
  return { executablePath: process.env.CHROMIUM || findChromium(), args: FLAGS }
}

function findChromium() {
  const folders = process.env.PATH.split(delimiter)
  const found = NAMES.flatMap((name) => folders.map((folder) => join(folder, name))).find(isExecutable)
  if (!found) throw new Error(`none of ${NAMES.join(", ")} is in PATH; set CHROMIUM to an executable`)
  return found
}

function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}
