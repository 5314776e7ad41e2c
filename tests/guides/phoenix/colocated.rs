//! Hooks, scripts and styles beside their markup.

use bennu::endpoint::{Builder, Endpoint};
use bennu::live::rendered::{Render, raw};
use bennu::live::{Page, RootLayout};
use bennu::token::SecretKeyBase;
use bennu::{component, heex};
use serde_json::json;

#[component]
fn phone() -> impl Render {
    heex! {
        <input type="text" name="phone" id="phone" phx-hook=".Phone">
        <script :type={ColocatedHook} name=".Phone">r#"
            export default {
                mounted() {
                    this.el.addEventListener("input", () => (this.el.value = this.el.value.replace(/\D/g, "")))
                }
            }
        "#</script>
        <style :type={ColocatedCss} global>
            #phone { font-family: monospace; }
        </style>
    }
}

fn builder(secret_key_base: SecretKeyBase) -> Builder {
    Endpoint::builder(secret_key_base).colocated("/assets/colocated")
}

struct Root;

impl RootLayout for Root {
    fn render(&self, page: &Page<'_>) -> impl Render {
        let index = page.static_path("/assets/colocated/index.js");
        let imports = json!({"imports": {"phoenix-colocated/my_app": index}});
        heex! {
            <!DOCTYPE html>
            <html lang="en">
                <head>
                    <meta name="csrf-token" content={page.csrf_token()}/>
                    <link phx-track-static rel="stylesheet" href={page.static_path("/assets/colocated/colocated.css")}>
                    <script type="importmap">{raw(imports.to_string())}</script>
                    <script type="module" phx-track-static src="/assets/app.js"></script>
                </head>
                <body>{page.content()}</body>
            </html>
        }
    }
}

mod tests {
    use std::error::Error;

    use bennu::endpoint::Router;
    use bennu::live::{LiveView, LiveViews, MountError, Socket};
    use bennu::protocol::form::Params;
    use bennu::session::{Session, SessionOptions};
    use bennu::testing::build_conn;

    use super::*;

    struct Contact;

    impl LiveView for Contact {
        type Info = ();

        async fn mount(_: &Params, _: &Session, _: &mut Socket<Self>) -> Result<Self, MountError> {
            Ok(Self)
        }

        fn render(&self, _: &Socket<Self>) -> impl Render {
            heex! { <.phone /> }
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_page_finds_the_hooks_of_its_components() -> Result<(), Box<dyn Error>> {
        let views = LiveViews::new("live salt", Root).view::<Contact>("/");
        let endpoint = builder(SecretKeyBase::new("k".repeat(64))?)
            .session(SessionOptions::new("_my_app_key", "session salt"))
            .router(Router::new().live(&views))
            .build()?;
        let conn = build_conn(&endpoint);
        let page = conn.get("/").await.into_body();
        let index = endpoint.static_path("/assets/colocated/index.js");
        let imports = format!(r#"{{"imports":{{"phoenix-colocated/my_app":"{index}"}}}}"#);
        assert!(page.contains(&imports), "{page}");
        let hook = format!("{}.Phone", module_path!().trim_end_matches("::tests"));
        assert!(page.contains(&format!("phx-hook=\"{hook}\"")), "{page}");
        let index = conn.get(&index).await.into_body();
        assert!(index.contains(&hook), "{index}");
        Ok(())
    }
}
