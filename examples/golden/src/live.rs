//! The live pages.

mod components;
mod counter;
mod escape;
mod events;
mod flash;
mod form;
mod js;
mod layouts;
mod list;
mod mount_redirect;
mod nav;
mod parent;
mod stream;
mod upload;

use bennu::live::LiveViews;

/// The `live` lines of the application's router.
pub(crate) fn views() -> LiveViews {
    LiveViews::new("lvsaltlvsalt", layouts::Root)
        // What was recorded.
        .liveview_version("1.2.10")
        .view::<counter::CounterLive>("/counter")
        .view::<list::ListLive>("/list")
        .view::<stream::StreamLive>("/stream")
        .view::<nav::NavLive>("/nav")
        .view::<mount_redirect::MountRedirectLive>("/mount")
        .view::<flash::FlashLive>("/flash")
        .view::<events::EventsLive>("/events")
        .view::<form::FormLive>("/form")
        .view::<components::ComponentsLive>("/components")
        .view::<parent::ParentLive>("/parent")
        .view::<js::JsLive>("/js")
        .view::<upload::UploadLive>("/upload")
        .view::<escape::EscapeLive>("/escape")
        .live_session("admin", |admin| {
            admin
                .session([("role", "admin")])
                .view::<counter::CounterLive>("/admin/counter")
        })
}
