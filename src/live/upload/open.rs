//! Where uploads are found: by the channels that join for their entries, and by the view they belong to.

use std::collections::HashMap;
use std::fmt;
use std::path::PathBuf;
use std::sync::{Arc, Weak};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use foldhash::fast::RandomState;
use parking_lot::Mutex;

use super::config::UploadConfig;
use super::state::Identity;
use super::upload_dir::UploadDir;
use super::{UPLOADS_MAX, Upload, UploadOptions};
use crate::live::AnySocket;
use crate::live::component::{self, ComponentId, LiveComponent};
use crate::token::random::random_bytes;

/// The uploads of all connected views of an application, and the directory for their files.
#[derive(Clone, Default)]
pub(in crate::live) struct OpenUploads(Arc<Open>);

#[derive(Default)]
struct Open {
    uploads: Mutex<HashMap<Arc<str>, Weak<UploadConfig>, RandomState>>,
    dir: UploadDir,
}

impl OpenUploads {
    /// Others, with the files inside `parent`.
    pub(in crate::live) fn inside(&self, parent: PathBuf) -> Self {
        Self::with(self.dir().inside(parent))
    }

    /// Others, whose files have so many bytes together and no more.
    pub(in crate::live) fn with_bytes_max(&self, bytes_max: u64) -> Self {
        Self::with(self.dir().with_bytes_max(bytes_max))
    }

    fn with(dir: UploadDir) -> Self {
        Self(Arc::new(Open {
            uploads: Mutex::default(),
            dir,
        }))
    }

    /// Removes the files that killed processes left behind. Blocks the thread.
    pub(in crate::live) fn sweep(&self) {
        self.dir().sweep();
    }

    pub(super) fn dir(&self) -> &UploadDir {
        &self.0.dir
    }

    pub(super) fn find(&self, reference: &str) -> Option<Arc<UploadConfig>> {
        self.0.uploads.lock().get(reference)?.upgrade()
    }

    fn insert(&self, reference: Arc<str>, upload: &Arc<UploadConfig>) {
        let upload = Arc::downgrade(upload);
        self.0.uploads.lock().insert(reference, upload);
    }

    pub(super) fn remove(&self, reference: &str) {
        self.0.uploads.lock().remove(reference);
    }
}

impl fmt::Debug for OpenUploads {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OpenUploads")
            .field("uploads", &self.0.uploads.lock().len())
            .field("dir", &self.0.dir)
            .finish()
    }
}

/// The uploads of one view and its components.
#[derive(Debug)]
pub(in crate::live) struct Uploads(Vec<Weak<UploadConfig>>);

impl Uploads {
    pub(in crate::live) const fn none() -> Self {
        Self(Vec::new())
    }

    /// The upload that a message of the page is about.
    pub(in crate::live) fn find(
        &self,
        reference: &str,
        component: Option<ComponentId>,
    ) -> Option<Arc<UploadConfig>> {
        let mut alive = self.0.iter().filter_map(Weak::upgrade);
        alive.find(|upload| upload.reference() == reference && upload.component() == component)
    }

    fn push(&mut self, upload: Weak<UploadConfig>) {
        self.0.retain(|upload| upload.strong_count() > 0);
        if self.0.len() < UPLOADS_MAX {
            self.0.push(upload);
        } else {
            tracing::warn!(
                uploads_max = UPLOADS_MAX,
                "a view has too many uploads: one more takes no files"
            );
        }
    }
}

impl AnySocket {
    /// Lets the page send files: `allow_upload/3`.
    ///
    /// `name` is the name of the input, which [`live_file_input`](super::live_file_input) makes of the upload. The page
    /// knows the upload by a reference that nobody can guess; allowing it anew makes the page forget what was chosen.
    pub fn allow_upload<M: Send + 'static>(
        &mut self,
        name: &str,
        options: UploadOptions<M>,
    ) -> Upload<M> {
        allow(self, name, options, None)
    }
}

impl<C: LiveComponent> component::Socket<'_, C> {
    /// Lets the page send files to the component, as [`AnySocket::allow_upload`] does to the view.
    pub fn allow_upload<M: Send + 'static>(
        &mut self,
        name: &str,
        options: UploadOptions<M>,
    ) -> Upload<M> {
        let myself = self.myself();
        allow(self, name, options, myself)
    }
}

fn allow<M: Send + 'static>(
    socket: &mut AnySocket,
    name: &str,
    options: UploadOptions<M>,
    component: Option<ComponentId>,
) -> Upload<M> {
    let identity = Identity {
        reference: random_reference().into(),
        name: name.into(),
    };
    let reference = identity.reference.clone();
    let view = socket.mailbox();
    let open = socket.all_assigns().of::<OpenUploads>().cloned();
    let open = open.filter(|_| view.is_some());
    let config = Arc::new(UploadConfig::new(
        identity,
        options.rules,
        component,
        view,
        open.clone(),
    ));
    if let Some(open) = open {
        open.insert(reference, &config);
        socket.uploads().push(Arc::downgrade(&config));
    }
    Upload::new(config)
}

/// `phx-` and 22 characters that mean nothing in a selector.
fn random_reference() -> String {
    format!("phx-{}", URL_SAFE_NO_PAD.encode(random_bytes::<16>()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::live::upload::Accept;

    fn upload(reference: &str) -> Arc<UploadConfig> {
        let identity = Identity {
            reference: reference.into(),
            name: "doc".into(),
        };
        let rules = UploadOptions::new(Accept::Any).rules;
        Arc::new(UploadConfig::new(identity, rules, None, None, None))
    }

    #[test]
    fn a_view_has_so_many_uploads_and_no_more_until_one_is_dropped() {
        let mut uploads = Uploads::none();
        let mut held: Vec<_> = (0..UPLOADS_MAX).map(|n| upload(&n.to_string())).collect();
        held.iter()
            .for_each(|upload| uploads.push(Arc::downgrade(upload)));
        let more = upload("more");
        uploads.push(Arc::downgrade(&more));
        assert!(uploads.find("0", None).is_some());
        assert!(uploads.find("more", None).is_none());
        held.pop();
        uploads.push(Arc::downgrade(&more));
        assert!(uploads.find("more", None).is_some());
    }
}
