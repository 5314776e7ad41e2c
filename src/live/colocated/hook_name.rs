//! The hooks that templates name, and whether the program has them.

use std::collections::BTreeSet;

use super::Asset;

/// The name of a hook in a template, `my_app::pages.Sort`, known to the program since it was linked.
#[doc(hidden)]
#[derive(Debug)]
pub struct HookName {
    name: &'static str,
    /// The script comes with the page.
    runtime: bool,
}

inventory::collect!(HookName);

impl HookName {
    /// A `phx-hook=".Sort"`.
    pub const fn named(name: &'static str) -> Self {
        Self {
            name,
            runtime: false,
        }
    }

    /// A hook with `runtime`.
    pub const fn runtime(name: &'static str) -> Self {
        Self {
            name,
            runtime: true,
        }
    }
}

/// Says which hooks the templates of this program name and none of them has. A script of the application's may have them: it
/// is no error.
pub(super) fn warn_of_unknown() {
    let (assets, names) = (inventory::iter::<Asset>, inventory::iter::<HookName>);
    for name in unknown(assets.into_iter(), names.into_iter()) {
        tracing::warn!(
            name,
            "a template names the hook {name}, and no template of that module has it"
        );
    }
}

fn unknown<'a>(
    assets: impl Iterator<Item = &'a Asset>,
    names: impl Iterator<Item = &'a HookName>,
) -> BTreeSet<&'static str> {
    let (runtime, named): (Vec<_>, Vec<_>) = names.partition(|name| name.runtime);
    let runtime = runtime.into_iter().map(|hook| hook.name);
    let known: BTreeSet<_> = assets.filter_map(Asset::hook_name).chain(runtime).collect();
    let named: BTreeSet<_> = named.into_iter().map(|hook| hook.name).collect();
    &named - &known
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hook_is_known_when_a_template_of_its_module_has_it() {
        static ASSETS: [Asset; 2] = [
            Asset::hook(("app", 1), "app.Sort", "export default {}"),
            Asset::export(("app", 2), "elements", "app.Other", "export default {}"),
        ];
        static NAMES: [HookName; 6] = [
            HookName::named("app.Sort"),
            HookName::named("app.Sotr"),
            HookName::named("app.Other"),
            HookName::named("app.Here"),
            HookName::runtime("app.Here"),
            HookName::named("app::sub.Sort"),
        ];
        let unknown = unknown(ASSETS.iter(), NAMES.iter());
        let unknown: Vec<_> = unknown.into_iter().collect();
        assert_eq!(unknown, ["app.Other", "app.Sotr", "app::sub.Sort"]);
    }
}
