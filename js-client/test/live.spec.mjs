// All specs of live views in one process: they share a server and a browser. Each may be run by itself, too.

import "./live/commands.spec.mjs"
import "./live/components.spec.mjs"
import "./live/comprehensions.spec.mjs"
import "./live/crashes.spec.mjs"
import "./live/events.spec.mjs"
import "./live/forms.spec.mjs"
import "./live/function_components.spec.mjs"
import "./live/hooks.spec.mjs"
import "./live/ignored.spec.mjs"
import "./live/portals.spec.mjs"
import "./live/rendering.spec.mjs"
import "./live/streams.spec.mjs"
