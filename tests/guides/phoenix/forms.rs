//! Forms.

use bennu::channel::Flow;
use bennu::live::components::{form, inputs_for};
use bennu::live::event::LiveEvent;
use bennu::live::form::{Changeset, Field, FieldErrors, Form};
use bennu::live::rendered::Render;
use bennu::live::{self, Kind, LiveView, MountError, Socket, js};
use bennu::protocol::form::{Param, Params};
use bennu::session::Session;
use bennu::{component, heex};
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize)]
struct User {
    name: String,
    age: u8,
    emails: Vec<Email>,
}

#[derive(Serialize, Deserialize)]
struct Email {
    address: String,
}

impl Changeset for User {
    fn validate(&self, errors: &mut FieldErrors) {
        if self.name.is_empty() {
            errors.add("name", "can't be blank");
        }
        for (index, email) in self.emails.iter().enumerate() {
            if !email.address.contains('@') {
                errors
                    .entry_mut("emails", index)
                    .add("address", "must have an @");
            }
        }
    }
}

struct UserForm {
    form: Form,
}

#[derive(LiveEvent)]
enum Event {
    Validate { user: Params },
    Save { user: Params },
}

fn user_form(params: Params) -> Form {
    Form::new(params).with_name("user").with_many("emails")
}

impl LiveView for UserForm {
    type Info = ();

    async fn mount(_: &Params, _: &Session, _: &mut Socket<Self>) -> Result<Self, MountError> {
        let user = User {
            name: "Ada".to_owned(),
            age: 36,
            emails: Vec::new(),
        };
        let form = user_form(Params::default()).with_data(&user);
        Ok(Self { form })
    }

    async fn handle_event(
        &mut self,
        event: &str,
        params: Param,
        socket: &mut Socket<Self>,
    ) -> live::Result {
        match Event::decode(event, &params)? {
            Event::Validate { user } => {
                self.form = user_form(user).with_action("validate").checked::<User>();
            }
            Event::Save { user } => {
                let form = user_form(user);
                match form.cast::<User>() {
                    Ok(user) => {
                        socket.put_flash("info", format!("{} was saved", user.name));
                        socket.push_navigate("/users", Kind::Push)?;
                    }
                    Err(errors) => self.form = form.with_errors(errors).with_action("insert"),
                }
            }
        }
        Ok(Flow::NoReply)
    }

    fn render(&self, _: &Socket<Self>) -> impl Render {
        heex! {
            <.form for={&self.form} id="user-form" phx-change="validate" phx-submit="save">
                <.input field={self.form.field("name")} label="Name"/>
                <.input field={self.form.field("age")} label="Age" type="number"/>
                <.inputs_for field={self.form.field("emails")} :let={email}>
                    <input type="hidden" name="user[emails_sort][]" value={email.index()}>
                    <.input field={email.field("address")} label="Email"/>
                    <button type="button" name="user[emails_drop][]" value={email.index()}
                        phx-click={js::dispatch("change")}>Remove</button>
                </.inputs_for>
                <input type="hidden" name="user[emails_drop][]">
                <button type="button" name="user[emails_sort][]" value="new"
                    phx-click={js::dispatch("change")}>Add email</button>
                <button>Save</button>
            </.form>
        }
    }
}

#[component]
fn input(field: Field<'_>, label: &str, #[prop(default = "text")] r#type: &str) -> impl Render {
    let errors = if field.is_used() { field.errors } else { &[] };
    heex! {
        <label for={&field.id}>{label}</label>
        <input type={r#type} id={&field.id} name={&field.name} value={field.value}>
        <p :for={error in errors} class="error">{error}</p>
    }
}

mod tests {
    use bennu::testing::{Redirected, isolated, live};
    use serde_json::json;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_form_shows_what_is_wrong_and_saves_the_rest() -> Result<(), Redirected> {
        let (view, html) = live(&isolated::<UserForm>(|builder| builder), "/").await?;
        assert!(html.contains(r#"name="user[name]" value="Ada""#), "{html}");
        let form = view.form("#user-form", json!({"user": {"name": "", "age": "old"}}));
        form.render_change().await?;
        assert!(view.has_text(".error", "can't be blank").await);
        assert!(view.has_text(".error", "is invalid").await);
        let form = view.form("#user-form", json!({"user": {"name": "Bo", "age": "7"}}));
        let left = form.render_submit().await.unwrap_err();
        assert_eq!(left.to(), "/users");
        Ok(())
    }
}
