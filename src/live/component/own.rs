use crate::live::AnySocket;
use crate::live::flash::LiveFlash;
use crate::live::lifecycle::Hooks;

/// What a component has of its socket for itself; all else is the view's.
#[derive(Debug, Default)]
pub(in crate::live) struct Own {
    pub(in crate::live) flash: LiveFlash,
    pub(in crate::live) hooks: Hooks,
}

impl AnySocket {
    /// Has the flash and the hooks be a component's, for one callback of it.
    pub(in crate::live) fn enter_component(&mut self, own: &mut Own) {
        std::mem::swap(&mut self.flash, &mut own.flash);
        std::mem::swap(&mut self.hooks, &mut own.hooks);
    }

    /// Has them be the view's again; its flash gets what the component put if that sends the page elsewhere (9.5).
    pub(in crate::live) fn leave_component(&mut self, own: &mut Own) {
        self.enter_component(own);
        if self.is_redirected() {
            self.flash.take_over(&mut own.flash);
        }
        own.flash.take_put();
    }
}
