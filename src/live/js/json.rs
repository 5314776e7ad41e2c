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
