//! Filling in fields, as far as a visitor can.

use serde_json::Value;

use super::fields::{Control, Field, Fields};
use super::flatten;

impl Fields {
    /// Fills in values by name, or says what no visitor could do.
    pub(super) fn fill(&mut self, values: &Value) -> Result<(), String> {
        if !values.is_object() {
            return Err(format!("the values of a form are an object: {values}"));
        }
        let mut pairs = Vec::new();
        flatten("", values, &mut pairs);
        while let Some((name, _)) = pairs.first() {
            let name = name.clone();
            let (same, others): (Vec<_>, Vec<_>) =
                pairs.into_iter().partition(|(other, _)| *other == name);
            pairs = others;
            self.fill_field(&name, same.into_iter().map(|(_, value)| value).collect())?;
            self.filled.push(name);
        }
        Ok(())
    }

    fn fill_field(&mut self, name: &str, values: Vec<String>) -> Result<(), String> {
        let mut fields: Vec<_> = self
            .all
            .iter_mut()
            .filter(|field| field.name == name)
            .collect();
        if fields.is_empty() {
            let names: Vec<_> = self.names().collect();
            return Err(format!(
                "the form has no field {name:?}, but {}",
                names.join(", ")
            ));
        }
        if fields.iter().all(|field| field.is_disabled) {
            return Err(format!("the field {name:?} is disabled"));
        }
        fields.retain(|field| !field.is_disabled);
        if fields.iter().any(|field| field.is_read_only) {
            return Err(format!("the field {name:?} is read-only"));
        }
        // A hidden field in front of a checkbox says what is sent when that is not checked.
        let hidden = fields.iter().find_map(|field| match &field.control {
            Control::Hidden(value) => Some(value.clone()),
            _ => None,
        });
        fields.retain(|field| !field.is_hidden());
        let Some(first) = fields.first() else {
            return fill_hidden(name, hidden.as_deref(), &values);
        };
        match &first.control {
            Control::Text(_) => fill_texts(name, &mut fields, values),
            Control::File => Err(format!(
                "the field {name:?} takes files; choose them with `file_input`"
            )),
            Control::Select { .. } => choose(name, &mut fields, &values),
            _ => check(name, &mut fields, hidden.as_deref(), &values),
        }
    }
}

fn fill_hidden(name: &str, hidden: Option<&str>, values: &[String]) -> Result<(), String> {
    match hidden {
        Some(hidden) if values == [hidden] => Ok(()),
        Some(hidden) => Err(format!(
            "the field {name:?} is hidden and has the value {hidden:?}; what a script sets goes to `render_submit_with`"
        )),
        None => Err(format!(
            "the field {name:?} is a button; submit by it with `put_submitter`"
        )),
    }
}

fn fill_texts(name: &str, fields: &mut [&mut Field], values: Vec<String>) -> Result<(), String> {
    let (places, count) = (fields.len(), values.len());
    if count > places {
        return Err(format!(
            "{count} values are given for {name:?}, which has room for {places}"
        ));
    }
    for (field, value) in fields.iter_mut().zip(values) {
        field.control = Control::Text(value);
    }
    Ok(())
}

fn choose(name: &str, fields: &mut [&mut Field], values: &[String]) -> Result<(), String> {
    let Some(Control::Select {
        choices,
        is_multiple,
    }) = fields.first_mut().map(|field| &mut field.control)
    else {
        return Ok(());
    };
    let offered: Vec<_> = choices.iter().map(|choice| choice.value.clone()).collect();
    only_offered(name, &offered, values)?;
    if values.len() > 1 && !*is_multiple {
        return Err(format!(
            "one option of {name:?} can be chosen, not {values:?}"
        ));
    }
    for choice in choices {
        choice.is_chosen = values.contains(&choice.value);
    }
    Ok(())
}

/// Checks the boxes with these values, and no others of the name.
fn check(
    name: &str,
    fields: &mut [&mut Field],
    unchecked: Option<&str>,
    values: &[String],
) -> Result<(), String> {
    let boxes = fields.iter().filter_map(|field| match &field.control {
        Control::Checkbox { value, .. } | Control::Radio { value, .. } => Some(value.clone()),
        _ => None,
    });
    let offered: Vec<_> = boxes.chain(unchecked.map(str::to_owned)).collect();
    only_offered(name, &offered, values)?;
    let has_radio = fields
        .iter()
        .any(|field| matches!(field.control, Control::Radio { .. }));
    if has_radio && values.len() > 1 {
        return Err(format!(
            "one button of {name:?} can be chosen, not {values:?}"
        ));
    }
    for field in fields {
        if let Control::Checkbox { value, is_checked } | Control::Radio { value, is_checked } =
            &mut field.control
        {
            *is_checked = values.contains(value);
        }
    }
    Ok(())
}

fn only_offered(name: &str, offered: &[String], values: &[String]) -> Result<(), String> {
    match values.iter().find(|value| !offered.contains(value)) {
        None => Ok(()),
        Some(value) => Err(format!("{name:?} offers {offered:?}, not {value:?}")),
    }
}
