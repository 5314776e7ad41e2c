//! A form that shows what came in.

use bennu::channel::Flow;
use bennu::heex;
use bennu::live::components::form;
use bennu::live::form::Form;
use bennu::live::rendered::Render;
use bennu::live::{self, LiveView, MountError, Socket};
use bennu::protocol::form::{Param, Params};
use bennu::session::Session;

pub(super) struct FormLive {
    form: Form,
    log: Option<String>,
    submitted: Option<String>,
}

impl LiveView for FormLive {
    type Info = ();

    async fn mount(_: &Params, _: &Session, _: &mut Socket<Self>) -> Result<Self, MountError> {
        Ok(Self {
            form: Form::new(Params::decode("name=")?).with_name("user"),
            log: None,
            submitted: None,
        })
    }

    async fn handle_event(
        &mut self,
        event: &str,
        params: Param,
        _: &mut Socket<Self>,
    ) -> live::Result {
        // The keys of a JSON object that was read are sorted.
        let shown = serde_json::to_value(&params)?.to_string();
        match event {
            "validate" => {
                let user = params.as_map().and_then(|params| params.get("user"));
                let user = user.and_then(Param::as_map).cloned().unwrap_or_default();
                self.form = Form::new(user).with_name("user");
                self.log = Some(shown);
            }
            "save" => self.submitted = Some(shown),
            _ => return Flow::unhandled(event),
        }
        Ok(Flow::NoReply)
    }

    fn render(&self, _: &Socket<Self>) -> impl Render {
        let name = self.form.field("name");
        heex! {
            <.form for={&self.form} id="f" phx-change="validate" phx-submit="save">
              <input type="text" id="f_name" name={name.name} value={name.value} />
              <input type="checkbox" id="f_agree" name="user[agree]" value="true" />
              <select id="f_sel" name="user[sel][]" multiple>
                <option value="1">1</option><option value="2">2</option>
              </select>
              <button type="submit" name="act" value="go">Save</button>
            </.form>
            <pre>{&self.log}</pre>
            <p :if={let Some(submitted) = &self.submitted}>saved {submitted}</p>
        }
    }
}
