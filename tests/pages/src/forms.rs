//! A form with rules, a box and nested forms that come and go; and a hook beside its markup.

use bennu::channel::Flow;
use bennu::heex;
use bennu::live::components::{form, inputs_for};
use bennu::live::event::LiveEvent;
use bennu::live::form::{Changeset, FieldErrors, Form};
use bennu::live::js;
use bennu::live::rendered::Render;
use bennu::live::{self, LiveView, MountError, Socket};
use bennu::protocol::form::{Param, Params};
use bennu::session::Session;
use serde::Deserialize;
use serde_json::json;

pub(crate) struct FormsLive {
    form: Form,
    saved: String,
}

#[derive(LiveEvent)]
enum Event {
    Validate { user: Params },
    Save { user: Params },
}

#[derive(Deserialize)]
struct User {
    name: String,
    age: u8,
    agree: bool,
    emails: Vec<Email>,
}

#[derive(Deserialize)]
struct Email {
    at: String,
}

impl Changeset for User {
    fn validate(&self, errors: &mut FieldErrors) {
        if self.name.len() < 2 {
            errors.add("name", "is too short");
        }
        for (index, email) in self.emails.iter().enumerate() {
            if !email.at.contains('@') {
                let errors = errors.nested_mut("emails");
                errors.nested_mut(index.to_string()).add("at", "has no @");
            }
        }
    }
}

impl FormsLive {
    fn form(user: Params) -> Form {
        Form::new(user).with_name("user").with_many("emails")
    }

    fn save(&mut self, form: Form) {
        match form.cast::<User>() {
            Ok(User {
                name,
                age,
                agree,
                emails,
            }) => {
                let emails: Vec<_> = emails.into_iter().map(|email| email.at).collect();
                self.saved = format!("{name} {age} {agree} {}", emails.join(" "));
                self.form = form;
            }
            Err(errors) => self.form = form.with_errors(errors).with_action("insert"),
        }
    }
}

impl LiveView for FormsLive {
    type Info = ();

    async fn mount(_: &Params, _: &Session, _: &mut Socket<Self>) -> Result<Self, MountError> {
        let data = json!({"age": 36, "emails": [{"at": "ada@example.com"}]});
        Ok(Self {
            form: Self::form(Params::default()).with_data(&data),
            saved: String::new(),
        })
    }

    async fn handle_event(
        &mut self,
        event: &str,
        params: Param,
        _: &mut Socket<Self>,
    ) -> live::Result {
        match Event::decode(event, &params)? {
            Event::Validate { user } => {
                self.form = Self::form(user).with_action("validate").checked::<User>();
            }
            Event::Save { user } => self.save(Self::form(user)),
        }
        Ok(Flow::NoReply)
    }

    fn render(&self, _: &Socket<Self>) -> impl Render {
        let [name, age, agree] = ["name", "age", "agree"].map(|field| self.form.field(field));
        let (name_errors, age_errors) = (shown(&name), shown(&age));
        heex! {
            <.form for={&self.form} id="user" phx-change="validate" phx-submit="save">
                <input id={name.id} name={name.name} value={name.value}>
                <p :for={error in name_errors} class="error">name {error}</p>
                <input id={age.id} name={age.name} value={age.value}>
                <p :for={error in age_errors} class="error">age {error}</p>
                <input type="hidden" name={&agree.name} value="false">
                <input type="checkbox" id={&agree.id} name={&agree.name} value="true" checked={agree.value.is("true")}>
                <.inputs_for field={self.form.field("emails")} :let={email}>
                    <fieldset>
                        <input type="hidden" name="user[emails_sort][]" value={email.index()}>
                        <input class="email" id={email.field("at").id} name={email.field("at").name}
                            value={email.field("at").value}>
                        <p :for={error in email.field("at").errors} class="error">email {error}</p>
                        <button type="button" class="drop" name="user[emails_drop][]" value={email.index()}
                            phx-click={js::dispatch("change")}>Drop</button>
                    </fieldset>
                </.inputs_for>
                <input type="hidden" name="user[emails_drop][]">
                <button type="button" name="user[emails_sort][]" value="new" phx-click={js::dispatch("change")}>Add</button>
                <button>Save</button>
            </.form>
            <p id="saved">{self.saved}</p>
            <p id="marked" phx-hook=".Mark">before</p>
            <script :type={ColocatedHook} name=".Mark" runtime>
                "{ mounted() { this.el.dataset.marked = 'yes' } }"
            </script>
        }
    }
}

/// The errors of a field, once somebody has used it.
fn shown<'f>(field: &live::form::Field<'f>) -> &'f [std::borrow::Cow<'static, str>] {
    if field.is_used() { field.errors } else { &[] }
}
