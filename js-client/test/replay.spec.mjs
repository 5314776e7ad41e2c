// The golden application answers the frames recorded on a real Phoenix as Phoenix did.
import assert from "node:assert/strict"
import { execFile, execFileSync, spawn } from "node:child_process"
import { once } from "node:events"
import { join } from "node:path"
import { after, before, describe, test } from "node:test"
import { setTimeout as sleep } from "node:timers/promises"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"
import { freePort } from "./server.mjs"

const ROOT = fileURLToPath(new URL("../..", import.meta.url))
const REPLAY = fileURLToPath(new URL("replay/replay.mjs", import.meta.url))
const RECORDINGS = ["channels_v2", "channels_v1", "channels_binary_v2", "channels_multi", "presence", "connect", "longpoll", "liveview_raw", "liveview_browser"]
const START_MS_MAX = 10_000

describe("the golden application replays", () => {
  let server, url

  before(async () => {
    execFileSync("cargo", ["build", "--quiet", "-p", "golden"], { cwd: ROOT })
    const port = await freePort()
    url = `http://127.0.0.1:${port}`
    const binary = join(process.env.CARGO_TARGET_DIR ?? join(ROOT, "target"), "debug", "golden")
    server = spawn(binary, { env: { ...process.env, PORT: String(port) }, stdio: "ignore" })
    const deadline = Date.now() + START_MS_MAX
    while (!(await fetch(`${url}/plain`).then((response) => response.ok, () => false))) {
      assert.ok(Date.now() < deadline, "the golden application did not start")
      await sleep(20)
    }
  })

  after(async () => {
    const exit = once(server, "exit")
    server.kill("SIGKILL")
    await exit
  })

  for (const name of RECORDINGS) {
    test(name, async () => {
      const recording = join(ROOT, "protocol", "tests", "golden", `${name}.json`)
      const replayed = promisify(execFile)(process.execPath, [REPLAY, "--url", url, recording])
      const { stdout } = await replayed.catch(({ stdout }) => assert.fail(stdout))
      assert.match(stdout, / 0 failed/)
    })
  }
})
