//! Pages that load again during development.

use bennu::endpoint::{Builder, LiveReload};

#[cfg(feature = "live-reload")]
fn live_reload(builder: Builder) -> Builder {
    let live_reload = LiveReload::new()
        .dir("priv/static")
        .dir("content")
        .notify("live_view", r"content/.*\.md$")
        .pattern(r"priv/static/.*\.(js|css|png|svg)$");
    builder.live_reload(live_reload)
}

mod tests {
    use super::*;
    use bennu::endpoint::Endpoint;
    use bennu::token::SecretKeyBase;

    #[test]
    fn folders_that_are_not_there_yet_do_no_harm() -> Result<(), Box<dyn std::error::Error>> {
        let builder = Endpoint::builder(SecretKeyBase::new("k".repeat(64))?);
        live_reload(builder).build()?;
        Ok(())
    }
}
