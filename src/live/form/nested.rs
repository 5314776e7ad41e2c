use std::collections::HashSet;

use super::Form;
use crate::protocol::form::{Param, Params};

/// The name of the hidden input by which a nested form is known when its siblings come and go (12.8).
pub(super) const PERSISTENT_ID: &str = "_persistent_id";

/// How [`Form::inputs_for`] makes nested forms; the attributes of `Phoenix.Component.inputs_for/1`.
#[derive(Clone, Copy, Debug, Default)]
pub struct InputsFor<'o> {
    /// The prefix of ids, in place of the parent's id.
    pub id: Option<&'o str>,
    /// The name, in place of the field's.
    pub name: Option<&'o str>,
    /// The data of forms when neither parameters nor data have any.
    pub default: &'o [Params],
    /// Forms before those of the data, unless the browser has sent the form.
    pub prepend: &'o [Params],
    /// Forms behind those of the data, unless the browser has sent the form.
    pub append: &'o [Params],
    /// Leave out the hidden inputs that keep track of forms whose siblings come and go.
    pub skip_persistent_id: bool,
}

impl Form {
    /// The forms inside a field: one, or one for each entry of a list.
    ///
    /// A field is a list if it was declared [`with_many`](Self::with_many), if it is a list in the data, or if what was sent
    /// has whole numbers for names.
    ///
    /// ```
    /// use bennu::live::form::{Form, InputsFor};
    /// use bennu::protocol::form::Params;
    ///
    /// let sent = Params::decode("emails[0][at]=a&emails[1][at]=b&emails_sort[]=1&emails_sort[]=0&emails_sort[]=new")?;
    /// let form = Form::new(sent).with_name("user").with_many("emails");
    /// let emails = form.inputs_for("emails", InputsFor::default());
    /// let names: Vec<_> = emails.iter().map(|email| email.field("at").name).collect();
    /// assert_eq!(names, ["user[emails][0][at]", "user[emails][1][at]", "user[emails][2][at]"]);
    /// assert_eq!(emails[0].field("at").value.text().as_deref(), Some("b"));
    /// # Ok::<(), bennu::protocol::form::FormError>(())
    /// ```
    #[must_use]
    pub fn inputs_for(&self, field: &str, options: InputsFor<'_>) -> Vec<Self> {
        let mut forms = if self.is_many(field, options) {
            self.each(field, options)
        } else {
            vec![self.one(field, options)]
        };
        if !options.skip_persistent_id {
            let prefix = match options.id {
                Some(id) => format!("{id}_{field}"),
                None => self.input_id(field),
            };
            identify(&mut forms, &prefix);
        }
        forms
    }

    fn is_many(&self, field: &str, options: InputsFor<'_>) -> bool {
        let given = [options.default, options.prepend, options.append];
        self.many.iter().any(|many| many == field)
            || matches!(self.data.get(field), Some(Param::List(_)))
            || given.iter().any(|forms| !forms.is_empty())
            || match self.params.get(field) {
                Some(Param::List(_)) => true,
                Some(Param::Map(params)) => {
                    !params.is_empty() && params.iter().all(|(name, _)| index(name).is_some())
                }
                _ => false,
            }
    }

    fn one(&self, field: &str, options: InputsFor<'_>) -> Self {
        Self {
            id: Some(options.id.map_or_else(|| self.input_id(field), Into::into)),
            params: map(self.params.get(field)),
            data: map(self.data.get(field)),
            errors: self.errors.nested(field).cloned().unwrap_or_default(),
            ..self.child(field, options)
        }
    }

    fn each(&self, field: &str, options: InputsFor<'_>) -> Vec<Self> {
        let entries: Vec<(Params, Params)> = match self.params.get(field) {
            Some(sent) => children(sent)
                .into_iter()
                .map(|child| (map(Some(child)), Params::default()))
                .collect(),
            None => {
                let data = self.data_of_each(field, options);
                data.map(|data| (Params::default(), data)).collect()
            }
        };
        let child = self.child(field, options);
        let id = options.id.map_or_else(|| self.input_id(field), Into::into);
        let name = child.name.clone().unwrap_or_default();
        let errors = self.errors.nested(field);
        let forms = entries.into_iter().enumerate();
        let forms = forms.map(|(index, (params, data))| Self {
            id: Some(format!("{id}_{index}")),
            name: Some(format!("{name}[{index}]")),
            index: Some(index),
            params,
            data,
            errors: errors
                .and_then(|errors| errors.nested(&index.to_string()))
                .cloned()
                .unwrap_or_default(),
            ..child.clone()
        });
        forms.collect()
    }

    fn data_of_each<'d>(
        &'d self,
        field: &str,
        options: InputsFor<'d>,
    ) -> impl Iterator<Item = Params> + 'd {
        let data = self.data.get(field).map(children);
        let data: Vec<Params> = match data {
            Some(data) => data.into_iter().map(|data| map(Some(data))).collect(),
            None => options.default.to_vec(),
        };
        let (before, behind) = (options.prepend.iter(), options.append.iter());
        before.cloned().chain(data).chain(behind.cloned())
    }

    fn child(&self, field: &str, options: InputsFor<'_>) -> Self {
        Self {
            name: Some(
                options
                    .name
                    .map_or_else(|| self.input_name(field), Into::into),
            ),
            action: self.action.clone(),
            ..Self::default()
        }
    }
}

/// Gives each form an id that it keeps when others before it go, and the hidden input that brings it back.
fn identify(forms: &mut [Form], prefix: &str) {
    let sent = |form: &Form| form.params.text(PERSISTENT_ID).map(str::to_owned);
    let mut seen: HashSet<String> = forms.iter().filter_map(sent).collect();
    let mut next = 0;
    for (index, form) in forms.iter_mut().enumerate() {
        let id = sent(form).unwrap_or_else(|| {
            next = next.max(seen.len());
            while seen.contains(&next.to_string()) {
                next += 1;
            }
            next.to_string()
        });
        seen.insert(id.clone());
        form.id = Some(format!("{prefix}_{id}"));
        form.index = Some(index);
        form.params.insert(PERSISTENT_ID, Param::Text(id.clone()));
        form.hidden.insert(0, (PERSISTENT_ID, id));
    }
}

/// Applies what a page sent about the order of a list of forms and about entries to leave out: the options `sort_param`
/// and `drop_param` of `Ecto.Changeset.cast_assoc/3`, under the names `<field>_sort` and `<field>_drop`.
///
/// The entries come in the order of `<field>_sort[]`, which holds their indices; what is no index there makes a new entry;
/// entries it does not mention follow. Those in `<field>_drop[]` are left out. Afterwards the field is a list and the two
/// others are gone. Without them the parameters stay as they are.
///
/// ```
/// use bennu::live::form::sort_and_drop;
/// use bennu::protocol::form::Params;
///
/// let mut params = Params::decode("x[0][n]=a&x[1][n]=b&x[2][n]=c&x_sort[]=1&x_sort[]=0&x_sort[]=new&x_drop[]=0")?;
/// sort_and_drop(&mut params, "x");
/// assert_eq!(serde_json::to_string(&params)?, r#"{"x":[{"n":"b"},{},{"n":"c"}]}"#);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn sort_and_drop(params: &mut Params, field: &str) {
    let sort = indices(params.remove(&format!("{field}_sort")));
    let drop = indices(params.remove(&format!("{field}_drop")));
    if sort.is_none() && drop.is_none() {
        return;
    }
    let mut pending = by_index(params.get(field));
    let drop: HashSet<String> = drop.unwrap_or_default().into_iter().collect();
    let sort = sort.unwrap_or_default().into_iter();
    let mut sorted: Vec<Param> = sort
        .filter(|index| !drop.contains(index))
        .map(|index| take(&mut pending, &index).unwrap_or_else(|| Param::Map(Params::default())))
        .collect();
    let rest = pending
        .into_iter()
        .filter(|(index, _)| !drop.contains(index));
    sorted.extend(rest.filter_map(|(_, entry)| entry));
    params.insert(field, Param::List(sorted));
}

/// The texts in a parameter that is a list.
fn indices(param: Option<Param>) -> Option<Vec<String>> {
    let param = param?;
    let values = param.as_list()?;
    let texts = values.iter().filter_map(Param::as_str).map(str::to_owned);
    Some(texts.collect())
}

/// Entries by index, in their order; one that was taken is `None`.
type ByIndex = indexmap::IndexMap<String, Option<Param>>;

fn by_index(param: Option<&Param>) -> ByIndex {
    match param {
        Some(Param::Map(params)) => {
            let mut entries: Vec<_> = params.iter().collect();
            entries.sort_by_key(|(name, _)| index(name).unwrap_or(u64::MAX));
            let entry = |(name, value): (&str, &Param)| (name.to_owned(), Some(value.clone()));
            entries.into_iter().map(entry).collect()
        }
        Some(Param::List(values)) => {
            let entries = values.iter().cloned().enumerate();
            entries
                .map(|(index, value)| (index.to_string(), Some(value)))
                .collect()
        }
        _ => ByIndex::new(),
    }
}

fn take(pending: &mut ByIndex, index: &str) -> Option<Param> {
    pending.get_mut(index)?.take()
}

/// The entries of a list, or those of a map in the order of its names where they are whole numbers.
pub(super) fn children(param: &Param) -> Vec<&Param> {
    match param {
        Param::List(values) => values.iter().collect(),
        Param::Map(params) => {
            let mut entries: Vec<_> = params.iter().collect();
            entries.sort_by_key(|(name, _)| index(name).unwrap_or(u64::MAX));
            entries.into_iter().map(|(_, value)| value).collect()
        }
        _ => Vec::new(),
    }
}

pub(super) fn index(name: &str) -> Option<u64> {
    name.parse().ok()
}

/// A copy of the parameters in a map; none for anything else.
fn map(param: Option<&Param>) -> Params {
    param.and_then(Param::as_map).cloned().unwrap_or_default()
}
