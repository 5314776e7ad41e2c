//! Finds what changed since the last render and writes it as the diff the client merges.

pub(crate) mod sent;

use foldhash::quality::RandomState;

use super::rendered::{Render, RenderError, Sink};
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
    root: Option<SentNode>,
    next_stream: u32,
    hasher: RandomState,
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
    /// [`RenderError::TooDeep`] if the application nested too many templates. Then `out` is as it was and the next diff
    /// is the whole tree.
    pub fn diff(
        &mut self,
        rendered: impl Render,
        out: &mut Vec<u8>,
        options: DiffOptions,
    ) -> Result<bool, RenderError> {
        let start = out.len();
        let buffer = std::mem::take(out);
        let mut sink = Sink::diff(
            buffer,
            self.hasher.clone(),
            options.resend_form_values,
            self.next_stream,
        );
        rendered.render_at(sink.root(&mut self.root));
        let finished = sink.finish();
        *out = finished.out;
        self.next_stream = finished.next_stream;
        if let Err(error) = finished.result {
            self.root = None;
            out.truncate(start);
            return Err(error);
        }
        Ok(out.len() > start)
    }
}
