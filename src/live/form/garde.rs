//! Rules that are written as attributes, by the crate [`garde`](https://docs.rs/garde) (feature `garde`).

use garde::Validate;

use super::FieldErrors;

/// Adds what the rules of `#[derive(garde::Validate)]` say about a value; for
/// [`Changeset::validate`](super::Changeset::validate).
///
/// ```
/// use bennu::live::form::{self, Changeset, FieldErrors};
/// use bennu::protocol::form::Params;
/// use garde::Validate;
/// use serde::Deserialize;
///
/// #[derive(Deserialize, Validate, Debug)]
/// struct User {
///     #[garde(length(min = 2))]
///     name: String,
///     #[garde(dive)]
///     pets: Vec<Pet>,
/// }
///
/// #[derive(Deserialize, Validate, Debug)]
/// struct Pet {
///     #[garde(range(max = 30))]
///     age: u8,
/// }
///
/// impl Changeset for User {
///     fn validate(&self, errors: &mut FieldErrors) {
///         form::garde::validate(self, errors);
///     }
/// }
///
/// let errors = User::cast(&Params::decode("name=A&pets[0][age]=3&pets[1][age]=31")?).unwrap_err();
/// assert_eq!(errors.to_string(), "name length is lower than 2, pets.1.age greater than 30");
/// # Ok::<(), bennu::protocol::form::FormError>(())
/// ```
pub fn validate<T: Validate<Context: Default>>(value: &T, errors: &mut FieldErrors) {
    let Err(report) = value.validate() else {
        return;
    };
    for (path, error) in report.iter() {
        let path = path.to_string();
        let place = names(&path).fold(&mut *errors, |place, name| place.nested_mut(name));
        place.add_own(error.message().to_owned());
    }
}

/// The names in a path such as `pets[1].age`.
fn names(path: &str) -> impl Iterator<Item = &str> {
    path.split(['.', '[', ']']).filter(|name| !name.is_empty())
}
