//! Scripts and styles that stand in templates, beside the markup they are for.
//!
//! `heex!` takes `<script :type={ColocatedHook}>`, `<script :type={ColocatedJs}>` and `<style :type={ColocatedCss}>` out of the
//! page, the linker gathers them from all crates of the program, and the endpoint serves them as one script and one
//! stylesheet, [`Builder::colocated`]:
//!
//! | file | holds | in Phoenix |
//! |---|---|---|
//! | `index.js` | a module with what is exported: `hooks`, the default export, and one for each `key` | `phoenix-colocated/my_app` |
//! | `colocated.css` | the styles | `phoenix-colocated/my_app/colocated.css` |
//!
//! ```
//! use bennu::endpoint::Endpoint;
//! use bennu::heex;
//! use bennu::live::rendered::Render;
//! use bennu::live::{Page, RootLayout};
//! use bennu::token::SecretKeyBase;
//!
//! fn phone() -> impl Render {
//!     heex! {
//!         <input id="phone" name="phone" phx-hook=".Phone">
//!         <script :type={ColocatedHook} name=".Phone">r#"
//!             export default {
//!                 mounted() {
//!                     this.el.addEventListener("input", () => (this.el.value = this.el.value.replace(/\D/g, "")))
//!                 },
//!             }
//!         "#</script>
//!         <style :type={ColocatedCss} global>
//!             #phone { font-family: monospace }
//!         </style>
//!     }
//! }
//!
//! struct Root;
//!
//! impl RootLayout for Root {
//!     fn render(&self, page: &Page<'_>) -> impl Render {
//!         heex! {
//!             <!DOCTYPE html>
//!             <html lang="en">
//!                 <head>
//!                     <meta name="csrf-token" content={page.csrf_token()}>
//!                     <link phx-track-static rel="stylesheet" href={page.static_path("/colocated/colocated.css")}>
//!                     <script src="/assets/phoenix.min.js"></script>
//!                     <script src="/assets/phoenix_live_view.min.js"></script>
//!                     <script type="module">r#"
//!                         import { hooks } from "/colocated/index.js"
//!                         const csrfToken = document.querySelector("meta[name=csrf-token]").content
//!                         const { LiveSocket } = window.LiveView
//!                         new LiveSocket("/live", window.Phoenix.Socket, { hooks, params: { _csrf_token: csrfToken } }).connect()
//!                     "#</script>
//!                 </head>
//!                 <body>{page.content()}</body>
//!             </html>
//!         }
//!     }
//! }
//!
//! let endpoint = Endpoint::builder(SecretKeyBase::new("k".repeat(64))?).colocated("/colocated").build()?;
//! assert!(endpoint.static_path("/colocated/index.js").starts_with("/colocated/index-"));
//! # let _ = (phone(), Root);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Both files have a digest in their latest form, so that clients keep them, and
//! [`static_changed`](super::AnySocket::static_changed) tells a page that was loaded with others. Applications with a bundler
//! let the program write the files to a folder, with [`write_to`].
//!
//! A script may stand in any template of any crate that is linked into the program, and is served whether its template is
//! ever shown or not. What a library's templates need travels with the library. Since the files come from the application's own
//! address, a content security policy with `'self'` lets them run. The log names each `phx-hook=".Sort"` for which no template of
//! its module has a hook.

mod bundle;
mod hook_name;

use std::io;
use std::path::Path;

use bytes::Bytes;

use crate::endpoint::{Builder, EmbeddedFiles};
use bundle::Bundle;

#[doc(hidden)]
pub use hook_name::HookName;

const JAVASCRIPT: &str = "text/javascript; charset=utf-8";
const CSS: &str = "text/css; charset=utf-8";

/// A script or style of a template, known to the program since it was linked.
#[doc(hidden)]
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Asset {
    /// The module, and the line of the tag.
    place: (&'static str, u32),
    kind: Kind,
    content: &'static str,
}

#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Script,
    Export {
        key: &'static str,
        name: &'static str,
    },
    Style,
}

inventory::collect!(Asset);

impl Asset {
    /// A module whose default export is a hook of the client.
    pub const fn hook(
        place: (&'static str, u32),
        name: &'static str,
        content: &'static str,
    ) -> Self {
        Self::export(place, bundle::HOOKS, name, content)
    }

    /// The name of the hook that this is, if it is one.
    fn hook_name(&self) -> Option<&'static str> {
        match self.kind {
            Kind::Export { key, name } if key == bundle::HOOKS => Some(name),
            Kind::Export { .. } | Kind::Script | Kind::Style => None,
        }
    }

    /// A module that only runs.
    pub const fn script(place: (&'static str, u32), content: &'static str) -> Self {
        Self {
            place,
            kind: Kind::Script,
            content,
        }
    }

    /// A module whose default export is found under a key and a name.
    pub const fn export(
        place: (&'static str, u32),
        key: &'static str,
        name: &'static str,
        content: &'static str,
    ) -> Self {
        Self {
            place,
            kind: Kind::Export { key, name },
            content,
        }
    }

    /// Rules, scoped already if they are.
    pub const fn style(place: (&'static str, u32), content: &'static str) -> Self {
        Self {
            place,
            kind: Kind::Style,
            content,
        }
    }
}

impl Builder {
    /// Serves the [colocated](self) scripts and styles of the program below `path`: as `index.js`, a module, and as
    /// `colocated.css`.
    pub fn colocated(self, path: &str) -> Self {
        let Bundle {
            index,
            stylesheet,
            modules,
        } = Bundle::of_program();
        hook_name::warn_of_unknown();
        let files = EmbeddedFiles::below(path)
            .file("index.js", JAVASCRIPT, index.into())
            .file("colocated.css", CSS, stylesheet.into());
        let files = modules.into_iter().fold(files, |files, (name, module)| {
            files.named_by_content(&name, JAVASCRIPT, Bytes::from_static(module.as_bytes()))
        });
        self.embedded(files)
    }
}

/// Writes the colocated scripts and styles of the program into a folder, for a bundler: `index.js`, which imports files in
/// folders beside it, and `colocated.css`.
///
/// A program calls it on an argument of its own, since only the linked program knows all its templates. Files that have not
/// changed are left alone. What the index of an earlier call imports and this one does not is removed, if nobody has changed
/// it; nothing else is.
///
/// ```no_run
/// // With esbuild: NODE_PATH=target esbuild assets/app.js --bundle
/// // In app.js:    import {hooks} from "phoenix-colocated"
/// if std::env::args().nth(1).as_deref() == Some("colocated") {
///     bennu::live::colocated::write_to("target/phoenix-colocated")?;
/// }
/// # Ok::<(), std::io::Error>(())
/// ```
///
/// # Errors
/// What the file system says.
pub fn write_to(folder: impl AsRef<Path>) -> io::Result<()> {
    let folder = folder.as_ref();
    let bundle = Bundle::of_program();
    hook_name::warn_of_unknown();
    let index = folder.join("index.js");
    let former = std::fs::read_to_string(&index).unwrap_or_default();
    for (name, module) in &bundle.modules {
        write(&folder.join(name), module)?;
    }
    write(&index, &bundle.index)?;
    write(&folder.join("colocated.css"), &bundle.stylesheet)?;
    let mut left = bundle::imported(&former).filter(|path| !bundle.modules.contains_key(*path));
    left.try_for_each(|path| remove(folder, path))
}

/// Tools that watch the folder see changed files only.
fn write(path: &Path, content: &str) -> io::Result<()> {
    if std::fs::read(path).is_ok_and(|held| held == content.as_bytes()) {
        return Ok(());
    }
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    std::fs::write(path, content)
}

/// Removes a module that an earlier call wrote, and its folder with the last one. An index may be anybody's: the name of
/// what was written here goes with its content, and a link leads elsewhere.
fn remove(folder: &Path, path: &str) -> io::Result<()> {
    let file = folder.join(path);
    let module = file.parent().unwrap_or(folder);
    let is_here = std::fs::symlink_metadata(module).is_ok_and(|module| module.is_dir());
    if is_here && std::fs::read(&file).is_ok_and(|held| bundle::is_own(path, &held)) {
        match std::fs::remove_file(&file) {
            // Another call has just removed it.
            Err(cause) if cause.kind() == io::ErrorKind::NotFound => {}
            removed => removed?,
        }
        // Others stand in it.
        let _ = std::fs::remove_dir(module);
    }
    Ok(())
}
