//! Commands that the browser carries out by itself, as `Phoenix.LiveView.JS`.
//!
//! A command is the value of a binding such as `phx-click`, in place of the name of an event. Commands follow each other
//! in the order they are written; what is said about a command comes right behind it.
//!
//! ```
//! use bennu::heex;
//! use bennu::live::{html, js};
//!
//! let id = 7;
//! let delete = js::push("delete").value(&serde_json::json!({"id": id})).hide().to("#row-7").with_transition("fade-out");
//! let mut page = Vec::new();
//! html::write(heex! { <button phx-click={delete}>Delete</button> }, &mut page)?;
//! assert_eq!(
//!     String::from_utf8_lossy(&page).replace("&quot;", "'"),
//!     "<button phx-click=\"[['push',{'event':'delete','value':{'id':7}}],\
//!      ['hide',{'to':'#row-7','transition':[['fade-out'],[],[]]}]]\">Delete</button>"
//! );
//! # Ok::<_, bennu::live::rendered::RenderError>(())
//! ```

mod arguments;
mod json;

use std::fmt;
use std::marker::PhantomData;
use std::time::Duration;

use serde::{Serialize, Serializer};

use crate::live::attributes::Attribute;
use crate::live::rendered::{Text, TextWriter};

pub use arguments::{
    Any, Classes, Dispatch, Focus, Hide, Link, Mark, PopFocus, Push, Show, Toggle, Transit,
};
pub use arguments::{
    Blocks, PushTarget, Takes, TakesTime, TakesTransition, To, Transition, closest, inner,
};

/// Commands for the browser; `Last` is the command whose details can be given.
///
/// It is made by the functions of this module, is the value of an attribute, and serializes as what a hook runs with
/// `liveSocket.execJS`.
#[derive(Clone)]
pub struct Js<Last> {
    /// `[["push",{"event":"save"`, open for more arguments; `[` without commands.
    json: String,
    last: PhantomData<fn() -> Last>,
}

/// Writes each command twice: as a function that begins a list, and as a method that continues one.
macro_rules! commands {
    ($(
        $(#[$doc:meta])*
        $name:ident($($argument:ident: $type:ty),*) -> $last:ident: $write:expr;
    )*) => {
        $(
            $(#[$doc])*
            #[must_use]
            pub fn $name($($argument: $type),*) -> Js<$last> {
                let write: fn(&mut String $(, $type)*) = $write;
                let mut json = String::from("[");
                write(&mut json $(, $argument)*);
                Js { json, last: PhantomData }
            }
        )*

        impl<Last> Js<Last> {
            $(
                $(#[$doc])*
                #[must_use]
                pub fn $name(mut self $(, $argument: $type)*) -> Js<$last> {
                    let write: fn(&mut String $(, $type)*) = $write;
                    self.end_command();
                    write(&mut self.json $(, $argument)*);
                    Js { json: self.json, last: PhantomData }
                }
            )*
        }
    };
}

commands! {
    /// Sends an event to the view, or to a component.
    push(event: &str) -> Push: |json, event| json::begin(json, "push", &[("event", event)]);
    /// Dispatches a DOM event.
    dispatch(event: &str) -> Dispatch: |json, event| json::begin(json, "dispatch", &[("event", event)]);
    /// Carries out the commands in this attribute of an element.
    exec(attribute: &str) -> Mark: |json, attribute| json::begin(json, "exec", &[("attr", attribute)]);
    /// Shows an element.
    show() -> Show: |json| json::begin(json, "show", &[]);
    /// Hides an element.
    hide() -> Hide: |json| json::begin(json, "hide", &[]);
    /// Shows an element that is hidden, and hides one that is not.
    toggle() -> Toggle: |json| json::begin(json, "toggle", &[]);
    /// Adds classes, given with spaces between.
    add_class(names: &str) -> Classes: |json, names| json::begin_names(json, "add_class", names);
    /// Removes classes, given with spaces between.
    remove_class(names: &str) -> Classes: |json, names| json::begin_names(json, "remove_class", names);
    /// Adds the classes that are not there and removes those that are.
    toggle_class(names: &str) -> Classes: |json, names| json::begin_names(json, "toggle_class", names);
    /// Sets an attribute.
    set_attribute(name: &str, value: &str) -> Mark: |json, name, value| {
        json::begin(json, "set_attr", &[]);
        json::argument(json, "attr", &[name, value]);
    };
    /// Removes an attribute.
    remove_attribute(name: &str) -> Mark: |json, name| json::begin(json, "remove_attr", &[("attr", name)]);
    /// Sets an attribute that is not there, and removes one that is.
    toggle_attribute(name: &str, value: &str) -> Mark: |json, name, value| {
        json::begin(json, "toggle_attr", &[]);
        json::argument(json, "attr", &[name, value]);
    };
    /// Gives an attribute the other of two values.
    switch_attribute(name: &str, one: &str, other: &str) -> Mark: |json, name, one, other| {
        json::begin(json, "toggle_attr", &[]);
        json::argument(json, "attr", &[name, one, other]);
    };
    /// Leaves these attributes alone when the page is patched; a name may end with `*`.
    ignore_attributes(names: &[&str]) -> Mark: |json, names| {
        json::begin(json, "ignore_attrs", &[]);
        json::argument(json, "attrs", &names);
    };
    /// Gives an element the focus.
    focus() -> Focus: |json| json::begin(json, "focus", &[]);
    /// Gives the first element that can have it the focus.
    focus_first() -> Focus: |json| json::begin(json, "focus_first", &[]);
    /// Remembers an element for `pop_focus`.
    push_focus() -> Focus: |json| json::begin(json, "push_focus", &[]);
    /// Gives the element remembered last the focus.
    pop_focus() -> PopFocus: |json| json::begin(json, "pop_focus", &[]);
    /// Goes to another live view over the same connection.
    navigate(href: &str) -> Link: |json, href| json::begin_link(json, "navigate", href);
    /// Changes the URL of this view, which then takes it in `handle_params`.
    patch(href: &str) -> Link: |json, href| json::begin_link(json, "patch", href);
}

/// Runs a transition on an element.
#[must_use]
pub fn transition<'t>(transition: impl Into<Transition<'t>>) -> Js<Transit> {
    let mut json = String::from("[");
    json::begin(&mut json, "transition", &[]);
    Js {
        json,
        last: PhantomData,
    }
    .with("transition", &transition.into())
}

impl<Last> Js<Last> {
    /// Runs a transition on an element.
    #[must_use]
    pub fn transition<'t>(self, transition: impl Into<Transition<'t>>) -> Js<Transit> {
        self.then(&self::transition(transition))
    }

    /// These commands and then others.
    #[must_use]
    pub fn then<Next>(mut self, next: &Js<Next>) -> Js<Next> {
        if !next.is_empty() {
            self.end_command();
            self.json.push_str(&next.json[1..]);
        }
        Js {
            json: self.json,
            last: PhantomData,
        }
    }

    const fn is_empty(&self) -> bool {
        self.json.len() == 1
    }

    /// Has the last command take no more arguments, so that another may follow.
    fn end_command(&mut self) {
        if !self.is_empty() {
            self.json.push_str("}],");
        }
    }

    /// What is missing of the list.
    const fn end(&self) -> &'static str {
        if self.is_empty() { "]" } else { "}]]" }
    }

    /// These commands without saying which is the last: for a component that takes whatever the caller wants carried
    /// out, with a prop of type `Js<Any>`, and for branches that end differently.
    ///
    /// ```
    /// use bennu::live::js::{self, Any, Js};
    ///
    /// fn close(on_cancel: Js<Any>) -> Js<Any> {
    ///     on_cancel.exec("phx-remove").any()
    /// }
    ///
    /// let close = close(js::patch("/rooms").any());
    /// assert_eq!(
    ///     close.to_string(),
    ///     r#"[["patch",{"href":"/rooms","replace":false}],["exec",{"attr":"phx-remove"}]]"#
    /// );
    /// ```
    #[must_use]
    pub fn any(self) -> Js<Any> {
        Js {
            json: self.json,
            last: PhantomData,
        }
    }

    fn with(mut self, name: &str, value: &(impl Serialize + ?Sized)) -> Self {
        json::argument(&mut self.json, name, value);
        self
    }

    /// The element to act on: a selector, [`inner`] or [`closest`]; without it, the element with the binding.
    #[must_use]
    pub fn to<'t>(self, to: impl Into<To<'t>>) -> Self
    where
        Last: Takes,
    {
        self.with("to", &to.into())
    }

    /// The classes of the transition.
    #[must_use]
    pub fn with_transition<'t>(self, transition: impl Into<Transition<'t>>) -> Self
    where
        Last: TakesTransition,
    {
        self.with("transition", &transition.into())
    }

    /// How long the transition takes; 200 ms unless given.
    #[must_use]
    pub fn time(self, time: Duration) -> Self
    where
        Last: TakesTime,
    {
        self.with("time", &time.as_millis())
    }

    /// Whether patches of the page wait for it; they do unless this says otherwise.
    #[must_use]
    pub fn blocking(self, blocking: bool) -> Self
    where
        Last: Blocks,
    {
        self.with("blocking", &blocking)
    }
}

impl Js<Push> {
    /// The component that takes the event: its id, or a selector of an element in it.
    #[must_use]
    pub fn target<'t>(self, target: impl Into<PushTarget<'t>>) -> Self {
        self.with("target", &target.into())
    }

    /// The elements that show that the event is under way, by selector.
    #[must_use]
    pub fn loading(self, selector: &str) -> Self {
        self.with("loading", selector)
    }

    /// Tells the page's loading indicator of it.
    #[must_use]
    pub fn page_loading(self) -> Self {
        self.with("page_loading", &true)
    }

    /// What the event carries, beside the element's own values: something that serializes as an object.
    ///
    /// # Panics
    ///
    /// If `value` does not serialize.
    #[must_use]
    pub fn value(self, value: &impl Serialize) -> Self {
        self.with("value", value)
    }
}

impl Js<Dispatch> {
    /// The event's `detail`.
    ///
    /// # Panics
    ///
    /// If `detail` does not serialize.
    #[must_use]
    pub fn detail(self, detail: &impl Serialize) -> Self {
        self.with("detail", detail)
    }

    /// Whether the event bubbles; it does unless this says otherwise.
    #[must_use]
    pub fn bubbles(self, bubbles: bool) -> Self {
        self.with("bubbles", &bubbles)
    }
}

impl Js<Show> {
    /// The `display` of the element when it is shown; `block` unless given.
    #[must_use]
    pub fn display(self, display: &str) -> Self {
        self.with("display", display)
    }
}

impl Js<Toggle> {
    /// The `display` of the element when it is shown; `block` unless given.
    #[must_use]
    pub fn display(self, display: &str) -> Self {
        self.with("display", display)
    }

    /// The transition with which the element appears: Phoenix's `in`.
    #[must_use]
    pub fn transition_in<'t>(self, transition: impl Into<Transition<'t>>) -> Self {
        self.with("ins", &transition.into())
    }

    /// The transition with which the element disappears: Phoenix's `out`.
    #[must_use]
    pub fn transition_out<'t>(self, transition: impl Into<Transition<'t>>) -> Self {
        self.with("outs", &transition.into())
    }
}

impl Js<Link> {
    /// Replaces the current entry of the browser's history.
    #[must_use]
    pub fn replace(mut self) -> Self {
        json::replace_link(&mut self.json);
        self
    }
}

/// No commands, `%JS{}`: what a prop of type `Js<Any>` may be without a caller's wish, and a beginning for commands that
/// depend on something.
///
/// ```
/// use bennu::live::js::{self, Js};
///
/// assert_eq!(Js::default().to_string(), "[]");
/// assert_eq!(Js::default().hide().then(&Js::default()).to_string(), js::hide().to_string());
/// ```
impl Default for Js<Any> {
    fn default() -> Self {
        Self {
            json: String::from("["),
            last: PhantomData,
        }
    }
}

impl<Last> fmt::Display for Js<Last> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.json)?;
        f.write_str(self.end())
    }
}

impl<Last> fmt::Debug for Js<Last> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Js({self})")
    }
}

impl<Last> Text for Js<Last> {
    fn write(&self, out: &mut TextWriter<'_>) {
        out.text(&self.json);
        out.text(self.end());
    }
}

impl<Last> From<Js<Last>> for Attribute<'_> {
    fn from(js: Js<Last>) -> Self {
        Self::Text(js.to_string().into())
    }
}

impl<Last> Serialize for Js<Last> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let json = serde_json::value::RawValue::from_string(self.to_string());
        json.map_err(serde::ser::Error::custom)?
            .serialize(serializer)
    }
}
