//! Hooks and other scripts.

use syn::{Error, Result};

use super::{Asset, Kind, Tag, content};
use crate::tree::{Element, Node, Value};

const HOOK_NAME: &str = "a colocated hook needs a name that begins with a dot: `name=\".Sort\"`";

/// A hook of the application's script; one with `runtime` stays in the page.
pub(super) fn hook(tag: Tag<'_>, children: &[Node]) -> Result<Option<Asset>> {
    if tag.has("runtime") {
        return Ok(None);
    }
    tag.has_only(&["name", "runtime"])?;
    let Some(name) = tag.text("name")?.filter(|name| is_hook_name(name)) else {
        return Err(tag.error(HOOK_NAME));
    };
    let text = "a colocated hook is a module: `export default { mounted() { ... } }`; with `runtime` it is the object alone";
    let module = module(children).ok_or_else(|| tag.error(text))?;
    Ok(Some(tag.asset(Kind::Hook(name.to_owned()), module)))
}

/// A script of any kind, with or without an export.
pub(super) fn script(tag: Tag<'_>, children: &[Node]) -> Result<Asset> {
    tag.has_only(&["name", "key"])?;
    let (key, name) = (tag.text("key")?, tag.text("name")?);
    if key.is_some_and(|key| !is_identifier(key) || key == "default") {
        return Err(tag.error("`key` is the name of an export, an identifier other than `default`"));
    }
    let Some(name) = name else {
        if key.is_some() {
            return Err(tag.error("what is exported under a `key` needs a `name` there"));
        }
        let text =
            "a colocated script is JavaScript that the page's script imports; there is none here";
        let script = content(children).ok_or_else(|| tag.error(text))?;
        return Ok(tag.asset(Kind::Script(None), script.to_owned()));
    };
    let text =
        "a colocated script with a `name` exports what the name stands for: `export default ...`";
    let module = module(children).ok_or_else(|| tag.error(text))?;
    let export = (key.map(str::to_owned), name.to_owned());
    Ok(tag.asset(Kind::Script(Some(export)), module))
}

/// The name of a hook with `runtime`, and the object with its callbacks.
pub(crate) fn runtime_hook(script: &Element) -> Result<(&str, &str)> {
    let error = |text: &str| {
        let kind = script.directives.kind.as_ref();
        let span = kind.map_or_else(proc_macro2::Span::call_site, |kind| kind.span);
        Error::new(span, text)
    };
    let mut attributes = script.attributes.iter();
    let name = attributes.find(|attribute| attribute.name.text == "name");
    let name = match name.map(|name| &name.value) {
        Some(Value::Text(name, _)) if is_hook_name(name) => name,
        _ => return Err(error(HOOK_NAME)),
    };
    let text =
        "a colocated hook with `runtime` holds an object with callbacks: `{ mounted() { ... } }`";
    let object = content(&script.children).ok_or_else(|| error(text))?;
    Ok((name, object))
}

/// What exports something.
fn module(children: &[Node]) -> Option<String> {
    let text = content(children).filter(|text| text.contains("export"))?;
    Some(text.to_owned())
}

/// A dot and a word, which needs no escaping in HTML, JavaScript or a selector.
fn is_hook_name(name: &str) -> bool {
    let word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    name.strip_prefix('.')
        .is_some_and(|name| !name.is_empty() && name.chars().all(word))
}

fn is_identifier(name: &str) -> bool {
    let word = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '$';
    name.chars().all(word) && !name.starts_with(|c: char| c.is_ascii_digit())
}
