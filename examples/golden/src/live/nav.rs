//! Links and pushes to other URLs, views and pages.

use bennu::channel::Flow;
use bennu::heex;
use bennu::live::components::link;
use bennu::live::rendered::Render;
use bennu::live::{self, Kind, LiveView, MountError, Socket};
use bennu::protocol::form::{Param, Params};
use bennu::session::Session;
use serde::Deserialize;

pub(super) struct NavLive {
    mounted: String,
    q: Option<String>,
    uri: String,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Target {
    q: String,
    to: Option<String>,
    replace: bool,
}

impl Target {
    fn to(&self) -> &str {
        self.to.as_deref().unwrap_or("/flash")
    }

    const fn kind(&self) -> Kind {
        if self.replace {
            Kind::Replace
        } else {
            Kind::Push
        }
    }
}

impl LiveView for NavLive {
    type Info = ();

    async fn mount(params: &Params, _: &Session, _: &mut Socket<Self>) -> Result<Self, MountError> {
        Ok(Self {
            mounted: params.text("id").unwrap_or("none").to_owned(),
            q: None,
            uri: String::new(),
        })
    }

    async fn handle_params(
        &mut self,
        params: &Params,
        uri: &str,
        _: &mut Socket<Self>,
    ) -> live::Result<()> {
        self.q = params.text("q").map(str::to_owned);
        uri.clone_into(&mut self.uri);
        Ok(())
    }

    async fn handle_event(
        &mut self,
        event: &str,
        params: Param,
        socket: &mut Socket<Self>,
    ) -> live::Result {
        let target: Target = params.deserialize()?;
        match event {
            "push_patch" => socket.push_patch(format!("/nav?q={}", target.q), target.kind())?,
            "push_navigate" => {
                socket.put_flash("info", "moved");
                socket.push_navigate(target.to(), target.kind())?;
            }
            "redirect" => {
                socket.put_flash("error", "gone");
                socket.redirect(target.to())?;
            }
            "redirect_ext" => socket.redirect_external("https://example.com/x")?,
            _ => return Flow::unhandled(event),
        }
        Ok(Flow::NoReply)
    }

    fn render(&self, _: &Socket<Self>) -> impl Render {
        let q = self.q.as_deref().unwrap_or("nil");
        heex! {
            <p>mounted {self.mounted} "q="{q} "uri="{self.uri}</p>
            <.link id="patch" patch="/nav?q=1">patch</.link>
            <.link id="patchr" patch="/nav?q=2" replace>patch replace</.link>
            <.link id="nav" navigate="/counter">navigate</.link>
            <.link id="plain" href="/plain">plain</.link>
        }
    }
}
