//! Signing in and out.

use bennu::endpoint::{Conn, Response};
use bennu::heex;
use bennu::live::components::form;
use bennu::live::form::{FieldErrors, Form};
use bennu::protocol::form::Params;
use http::StatusCode;

use crate::chats::Chats;
use crate::chats::input::{Email, UserName};
use crate::page_controller::unavailable;
use crate::pages::{USER_ID, USER_NAME, document};

/// The sign-in form as it is at first.
pub(crate) fn new(conn: Conn) -> Response {
    sign_in_page(conn, StatusCode::OK, &Form::default())
}

/// `POST /session`
pub(crate) async fn create(mut conn: Conn) -> Response {
    let (name, email) = match check(conn.params()) {
        Ok(input) => input,
        Err(errors) => {
            let form = Form::new(conn.params().clone()).with_errors(errors);
            let form = form.with_action("insert");
            return sign_in_page(conn, StatusCode::UNPROCESSABLE_ENTITY, &form);
        }
    };
    match conn.assigns::<Chats>().sign_in(name, email).await {
        Ok(user) => {
            conn.session_mut().renew();
            conn.session_mut().put(USER_ID, user.id);
            conn.session_mut().put(USER_NAME, user.name);
            conn.redirect("/")
        }
        Err(cause) => unavailable(conn, &cause).await,
    }
}

/// `POST /session/delete`
pub(crate) async fn delete(mut conn: Conn) -> Response {
    conn.session_mut().clear();
    conn.redirect("/")
}

fn check(params: &Params) -> Result<(UserName, Email), FieldErrors> {
    let name = UserName::parse(params.text("name").unwrap_or_default());
    let email = Email::parse(params.text("email").unwrap_or_default());
    match (name, email) {
        (Ok(name), Ok(email)) => Ok((name, email)),
        (name, email) => {
            let mut errors = FieldErrors::new();
            let wrong = [("name", name.err()), ("email", email.err())];
            for (field, error) in wrong {
                if let Some(error) = error {
                    errors.add(field, error.to_string());
                }
            }
            Err(errors)
        }
    }
}

fn sign_in_page(mut conn: Conn, status: StatusCode, sign_in: &Form) -> Response {
    let csrf_token = conn.csrf_token();
    let (name, email) = (sign_in.field("name"), sign_in.field("email"));
    let (name_invalid, email_invalid) = (!name.errors.is_empty(), !email.errors.is_empty());
    let page = heex! {
        <.document title="Sign in" csrf_token={&csrf_token}>
            <main class="page narrow">
                <div class="card">
                    <img class="brand" src="/assets/favicon.svg" alt="" width="48" height="48"/>
                    <div>
                        <h1>Sign in to Bennu Chat</h1>
                        <p class="lead">Tell us who you are and join a room.</p>
                    </div>
                    <.form for={sign_in} id="sign-in" action="/session" csrf_token={&*csrf_token} novalidate>
                        <div class="field">
                            <label for="sign-in-name">Name</label>
                            <input id="sign-in-name" name={&name.name} autocomplete="name" value={name.value}
                                autofocus={name_invalid || !email_invalid}
                                aria-invalid={name_invalid.then_some("true")}
                                aria-describedby={name_invalid.then_some("name-error")}/>
                            <p :for={error in name.errors} id="name-error" class="error">{error}</p>
                        </div>
                        <div class="field">
                            <label for="sign-in-email">Email</label>
                            <input id="sign-in-email" name={&email.name} type="email" autocomplete="email"
                                value={email.value} autofocus={!name_invalid && email_invalid}
                                aria-invalid={email_invalid.then_some("true")}
                                aria-describedby={email_invalid.then_some("email-error")}/>
                            <p :for={error in email.errors} id="email-error" class="error">{error}</p>
                        </div>
                        <button>Sign in</button>
                    </.form>
                </div>
            </main>
        </.document>
    };
    conn.render(status, page)
}
