// The specs of live views with the client of LiveView 1.1.

process.env.LIVE_VIEW_CLIENT = "phoenix_live_view_1_1"
await import("./live.spec.mjs")
