//! The files that the scripts and styles of a program become.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::{Asset, Kind};
use crate::endpoint::content_digest;

/// The export of the hooks, which is there even when there are none.
pub(super) const HOOKS: &str = "hooks";

/// The key of the default export.
const DEFAULT: &str = "default";

#[derive(Debug)]
pub(super) struct Bundle {
    /// The module that imports and exports the others.
    pub(super) index: String,
    pub(super) stylesheet: String,
    /// The other modules, by their paths beside it.
    pub(super) modules: BTreeMap<String, &'static str>,
}

impl Bundle {
    /// The scripts and styles of all templates that are linked into this program.
    pub(super) fn of_program() -> Self {
        Self::new(inventory::iter::<Asset>.into_iter().collect())
    }

    /// The same for the same assets, in whatever order the linker has them.
    fn new(mut assets: Vec<&'static Asset>) -> Self {
        assets.sort_unstable();
        // A macro that is used twice on one line.
        assets.dedup();
        let mut bundle = Self {
            index: String::new(),
            stylesheet: String::new(),
            modules: BTreeMap::new(),
        };
        let mut exports = Exports::new();
        for (number, asset) in assets.into_iter().enumerate() {
            match &asset.kind {
                Kind::Style => bundle.add_style(asset.content),
                Kind::Script => bundle.import("", asset),
                Kind::Export { key, name } => {
                    let import = format!("js_{number}");
                    bundle.import(&format!("{import} from "), asset);
                    exports.add(key, name, import, asset.place);
                }
            }
        }
        exports.write(&mut bundle.index);
        bundle
    }

    fn add_style(&mut self, rules: &str) {
        self.stylesheet.push_str(rules);
        self.stylesheet.push('\n');
    }

    fn import(&mut self, what: &str, asset: &'static Asset) {
        let path = path(asset);
        line(&mut self.index, format_args!("import {what}\"./{path}\";"));
        self.modules.insert(path, asset.content);
    }
}

/// The paths of the modules that an index imports.
pub(super) fn imported(index: &str) -> impl Iterator<Item = &str> {
    index.lines().filter_map(|line| {
        let import = line.strip_prefix("import ")?.strip_suffix("\";")?;
        Some(import.split_once("\"./")?.1)
    })
}

/// Whether a module with this path holds what was written into it: its name says so.
pub(super) fn is_own(path: &str, content: &[u8]) -> bool {
    let own = format!("_{}.js", content_digest(content));
    let name = path
        .strip_suffix(&*own)
        .and_then(|rest| rest.split_once('/'));
    name.is_some_and(|(module, line)| {
        let word = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '.';
        module.starts_with(|c| word(c) && c != '.')
            && module.chars().all(word)
            && line.chars().all(|c| c.is_ascii_digit())
    })
}

/// What the module exports: objects by their keys, of modules by their names.
struct Exports(BTreeMap<&'static str, BTreeMap<&'static str, Export>>);

struct Export {
    import: String,
    place: (&'static str, u32),
}

impl Exports {
    fn new() -> Self {
        Self([DEFAULT, HOOKS].map(|key| (key, BTreeMap::new())).into())
    }

    fn add(
        &mut self,
        key: &'static str,
        name: &'static str,
        import: String,
        place: (&'static str, u32),
    ) {
        let names = self.0.entry(key).or_default();
        if let Some(first) = names.insert(name, Export { import, place }) {
            let (first, second) = (first.place, place);
            tracing::warn!(
                key,
                name,
                ?first,
                ?second,
                "two colocated scripts have one name: the second counts"
            );
        }
    }

    fn write(&self, index: &mut String) {
        for (number, (key, names)) in self.0.iter().enumerate() {
            line(index, format_args!("const export_{number} = {{}};"));
            line(
                index,
                format_args!("export {{ export_{number} as {key} }};"),
            );
            for (name, Export { import, .. }) in names {
                let name = serde_json::Value::from(*name);
                line(index, format_args!("export_{number}[{name}] = {import};"));
            }
        }
    }
}

fn line(text: &mut String, line: std::fmt::Arguments<'_>) {
    writeln!(text, "{line}").expect("a string takes any text");
}

/// `my_app.pages/12_0cc1….js`: a name that changes with the content, for browsers, file systems and people.
fn path(asset: &Asset) -> String {
    let (module, line) = asset.place;
    let module = module.replace("::", ".").replace(
        |c: char| !(c.is_ascii_alphanumeric() || c == '_' || c == '.'),
        "_",
    );
    let digest = content_digest(asset.content.as_bytes());
    format!("{module}/{line}_{digest}.js")
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLACE: (&str, u32) = ("app::r#type", 7);
    const EXPORT: &str = "export default 1";

    #[test]
    fn a_program_without_scripts_exports_empty_objects() {
        let Bundle {
            index,
            stylesheet,
            modules,
        } = Bundle::new(Vec::new());
        assert_eq!(
            index,
            "const export_0 = {};\nexport { export_0 as default };\n\
             const export_1 = {};\nexport { export_1 as hooks };\n"
        );
        assert_eq!(stylesheet, "");
        assert!(modules.is_empty());
    }

    #[test]
    fn only_a_file_in_a_folder_beside_the_index_is_its_own() {
        let name = format!("12_{}.js", content_digest(b"run()"));
        let is_own = |folder: &str| is_own(&format!("{folder}{name}"), b"run()");
        assert!(is_own("app.pages/"));
        for folder in [
            "", "/", "./", "../", ".app/", "/tmp/", "//", "app/../", "app\\",
        ] {
            assert!(!is_own(folder), "{folder}");
        }
        assert!(!super::is_own(&format!("app/{name}"), b"changed"));
    }

    #[test]
    fn modules_are_imported_and_exported_by_key_and_name() {
        static ASSETS: [Asset; 4] = [
            Asset::script(PLACE, "run()"),
            Asset::export(PLACE, "elements", "x-\"y\"", "export default 2"),
            Asset::hook(PLACE, "app.Sort", EXPORT),
            Asset::export(PLACE, "default", "start", "export default 3"),
        ];
        let Bundle { index, modules, .. } = Bundle::new(ASSETS.iter().collect());
        let path = |content: &str| {
            let digest = content_digest(content.as_bytes());
            format!("app.r_type/7_{digest}.js")
        };
        assert_eq!(
            index,
            format!(
                "import \"./{}\";\n\
                 import js_1 from \"./{}\";\n\
                 import js_2 from \"./{}\";\n\
                 import js_3 from \"./{}\";\n\
                 const export_0 = {{}};\nexport {{ export_0 as default }};\nexport_0[\"start\"] = js_1;\n\
                 const export_1 = {{}};\nexport {{ export_1 as elements }};\nexport_1[\"x-\\\"y\\\"\"] = js_2;\n\
                 const export_2 = {{}};\nexport {{ export_2 as hooks }};\nexport_2[\"app.Sort\"] = js_3;\n",
                path("run()"),
                path("export default 3"),
                path("export default 2"),
                path(EXPORT),
            )
        );
        assert_eq!(modules.len(), 4);
        assert_eq!(modules[&path(EXPORT)], EXPORT);
    }

    #[test]
    fn the_order_of_the_linker_does_not_matter() {
        static ASSETS: [Asset; 3] = [
            Asset::style(("b", 1), ".b {}"),
            Asset::style(("a", 2), ".a2 {}"),
            Asset::style(("a", 1), ".a1 {}"),
        ];
        let forward = Bundle::new(ASSETS.iter().collect());
        let backward = Bundle::new(ASSETS.iter().rev().collect());
        assert_eq!(forward.stylesheet, ".a1 {}\n.a2 {}\n.b {}\n");
        assert_eq!(forward.stylesheet, backward.stylesheet);
    }

    #[test]
    fn of_two_scripts_with_one_name_the_second_counts() {
        static ASSETS: [Asset; 2] = [
            Asset::hook(("app", 1), "app.Sort", "export default 1"),
            Asset::hook(("app", 2), "app.Sort", "export default 2"),
        ];
        let Bundle { index, modules, .. } = Bundle::new(ASSETS.iter().collect());
        assert_eq!(modules.len(), 2);
        assert!(index.ends_with("[\"app.Sort\"] = js_1;\n"), "{index}");
        assert_eq!(index.matches("app.Sort").count(), 1);
    }
}
