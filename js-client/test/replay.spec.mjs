// The golden application answers the frames recorded on a real Phoenix as Phoenix did.
import assert from "node:assert/strict"
import { execFile, execFileSync } from "node:child_process"
import { join } from "node:path"
import { after, before, describe, test } from "node:test"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"
import { Server } from "./server.mjs"

const ROOT = fileURLToPath(new URL("../..", import.meta.url))
const REPLAY = fileURLToPath(new URL("replay/replay.mjs", import.meta.url))
const RECORDINGS = ["channels_v2", "channels_v1", "channels_binary_v2", "channels_multi", "presence", "connect", "longpoll", "liveview_raw", "liveview_browser"]

describe("the golden application replays", () => {
  let server

  before(async () => {
    execFileSync("cargo", ["build", "--quiet", "-p", "golden"], { cwd: ROOT })
    server = await Server.start("golden")
  })

  after(() => server?.stop())

  for (const name of RECORDINGS) {
    test(name, async () => {
      const recording = join(ROOT, "protocol", "tests", "golden", `${name}.json`)
      const replayed = promisify(execFile)(process.execPath, [REPLAY, "--url", server.url, recording])
      const { stdout } = await replayed.catch(({ stdout }) => assert.fail(stdout))
      assert.match(stdout, / 0 failed/)
    })
  }
})
