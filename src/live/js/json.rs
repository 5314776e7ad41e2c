//! Writes the list of commands piece by piece.

use serde::Serialize;

/// Opens a command with its first arguments and leaves it open for more.
pub(super) fn begin(json: &mut String, operation: &str, arguments: &[(&str, &str)]) {
    json.push_str("[\"");
    json.push_str(operation);
    json.push_str("\",{");
    for (name, value) in arguments {
        argument(json, name, value);
    }
}

/// Opens a command on classes.
pub(super) fn begin_names(json: &mut String, operation: &str, names: &str) {
    begin(json, operation, &[]);
    argument(json, "names", &super::arguments::classes(names));
}

/// Adds an argument to the open command.
pub(super) fn argument(json: &mut String, name: &str, value: &(impl Serialize + ?Sized)) {
    if !json.ends_with('{') {
        json.push(',');
    }
    json.push('"');
    json.push_str(name);
    json.push_str("\":");
    json.push_str(&serde_json::to_string(value).expect("the argument of a command serializes"));
}

/// Begins a command that goes elsewhere; it says of the browser's history what the client of Phoenix is told.
pub(super) fn begin_link(json: &mut String, op: &str, href: &str) {
    begin(json, op, &[("href", href)]);
    argument(json, "replace", &false);
}

/// Has the link that was begun last replace the current entry of the browser's history.
pub(super) fn replace_link(json: &mut String) {
    if let Some(link) = json.strip_suffix("false") {
        json.truncate(link.len());
        json.push_str("true");
    }
}
