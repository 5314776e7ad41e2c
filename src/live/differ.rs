//! Finds what changed since the last render and writes it as the diff the client merges.

pub(crate) mod components;
pub(crate) mod sent;
pub(crate) mod shared;

use super::component::{ComponentId, LiveComponent};
use super::rendered::{Held, Render, RenderError, Sink};
use sent::SentNode;

/// What the client of one live view holds, as hashes: 16 bytes for each dynamic it was sent, and no text.
///
/// The first diff is the whole tree; each later one holds what is different. When the root template is another one than
/// before, the whole tree is sent again. Its counterpart is `Phoenix.LiveView.Diff`.
///
/// ```
/// use bennu::heex;
/// use bennu::live::differ::{DiffOptions, Differ};
/// use bennu::live::rendered::Render;
///
/// fn weather(city: &str, degrees: i32) -> impl Render {
///     heex! { <p>{city}: {degrees} C</p> }
/// }
///
/// let mut differ = Differ::new();
/// let mut diff = Vec::new();
/// differ.diff(weather("Oslo", 4), &mut diff, DiffOptions::default())?;
/// assert_eq!(diff, br#""0":"Oslo","1":"4","s":0,"p":{"0":["<p>",": "," C</p>"]}"#);
///
/// diff.clear();
/// differ.diff(weather("Oslo", 5), &mut diff, DiffOptions::default())?;
/// assert_eq!(diff, br#""1":"5""#);
/// # Ok::<_, bennu::live::rendered::RenderError>(())
/// ```
#[derive(Debug, Default)]
pub struct Differ {
    root: Option<Box<SentNode>>,
    view: Held,
}

/// What a diff has to do besides sending what changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct DiffOptions {
    /// Send the values of form controls even if they did not change, so that the browser drops what the user typed.
    /// Phoenix does it whenever the assign behind the value was touched; here the replies to a form's events do it.
    pub resend_form_values: bool,
}

impl Differ {
    /// Starts with a client that holds nothing.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Appends to `out` the members of the diff object, without its braces, and says whether there are any.
    ///
    /// # Errors
    ///
    /// What the application did wrong. Then `out` is as it was and the next diff is the whole tree.
    pub fn diff(
        &mut self,
        rendered: impl Render,
        out: &mut Vec<u8>,
        options: DiffOptions,
    ) -> Result<bool, RenderError> {
        self.write(out, options, |sink, root| {
            rendered.render_at(sink.root(root));
        })
    }

    /// As [`diff`](Self::diff), for one component and those it shows: after an event that only it took. A component that
    /// is gone has no diff.
    ///
    /// # Errors
    ///
    /// As [`diff`](Self::diff).
    pub fn diff_component(
        &mut self,
        component: ComponentId,
        out: &mut Vec<u8>,
        options: DiffOptions,
    ) -> Result<bool, RenderError> {
        self.write(out, options, |sink, _| {
            components::render(sink, component);
        })
    }

    /// Makes the next diff the whole tree.
    pub(crate) fn forget_sent(&mut self) {
        self.root = None;
        self.view.components.forget_sent();
    }

    /// The components, and the socket for their callbacks.
    pub(crate) fn view(&mut self) -> &mut Held {
        &mut self.view
    }

    fn write(
        &mut self,
        out: &mut Vec<u8>,
        options: DiffOptions,
        tree: impl FnOnce(&mut Sink, &mut Option<Box<SentNode>>),
    ) -> Result<bool, RenderError> {
        let start = out.len();
        self.view.components.begin();
        let view = std::mem::take(&mut self.view);
        let mut sink = Sink::diff(std::mem::take(out), view, options.resend_form_values);
        tree(&mut sink, &mut self.root);
        sink.end_view();
        let (written, view, result) = sink.finish();
        (*out, self.view) = (written, view);
        if let Err(error) = result {
            self.forget_sent();
            out.truncate(start);
            return Err(error);
        }
        Ok(out.len() > start)
    }

    /// The component with this id, if the view holds it and it has this type.
    pub fn component_mut<C: LiveComponent>(&mut self, id: ComponentId) -> Option<&mut C> {
        self.view.components.get_mut(id)
    }

    /// The id of the component that the view shows with `live_component::<C>(id, ..)`.
    #[must_use]
    pub fn component<C: LiveComponent>(&self, id: &str) -> Option<ComponentId> {
        self.view.components.find::<C>(id)
    }

    /// Notes that the client is about to remove these components (`cids_will_destroy`). One that is shown again before
    /// they are [deleted](Self::delete_components) is sent whole.
    pub fn will_delete_components(&mut self, ids: &[ComponentId]) {
        self.view.components.doom(ids);
    }

    /// Deletes the components that the client has removed (`cids_destroyed`), unless they were shown again meanwhile, and
    /// says which were deleted.
    pub fn delete_components(&mut self, ids: &[ComponentId]) -> Vec<ComponentId> {
        self.view.components.delete(ids)
    }
}
