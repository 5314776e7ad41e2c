//! What nearly every file of live views uses.
//!
//! ```
//! use bennu::live::prelude::*;
//!
//! struct Hello;
//!
//! impl LiveView for Hello {
//!     type Info = ();
//!
//!     async fn mount(_: &Params, _: &Session, _: &mut Socket<Self>) -> Result<Self, MountError> {
//!         Ok(Self)
//!     }
//!
//!     async fn handle_event(&mut self, event: &str, _: Param, _: &mut Socket<Self>) -> live::Result {
//!         Flow::unhandled(event)
//!     }
//!
//!     fn render(&self, _: &Socket<Self>) -> impl Render {
//!         heex! { <p>Hello</p> }
//!     }
//! }
//! ```

pub use crate::channel::Flow;
pub use crate::live::event::LiveEvent;
pub use crate::live::rendered::{Render, Slot};
pub use crate::live::stream::Stream;
pub use crate::live::{self, AnySocket, Kind, LiveView, LiveViews, MountError, Socket};
pub use crate::protocol::form::{Param, Params};
pub use crate::session::Session;
pub use bennu_macros::{component, heex};
