//! The bindings of forms: what is typed, sent, reset, recovered, and sent without a live view.

use bennu::channel::Flow;
use bennu::component;
use bennu::endpoint::{Conn, Response};
use bennu::heex;
use bennu::live::components::{form, inputs_for};
use bennu::live::form::{Changeset, Field, FieldErrors, Form, options_for_select};
use bennu::live::js;
use bennu::live::rendered::Render;
use bennu::live::{self, LiveView, MountError, Socket};
use bennu::protocol::form::{Param, Params};
use bennu::session::Session;
use http::StatusCode;
use serde::Deserialize;

const TITLE_CHARS_MIN: usize = 3;

pub(crate) struct FormBindingsLive {
    post: Form,
    list: Form,
    recovered: Params,
    own: String,
    log: Vec<String>,
    choice: String,
    triggered: bool,
}

#[derive(Deserialize)]
struct Post {
    title: String,
    #[serde(default)]
    pages: Option<u32>,
}

impl Changeset for Post {
    fn validate(&self, errors: &mut FieldErrors) {
        if self.title.chars().count() < TITLE_CHARS_MIN {
            errors.add("title", "is too short");
        }
    }
}

impl LiveView for FormBindingsLive {
    type Info = ();

    async fn mount(_: &Params, _: &Session, _: &mut Socket<Self>) -> Result<Self, MountError> {
        Ok(Self {
            post: Form::default().with_name("post"),
            list: list(Params::decode("rows[0][name]=a&rows[1][name]=b")?),
            recovered: Params::default(),
            own: String::new(),
            log: Vec::new(),
            choice: "one".to_owned(),
            triggered: false,
        })
    }

    async fn handle_event(
        &mut self,
        event: &str,
        params: Param,
        _: &mut Socket<Self>,
    ) -> live::Result {
        let values = params.into_map().unwrap_or_default();
        let inside = |name| {
            values
                .get(name)
                .and_then(Param::as_map)
                .cloned()
                .unwrap_or_default()
        };
        match event {
            "validate" => {
                let sent = Form::new(inside("post"))
                    .with_name("post")
                    .with_action("validate");
                self.post = sent.checked::<Post>();
            }
            "save" => {
                let sent = Form::new(inside("post"))
                    .with_name("post")
                    .with_action("insert");
                match sent.cast::<Post>() {
                    Ok(Post { title, pages }) => {
                        self.post = Form::default().with_name("post");
                        self.log
                            .push(format!("saved {title} {}", pages.unwrap_or_default()));
                    }
                    Err(errors) => self.post = sent.with_errors(errors),
                }
            }
            "rows" => self.list = list(inside("list")),
            "recover" => self.recovered = values.clone(),
            "recover own" => values
                .text("c")
                .unwrap_or_default()
                .clone_into(&mut self.own),
            "choose" => values
                .text("choice")
                .unwrap_or_default()
                .clone_into(&mut self.choice),
            "trigger" => self.triggered = true,
            _ => {}
        }
        if !matches!(event, "recover" | "rows") {
            self.log.push(describe(event, &values));
        }
        Ok(Flow::NoReply)
    }

    fn render(&self, _: &Socket<Self>) -> impl Render {
        heex! {
            <ol id="log"><li :for={entry in &self.log}>{entry}</li></ol>
            <.form for={&self.post} id="post" phx-change="validate" phx-submit="save">
                <.input field={self.post.field("title")}/>
                <.input field={self.post.field("pages")}/>
                <button name="by" value="inside">save</button>
                <button type="reset" name="reset">reset</button>
            </.form>
            <button form="post" name="by" value="outside">save from outside</button>
            <.form for={&self.list} id="list" phx-change="rows">
                <.inputs_for :let={row} field={self.list.field("rows")}>
                    <input type="hidden" name="list[rows_sort][]" value={row.index().map(|at| at.to_string())}>
                    <input class="row" name={row.field("name").name} value={row.field("name").value} aria-label="row">
                    <label>drop <input type="checkbox" class="drop" name="list[rows_drop][]" value={row.index().map(|at| at.to_string())}></label>
                </.inputs_for>
                <label>more <input type="checkbox" id="more" name="list[rows_sort][]" value="new"></label>
            </.form>
            <form id="recovered" phx-change="recover">
                <input name="a" value={self.recovered.text("a")} aria-label="a">
                <textarea name="b" aria-label="b">{self.recovered.text("b")}</textarea>
            </form>
            <form id="own" phx-change="ignored" phx-auto-recover="recover own">
                <input name="c" value={&self.own} aria-label="c">
            </form>
            <form id="lost" phx-change="ignored" phx-auto-recover="ignore"><input name="d" aria-label="d"></form>
            <form id="plain" phx-change="plain" phx-no-unused-field><input name="e" aria-label="e"></form>
            <form id="fields" phx-change="whole">
                <input name="f" phx-change="alone" aria-label="f"><input name="g" aria-label="g">
            </form>
            <form id="choosing" phx-change="choose">
                <select id="choice" name="choice">{options_for_select(["one", "two", "three"], &*self.choice)}</select>
                <p id="chosen">{&self.choice}</p>
            </form>
            <button phx-click={js::push("choose").value(&serde_json::json!({"choice": "three"}))}>choose three</button>
            <form id="leaving" action="/form_bindings/sent" method="post" phx-submit="trigger" phx-trigger-action={self.triggered}>
                <input type="hidden" name="_csrf_token" phx-hook="CsrfToken" id="leaving-token" phx-update="ignore">
                <input name="word" aria-label="word">
                <button>leave</button>
            </form>
        }
    }
}

fn list(params: Params) -> Form {
    Form::new(params).with_name("list").with_many("rows")
}

#[component]
fn input(field: Field<'_>) -> impl Render {
    heex! {
        <input id={&field.id} name={&field.name} value={field.value} aria-label={field.field}>
        <p :for={error in field.errors} :if={field.is_used()} class="error">{field.field} {error}</p>
    }
}

/// What is left when the form is sent over HTTP.
pub(crate) async fn sent(conn: Conn) -> Response {
    let word = conn.params().text("word").unwrap_or_default().to_owned();
    conn.text(StatusCode::OK, format!("sent {word}"))
}

fn describe(event: &str, params: &Params) -> String {
    let mut words = vec![event.to_owned()];
    words.extend(
        params
            .iter()
            .map(|(name, value)| format!("{name}={}", shown(value))),
    );
    words.join(" ")
}

fn shown(value: &Param) -> String {
    match value {
        Param::Text(text) => text.clone(),
        Param::Number(number) => number.to_string(),
        Param::Bool(flag) => flag.to_string(),
        Param::Null => String::new(),
        Param::List(values) => values.iter().map(shown).collect::<Vec<_>>().join("."),
        Param::Map(params) => {
            let inner = params
                .iter()
                .map(|(name, value)| format!("{name}:{}", shown(value)));
            format!("({})", inner.collect::<Vec<_>>().join(","))
        }
    }
}
