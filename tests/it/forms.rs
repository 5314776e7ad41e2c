//! Forms, the built-in components and typed events, against sections 2.4, 2.5, 7, 12 and 13 of the contract.

use std::borrow::Cow;

use bennu::live::components::*;
use bennu::live::event::{EventError, LiveEvent};
use bennu::live::form::{
    Changeset, FieldErrors, Form, InputsFor, cast, normalize_value, options_for_select,
    sort_and_drop,
};
use bennu::live::html;
use bennu::live::rendered::Render;
use bennu::protocol::form::{Param, Params};
use bennu::{component, heex};
use serde::{Deserialize, Serialize};
use serde_json::json;

fn page(rendered: impl Render) -> String {
    let mut page = Vec::new();
    html::write(rendered, &mut page).unwrap();
    String::from_utf8(page).unwrap()
}

/// The page without the white space between its lines.
fn lines(rendered: impl Render) -> Vec<String> {
    let page = page(rendered);
    let lines = page.lines().map(str::trim).filter(|line| !line.is_empty());
    lines.map(str::to_owned).collect()
}

fn params(text: &str) -> Params {
    Params::decode(text).unwrap()
}

#[test]
fn ids_and_names_follow_the_name_and_the_id_of_the_form() {
    let cases = [
        (Form::default(), "email", "email"),
        (
            Form::default().with_name("user"),
            "user_email",
            "user[email]",
        ),
        (Form::default().with_id("f"), "f_email", "email"),
        (
            Form::default().with_name("user").with_id("f"),
            "f_email",
            "user[email]",
        ),
    ];
    for (form, id, name) in cases {
        let field = form.field("email");
        assert_eq!((field.id.as_str(), field.name.as_str()), (id, name));
    }
    let form = Form::default().with_name("user");
    assert_eq!(form.field("tags").list_name(), "user[tags][]");
    assert_eq!(form.field("plan").id_for("a b-ü"), "user_plan_a_b_ü");
}

#[test]
fn what_was_sent_hides_the_data() {
    #[derive(Serialize)]
    struct User {
        name: &'static str,
        age: u8,
        admin: bool,
    }
    let user = User {
        name: "Ada",
        age: 36,
        admin: true,
    };
    let form = &Form::new(params("name=")).with_data(&user);
    let text = |field| form.field(field).value.text().map(Cow::into_owned);
    assert_eq!(text("name").as_deref(), Some(""));
    assert_eq!(text("age").as_deref(), Some("36"));
    assert_eq!(text("admin").as_deref(), Some("true"));
    assert_eq!(text("absent"), None);
    let absent = form.field("absent");
    assert_eq!(
        page(
            heex! { <input id={absent.id} value={absent.value}>{absent.value}<b {..attributes(form)}></b> }
        ),
        "<input id=\"absent\"><b title=\"36\"></b>"
    );
}

fn attributes(form: &Form) -> bennu::live::attributes::Attributes<'_> {
    bennu::live::attributes::Attributes::new().with("title", form.field("age").value)
}

#[test]
fn errors_are_shown_once_the_form_has_an_action() {
    let mut errors = FieldErrors::new();
    errors.add("name", "can't be blank");
    let form = Form::default().with_errors(errors);
    assert!(form.field("name").errors.is_empty());
    assert!(!form.errors().is_empty());
    let ignored = form.clone().with_action("ignore");
    assert!(ignored.field("name").errors.is_empty());
    let form = form.with_action("validate");
    assert_eq!(form.field("name").errors, ["can't be blank"]);
    assert_eq!(form.action(), Some("validate"));
}

// 12.3
#[test]
fn a_field_is_used_unless_the_browser_says_otherwise() {
    let form = Form::new(params(
        "title=x&email=&_unused_email=&bday[year]=&bday[month]=&_x=&bday[_unused_month]=\
         &at[h]=&at[_unused_h]=&tags[]=a&_unused_tags[]=",
    ));
    let used = ["title", "bday"];
    let unused = ["email", "at", "tags", "absent", "_unused_email"];
    assert!(used.iter().all(|field| form.field(field).is_used()));
    assert!(!unused.iter().any(|field| form.field(field).is_used()));
}

#[derive(Deserialize, Debug, PartialEq)]
struct Signup {
    name: String,
    age: u8,
    score: Option<f32>,
    agree: bool,
    plan: Plan,
    #[serde(default = "ten")]
    seats: u32,
    tags: Vec<String>,
    emails: Vec<Email>,
    address: Address,
}

fn ten() -> u32 {
    10
}

#[derive(Deserialize, Debug, PartialEq)]
#[serde(rename_all = "lowercase")]
enum Plan {
    Free,
    Paid,
}

#[derive(Deserialize, Debug, PartialEq)]
struct Email {
    at: String,
    weight: u16,
}

#[derive(Deserialize, Debug, PartialEq)]
struct Address {
    city: String,
}

#[test]
fn a_form_is_read_into_a_type() {
    let sent = "name=Ada&_unused_name=&age=36&score=&agree=on&plan=paid&tags[]=&tags[]=a&tags[]=b\
                &emails[10][at]=y&emails[10][weight]=2&emails[2][at]=x&emails[2][weight]=1\
                &emails[2][_persistent_id]=0&address[city]=Oslo";
    let signup: Signup = cast(&params(sent)).unwrap();
    let email = |at: &str, weight| Email {
        at: at.into(),
        weight,
    };
    assert_eq!(
        signup,
        Signup {
            name: "Ada".into(),
            age: 36,
            score: None,
            agree: true,
            plan: Plan::Paid,
            seats: 10,
            tags: vec!["a".into(), "b".into()],
            emails: vec![email("x", 1), email("y", 2)],
            address: Address {
                city: "Oslo".into()
            },
        }
    );
}

#[test]
fn every_field_says_what_is_wrong_with_it() {
    let sent = "age=300&score=x&agree=maybe&plan=gold&seats=&emails[7][at]=x&emails[9][weight]=heavy&emails[8]=y";
    let errors = cast::<Signup>(&params(sent)).unwrap_err();
    assert_eq!(
        errors.to_string(),
        "age is invalid, agree is invalid, emails.0.weight can't be blank, emails.1 is invalid, plan is invalid, \
         score is invalid, seats can't be blank"
    );
    let sent =
        "age=300&score=x&agree=maybe&plan=gold&seats=&emails[7][at]=x&emails[9][weight]=heavy";
    let errors = cast::<Signup>(&params(sent)).unwrap_err();
    assert_eq!(
        errors.to_string(),
        "address.city can't be blank, age is invalid, agree is invalid, emails.0.weight can't be blank, \
         emails.1.at can't be blank, emails.1.weight is invalid, name can't be blank, plan is invalid, \
         score is invalid, seats can't be blank"
    );
}

#[test]
fn nothing_at_all_is_read_too() {
    let errors = cast::<Signup>(&Params::default()).unwrap_err();
    assert_eq!(
        errors.to_string(),
        "address.city can't be blank, age can't be blank, name can't be blank, plan can't be blank"
    );
}

#[test]
fn a_type_that_refuses_its_value_says_why() {
    #[derive(Deserialize, Debug)]
    #[serde(try_from = "String")]
    struct Even;
    impl TryFrom<String> for Even {
        type Error = &'static str;
        fn try_from(text: String) -> Result<Self, &'static str> {
            if text.len().is_multiple_of(2) {
                Ok(Self)
            } else {
                Err("must be even")
            }
        }
    }
    #[derive(Deserialize, Debug)]
    #[expect(dead_code, reason = "only the types matter")]
    struct Pair {
        first: Even,
        second: Vec<Even>,
    }
    let errors = cast::<Pair>(&params("first=ab&second[]=ab&second[]=abc")).unwrap_err();
    assert_eq!(errors.to_string(), "second.1 must be even");
    assert!(cast::<Pair>(&params("first=ab&second[]=ab")).is_ok());
}

#[test]
fn a_variant_may_hold_values_and_a_map_any_names() {
    #[derive(Deserialize, Debug, PartialEq)]
    #[serde(rename_all = "lowercase")]
    enum Pay {
        Cash,
        Card { digits: u16 },
    }
    type Any = std::collections::BTreeMap<String, Pay>;
    let any: Any = cast(&params("a[card][digits]=7&b=cash&_unused_b=")).unwrap();
    assert_eq!(any["a"], Pay::Card { digits: 7 });
    assert_eq!(any["b"], Pay::Cash);
    assert_eq!(any.len(), 2);
    let errors = cast::<Any>(&params("a[card][digits]=x")).unwrap_err();
    assert_eq!(errors.to_string(), "a.card.digits is invalid");
    let errors = cast::<Any>(&params("a[card]=x&b=z")).unwrap_err();
    assert_eq!(errors.to_string(), "a.card is invalid");
}

// A peer cannot make reading a form quadratic: how often it is read again depends on the types alone.
#[test]
fn many_incomplete_entries_are_read_in_few_turns() {
    let sent: String = (0..9_000)
        .map(|index| format!("emails[{index}][x]=&"))
        .collect();
    let errors = cast::<Signup>(&params(&sent)).unwrap_err();
    let emails = errors.nested("emails").unwrap();
    assert_eq!(emails.iter().count(), 9_000);
    assert_eq!(emails.nested("8999").unwrap().of("at"), ["can't be blank"]);
}

// Nothing from the network may panic.
#[test]
fn random_forms_are_read_or_refused() {
    const NAMES: [&str; 12] = [
        "name",
        "age",
        "emails",
        "at",
        "0",
        "7",
        "",
        "address",
        "city",
        "_unused_name",
        "_persistent_id",
        "emails_sort",
    ];
    const VALUES: [&str; 6] = ["", "1", "x", "on", "free", "0"];
    let seed = fastrand::u64(..);
    let mut random = fastrand::Rng::with_seed(seed);
    for _ in 0..3_000 {
        let mut sent = String::new();
        for _ in 0..random.usize(..8) {
            sent.push_str(NAMES[random.usize(..NAMES.len())]);
            for _ in 0..random.usize(..4) {
                sent = format!("{sent}[{}]", NAMES[random.usize(..NAMES.len())]);
            }
            sent = format!("{sent}={}&", VALUES[random.usize(..VALUES.len())]);
        }
        let form = Form::new(params(&sent)).with_many("emails");
        let read = form.cast::<Signup>();
        let refused = read.is_err_and(|errors| !errors.is_empty());
        assert!(refused || sent.contains("age"), "{sent} (seed {seed})");
        for email in form.inputs_for("emails", InputsFor::default()) {
            assert!(
                email.field("at").id.starts_with("emails_"),
                "{sent} (seed {seed})"
            );
            let _ = email.inputs_for("at", InputsFor::default());
        }
    }
}

impl Changeset for Signup {
    fn validate(&self, errors: &mut FieldErrors) {
        if self.age < 18 {
            errors.add("age", "must be at least 18");
        }
        if self.name.len() < 2 {
            errors.add("name", "is too short");
        }
        errors.nested_mut("address").add("city", "is unknown");
    }
}

#[test]
fn rules_are_checked_for_the_fields_that_could_be_read() {
    let form = Form::new(params("name=A&age=x&plan=free&address[city]=Oslo"));
    let form = form
        .with_name("signup")
        .with_action("validate")
        .checked::<Signup>();
    assert_eq!(form.field("age").errors, ["is invalid"]);
    assert_eq!(form.field("name").errors, ["is too short"]);
    let address = &form.inputs_for("address", InputsFor::default())[0];
    assert_eq!(address.field("city").errors, ["is unknown"]);
    assert_eq!(address.field("city").name, "signup[address][city]");
    assert_eq!(address.field("city").id, "signup_address_0_city");
}

// 12.8
#[test]
fn entries_are_sorted_added_and_dropped_as_the_page_says() {
    let cases = [
        (
            "x[0][n]=a&x[1][n]=b",
            r#"{"x":{"0":{"n":"a"},"1":{"n":"b"}}}"#,
        ),
        (
            "x[0][n]=a&x[1][n]=b&x_sort[]=1&x_sort[]=0",
            r#"{"x":[{"n":"b"},{"n":"a"}]}"#,
        ),
        (
            "x[0][n]=a&x_sort[]=0&x_sort[]=new&x_sort[]=0",
            r#"{"x":[{"n":"a"},{},{}]}"#,
        ),
        (
            "x[10][n]=b&x[9][n]=a&x_drop[]=",
            r#"{"x":[{"n":"a"},{"n":"b"}]}"#,
        ),
        (
            "x[0][n]=a&x[1][n]=b&x_drop[]=&x_drop[]=0",
            r#"{"x":[{"n":"b"}]}"#,
        ),
        ("x[0][n]=a&x_sort[]=0&x_drop[]=0", r#"{"x":[]}"#),
        ("x_drop[]=", r#"{"x":[]}"#),
    ];
    for (sent, sorted) in cases {
        let mut params = params(sent);
        sort_and_drop(&mut params, "x");
        assert_eq!(serde_json::to_string(&params).unwrap(), sorted, "{sent}");
    }
}

// 12.8
#[test]
fn nested_forms_keep_their_ids_when_others_go() {
    let data = json!({"emails": [{"at": "a"}, {"at": "b"}]});
    let ids = |form: &Form| -> Vec<String> {
        let forms = form.inputs_for("emails", InputsFor::default());
        forms.iter().map(|email| email.field("at").id).collect()
    };
    let first = Form::default()
        .with_name("user")
        .with_data(&data)
        .with_many("emails");
    assert_eq!(ids(&first), ["user_emails_0_at", "user_emails_1_at"]);

    let sent = params(
        "emails[0][at]=a&emails[0][_persistent_id]=0&emails[1][at]=b&emails[1][_persistent_id]=1\
         &emails_sort[]=0&emails_sort[]=1&emails_sort[]=new&emails_drop[]=&emails_drop[]=0",
    );
    let second = Form::new(sent)
        .with_name("user")
        .with_data(&data)
        .with_many("emails");
    assert_eq!(ids(&second), ["user_emails_1_at", "user_emails_2_at"]);
    let emails = second.inputs_for("emails", InputsFor::default());
    let hidden: Vec<_> = emails[1].hidden().collect();
    assert_eq!(
        hidden,
        [("user[emails][1][_persistent_id]".to_owned(), "2")]
    );
    assert_eq!((emails[0].index(), emails[1].index()), (Some(0), Some(1)));
}

#[test]
fn forms_before_and_behind_the_data_are_gone_once_the_form_was_sent() {
    let (before, behind) = ([params("at=0")], [params("at=9")]);
    let options = InputsFor {
        prepend: &before,
        append: &behind,
        ..InputsFor::default()
    };
    let texts = |form: &Form| -> Vec<String> {
        let forms = form.inputs_for("emails", options);
        let text = |form: &Form| form.field("at").value.text().unwrap().into_owned();
        forms.iter().map(text).collect()
    };
    let data = json!({"emails": [{"at": "1"}]});
    let form = Form::default().with_data(&data);
    assert_eq!(texts(&form), ["0", "1", "9"]);
    let form = Form::new(params("emails[0][at]=2")).with_data(&data);
    assert_eq!(texts(&form), ["2"]);
}

#[test]
fn a_form_of_no_data_has_fields_all_the_same() {
    let rendered = heex! {
        <.form phx-submit="send" :let={form}><input name={form.field("q").name}></.form>
    };
    let shown = [
        "<form phx-submit=\"send\">",
        "<input name=\"q\">",
        "</form>",
    ];
    assert_eq!(lines(rendered), shown);
}

#[test]
fn inputs_for_shows_the_hidden_inputs_and_the_content_of_each() {
    let user = &Form::new(params("emails[0][at]=a"))
        .with_name("user")
        .with_many("emails");
    let render = |skip: bool| {
        heex! {
            <.inputs_for field={user.field("emails")} id="base" as="list" skip_hidden={skip} :let={email}>
                <input name={email.field("at").name} id={email.field("at").id} value={&email.field("at").value}>
            </.inputs_for>
        }
    };
    let input = "<input name=\"list[0][at]\" id=\"base_emails_0_at\" value=\"a\">";
    let hidden = "<input type=\"hidden\" name=\"list[0][_persistent_id]\" value=\"0\">";
    assert_eq!(lines(render(false)), [hidden, input]);
    assert_eq!(lines(render(true)), [input]);
}

#[test]
fn options_know_what_is_selected() {
    let form = Form::new(params("tags[]=a&tags[]=b"));
    let options = options_for_select(["a", "<b>", "b"], form.field("tags").value);
    assert_eq!(
        page(heex! { <select>{options}</select> }),
        "<select><option selected value=\"a\">a</option><option value=\"&lt;b&gt;\">&lt;b&gt;</option>\
         <option selected value=\"b\">b</option></select>"
    );
    let labels = vec![("One", "1".to_owned())];
    assert_eq!(
        page(options_for_select(labels, Some("1"))),
        "<option selected value=\"1\">One</option>"
    );
    assert_eq!(
        page(options_for_select([("One", "1")], None)),
        "<option value=\"1\">One</option>"
    );
}

#[test]
fn values_become_what_a_control_needs() {
    let form = Form::new(params(
        "a=true&b=false&c=<x>&d=2026-11-22T10:00:59Z&e=today",
    ));
    let shown = |r#type, field| page(normalize_value(r#type, form.field(field).value));
    assert_eq!(shown("checkbox", "a"), "true");
    assert_eq!(shown("checkbox", "b"), "false");
    assert_eq!(shown("checkbox", "absent"), "false");
    assert_eq!(shown("textarea", "c"), "\n&lt;x&gt;");
    assert_eq!(shown("textarea", "absent"), "\n");
    assert_eq!(shown("datetime-local", "d"), "2026-11-22T10:00");
    assert_eq!(shown("datetime-local", "e"), "today");
    assert_eq!(shown("text", "c"), "&lt;x&gt;");
    assert_eq!(shown("text", "absent"), "");
}

// The form of `FormLive`, as Phoenix renders it in our recordings.
#[test]
fn a_form_of_a_live_view_has_no_hidden_inputs() {
    let form = &Form::default().with_name("user");
    assert_eq!(
        page(heex! { <.form for={form} phx-submit="save" phx-change="validate" id="f">x</.form> }),
        "<form phx-submit=\"save\" phx-change=\"validate\" id=\"f\">\n    \n    \n    x\n</form>"
    );
    let form = &form.clone().with_id("f");
    assert_eq!(
        lines(heex! { <.form for={form} autocomplete="off" csrf_token="t" multipart>x</.form> })[0],
        "<form autocomplete=\"off\" id=\"f\" enctype=\"multipart/form-data\">"
    );
}

// 12.8
#[test]
fn a_form_with_an_action_has_the_hidden_inputs_it_needs() {
    let form = &Form::default();
    let shown = |method: Option<&'static str>| {
        lines(heex! { <.form for={form} action="/a" method={method} csrf_token="t">x</.form> })
    };
    let csrf = "<input name=\"_csrf_token\" type=\"hidden\" hidden value=\"t\">";
    let put = "<input name=\"_method\" type=\"hidden\" hidden value=\"put\">";
    let end = ["x", "</form>"];
    let post = "<form action=\"/a\" method=\"post\">";
    assert_eq!(shown(None), [&[post, csrf], &end[..]].concat());
    assert_eq!(shown(Some("POST")), [&[post, csrf], &end[..]].concat());
    assert_eq!(shown(Some("put")), [&[post, put, csrf], &end[..]].concat());
    assert_eq!(
        shown(Some("get")),
        [&["<form action=\"/a\" method=\"get\">"], &end[..]].concat()
    );
}

// 2.4: the links of `NavLive`, as Phoenix renders them in our recordings.
#[test]
fn links_are_written_as_phoenix_does() {
    let to = String::from("/nav?q=1");
    assert_eq!(
        lines(heex! {
            <.link id="patch" patch={&to}>patch</.link>
            <.link id="patchr" patch="/nav?q=2" replace>patch replace</.link>
            <.link id="nav" navigate="/counter">navigate</.link>
            <.link id="plain" href="/plain">plain</.link>
            <.link href="/file" download target="_blank" type="text/plain">file</.link>
            <.link href="/a" method="delete" csrf_token="t">delete</.link>
            <.link phx-click="go">go</.link>
        }),
        [
            r#"<a href="/nav?q=1" data-phx-link="patch" data-phx-link-state="push" id="patch">patch</a>"#,
            r#"<a href="/nav?q=2" data-phx-link="patch" data-phx-link-state="replace" id="patchr">patch replace</a>"#,
            r#"<a href="/counter" data-phx-link="redirect" data-phx-link-state="push" id="nav">navigate</a>"#,
            r#"<a href="/plain" id="plain">plain</a>"#,
            r#"<a href="/file" download target="_blank" type="text/plain">file</a>"#,
            r##"<a href="/a" data-method="delete" data-csrf="t" data-to="/a">delete</a>"##,
            r##"<a href="#" phx-click="go">go</a>"##,
        ]
    );
}

#[test]
fn links_do_not_run_code() {
    let href = |to: &str| page(heex! { <.link href={to}>x</.link> });
    for bad in [
        "javascript:alert(1)",
        "JavaScript:x",
        "java\nscript:x",
        " data:text/html,x",
        "x:y",
    ] {
        assert_eq!(href(bad), "<a href=\"#\">x</a>", "{bad}");
    }
    for good in [
        "/a:b",
        "?a:b",
        "#a:b",
        "a/b:c",
        "https://x",
        "MAILTO:a@b.c",
        "tel:1",
        "",
    ] {
        assert_eq!(href(good), format!("<a href=\"{good}\">x</a>"));
    }
    assert_eq!(
        page(heex! { <.link navigate="mailto:a@b.c">x</.link> }),
        "<a href=\"#\" data-phx-link=\"redirect\" data-phx-link-state=\"push\">x</a>"
    );
}

// 2.5: as Phoenix renders it in our recordings.
#[test]
fn a_title_has_its_parts() {
    let title = |title: Option<&'static str>| {
        page(heex! { <.live_title default="Golden" suffix=" - G">{title}</.live_title> })
    };
    let start = "<title data-default=\"Golden\" data-suffix=\" - G\">";
    assert_eq!(
        title(Some("Counter")),
        format!("{start}Counter - G</title>")
    );
    assert_eq!(title(None), format!("{start}Golden - G</title>"));
    assert_eq!(title(Some(" ")), format!("{start}Golden - G</title>"));
    assert_eq!(
        page(heex! { <.live_title prefix="A & ">"<B>"</.live_title> }),
        "<title data-prefix=\"A &amp; \">A &amp; &lt;B&gt;</title>"
    );
}

// 13.4, 13.5
#[test]
fn a_portal_has_one_root_and_a_focus_wrap_two_sentinels() {
    assert_eq!(
        lines(heex! { <.portal id="p" target="body" class="c"><b></b></.portal> }),
        [
            "<template id=\"p\" data-phx-portal=\"body\">",
            "<div id=\"_lv_portal_wrap_p\" class=\"c\">",
            "<b></b>",
            "</div>",
            "</template>"
        ]
    );
    assert!(
        page(heex! { <.portal id="p" target="body" container="li">x</.portal> })
            .contains("<li id=\"_lv_portal_wrap_p\">")
    );
    assert_eq!(
        lines(heex! { <.focus_wrap id="m" class="c">x</.focus_wrap> }),
        [
            "<div id=\"m\" phx-hook=\"Phoenix.FocusWrap\" class=\"c\">",
            "<div id=\"m-start\" tabindex=\"0\" aria-hidden=\"true\"></div>",
            "x",
            "<div id=\"m-end\" tabindex=\"0\" aria-hidden=\"true\"></div>",
            "</div>"
        ]
    );
}

#[test]
fn a_dynamic_tag_has_any_name() {
    let name = String::from("my-tag");
    assert_eq!(
        page(
            heex! { <.dynamic_tag tag_name={&name} id="<i>" hidden data-x={1}>a<b></b></.dynamic_tag> }
        ),
        "<my-tag id=\"&lt;i&gt;\" hidden data-x=\"1\">a<b></b></my-tag>"
    );
    assert_eq!(
        page(heex! { <.dynamic_tag tag_name="input" name="n" type="text" value="v" /> }),
        "<input name=\"n\" type=\"text\" value=\"v\"/>"
    );
}

#[test]
#[should_panic(expected = "is not the name of an element")]
fn a_dynamic_tag_cannot_break_out() {
    page(heex! { <.dynamic_tag tag_name="b onclick=x">a</.dynamic_tag> });
}

#[test]
fn separators_stand_between_items() {
    let shown = |items: Vec<u8>| {
        page(
            heex! { <.intersperse :let={item} enum={items}><:separator>|</:separator>{item}</.intersperse> },
        )
    };
    assert_eq!(shown(vec![]), "");
    assert_eq!(shown(vec![1]), "1");
    assert_eq!(shown(vec![1, 2, 3]), "1|2|3");
}

#[test]
fn a_component_names_further_attributes_of_its_rest() {
    #[component]
    fn anchor(
        #[prop(rest, include(href, r#type))] rest: bennu::live::attributes::Attributes<'_>,
    ) -> impl Render {
        heex! { <a {..rest}></a> }
    }
    assert_eq!(
        page(heex! { <.anchor href="/" type="t" class="c" data-x="y" /> }),
        "<a href=\"/\" type=\"t\" class=\"c\" data-x=\"y\"></a>"
    );
}

#[derive(LiveEvent, Debug, PartialEq)]
enum Event {
    Inc,
    RowAdded {
        by: i64,
        #[serde(rename = "row-id", default)]
        row_id: Option<u32>,
    },
    #[event("user-form")]
    Validate(Signup),
    Change {
        user: Params,
    },
    Moved(Position),
}

#[derive(Deserialize, Debug, PartialEq)]
struct Position {
    x: f64,
    snap: bool,
}

fn decode(event: &str, sent: &str) -> Result<Event, EventError> {
    Event::decode(event, &Param::Map(params(sent)))
}

// 7.2, 7.3
#[test]
fn events_are_read_by_name() {
    assert_eq!(
        Event::NAMES,
        ["inc", "row_added", "user-form", "change", "moved"]
    );
    assert_eq!(decode("inc", "value=&x=1"), Ok(Event::Inc));
    assert_eq!(Event::decode("inc", &Param::Null), Ok(Event::Inc));
    assert_eq!(
        decode("row_added", "by=-5&row-id=7"),
        Ok(Event::RowAdded {
            by: -5,
            row_id: Some(7)
        })
    );
    let pushed: Param = serde_json::from_value(json!({"by": 3, "row-id": null})).unwrap();
    assert_eq!(
        Event::decode("row_added", &pushed),
        Ok(Event::RowAdded {
            by: 3,
            row_id: None
        })
    );
    let Ok(Event::Change { user }) = decode(
        "change",
        "user[name]=A&user[_unused_name]=&_target=user[name]",
    ) else {
        panic!("the form's parameters are kept");
    };
    assert!(!Form::new(user).field("name").is_used());
    let moved: Param = serde_json::from_value(json!({"x": 0.5, "snap": true})).unwrap();
    assert_eq!(
        Event::decode("moved", &moved),
        Ok(Event::Moved(Position { x: 0.5, snap: true }))
    );
}

#[test]
fn events_that_do_not_fit_say_why() {
    let text = |event, sent| decode(event, sent).unwrap_err().to_string();
    assert_eq!(text("dec", ""), "no handler for event \"dec\"");
    assert_eq!(
        text("row_added", ""),
        "event \"row_added\": missing field `by`"
    );
    assert_eq!(
        text("row_added", "by=x"),
        "event \"row_added\": by: invalid value: string \"x\", expected i64"
    );
    let crash: bennu::channel::Crash = decode("dec", "").unwrap_err().into();
    assert_eq!(
        crash.to_string(),
        bennu::channel::Flow::unhandled("dec")
            .unwrap_err()
            .to_string()
    );
}
