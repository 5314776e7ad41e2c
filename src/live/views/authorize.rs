//! The join of a page: what its tokens and its URL allow (liveview-wire 4.2).

use std::sync::Arc;

use super::{Route, Table};
use crate::assigns::Assigns;
use crate::channel::{self, Handle, Join};
use crate::endpoint::ConnectSession;
use crate::live::channel::{Mounting, Refusal, TakeMounting};
use crate::live::connecting::Connecting;
use crate::live::nested::Starting;
use crate::live::session::{SessionToken, StaticToken};
use crate::protocol::form::Params;
use crate::protocol::live::{self as wire, JoinError};
use crate::session::{Flash, Session};
use crate::telemetry;
use crate::token::SecretKeyBase;

/// A route and the parameters of the URL that leads to it.
type Found = (Arc<Route>, Params);

impl Table {
    /// Starts the view that a page's tokens name, or the refusal that tells the page what to do.
    pub(super) fn start(self: &Arc<Self>, mut join: Join) -> Arc<dyn Handle> {
        match self.authorize(&join) {
            Ok((starting, mounting)) => {
                let (topic, parent) = (join.topic.clone(), mounting.parent.clone());
                let assigns = in_front_of(starting.assigns, self.uploads.clone());
                join.assigns = in_front_of(assigns, TakeMounting::new(mounting));
                let view = (starting.spawn)(join);
                if let Some(parent) = parent {
                    parent.adopt(topic, &view);
                }
                view
            }
            Err(error) => {
                join.assigns = in_front_of(join.assigns, error);
                channel::spawn::<Refusal>(join)
            }
        }
    }

    /// Steps 1 to 5.
    fn authorize(self: &Arc<Self>, join: &Join) -> Result<(Starting, Mounting), JoinError> {
        let payload: wire::Join = join.payload.deserialize().map_err(|_| JoinError::Stale)?;
        let secret_key_base: &SecretKeyBase = join.assigns.expect();
        let (token, statics) = self.verify(join, &payload, secret_key_base)?;
        let mut session = connect_session(join)?;
        let (view, found) = self.route(&token, &payload)?;
        let parent = token.parent.as_deref();
        let parent = parent.map(|key| self.lineages.find(key, &join.link));
        let parent = parent.transpose()?;
        let starting = match &parent {
            Some(parent) => parent.starting(&view).ok_or(JoinError::Stale)?,
            None => Starting {
                spawn: self.views.get(&*view).ok_or(JoinError::Stale)?.spawn,
                assigns: join.assigns.clone(),
                host_uri: Arc::default(),
            },
        };
        let navigated = payload.redirect.is_some();
        let flash = match payload.flash.as_deref() {
            Some(token) => Flash::verify(token, secret_key_base).unwrap_or_default(),
            None if payload.mounts() == 0 && !navigated => statics.flash,
            None => Flash::default(),
        };
        session.overlay(&token.session);
        let (route, params) = found.unzip();
        let url = payload.redirect.clone().or_else(|| payload.url.clone());
        let url = url.unwrap_or_else(|| starting.host_uri.to_string());
        let mounting = Mounting {
            table: self.clone(),
            route,
            id: token.id,
            url,
            params: params.unwrap_or_default(),
            session,
            flash,
            sticky: payload.sticky,
            connecting: Connecting::joined(payload, join.assigns.of()),
            navigated,
            parent,
        };
        Ok((starting, mounting))
    }

    /// Step 1: the tokens, and that they belong to this topic.
    fn verify(
        &self,
        join: &Join,
        payload: &wire::Join,
        secret_key_base: &SecretKeyBase,
    ) -> Result<(SessionToken, StaticToken), JoinError> {
        let salt = &*self.signing_salt;
        let token = payload.session.as_deref();
        let token = token.and_then(|token| SessionToken::verify(token, secret_key_base, salt));
        let token = token.ok_or(JoinError::Stale)?;
        if join.topic.strip_prefix(wire::TOPIC_PREFIX) != Some(&token.id) {
            return Err(JoinError::Stale);
        }
        let Some(statics) = payload.static_token() else {
            return Ok((token, StaticToken::default()));
        };
        let statics = StaticToken::verify(statics, secret_key_base, salt);
        let statics = statics.filter(|statics| statics.id == token.id);
        Ok((token, statics.ok_or(JoinError::Stale)?))
    }

    /// Step 3: the view, and its route unless it has none.
    fn route(
        &self,
        token: &SessionToken,
        payload: &wire::Join,
    ) -> Result<(Arc<str>, Option<Found>), JoinError> {
        let Some(live_session) = &token.live_session else {
            return match payload.redirect {
                Some(_) => Err(JoinError::Unauthorized),
                None => Ok((token.view.as_str().into(), None)),
            };
        };
        let navigated = payload.redirect.is_some();
        let url = payload.redirect.as_deref().or(payload.url.as_deref());
        let found = url.and_then(|url| self.find(url));
        let (route, params) = found.ok_or(JoinError::Unauthorized)?;
        if route.live_session.name != *live_session || !(navigated || *token.view == *route.view) {
            return Err(JoinError::Unauthorized);
        }
        Ok((route.view.clone(), Some((route, params))))
    }
}

fn in_front_of<T: Send + Sync + 'static>(behind: Arc<Assigns>, value: T) -> Arc<Assigns> {
    let mut assigns = Assigns::in_front_of(behind);
    assigns.assign(value);
    Arc::new(assigns)
}

/// Step 2: the session that the page was shown in.
fn connect_session(join: &Join) -> Result<Session, JoinError> {
    let connect: Option<&ConnectSession> = join.assigns.of();
    let session = connect.and_then(|session| session.0.clone());
    session.ok_or_else(|| {
        telemetry::live_view_without_session(&join.topic);
        JoinError::Stale
    })
}
