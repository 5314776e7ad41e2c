//! Prints random renders of random pages, for the test that merges them with the npm client: for each seed a line with it,
//! and then a line for each render, with what the client does and what it must show:
//! `cargo run --example render_sequences -- FIRST_SEED SEEDS STEPS`.

#[path = "../tests/it/render/model.rs"]
mod model;

use std::collections::BTreeSet;
use std::error::Error;
use std::io::{BufWriter, Write};

use bennu::live::component::ComponentId;
use bennu::live::differ::{DiffOptions, Differ};
use bennu::live::html;
use fastrand::Rng;
use model::{Page, Words};

type Ids = BTreeSet<ComponentId>;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Result<Vec<u64>, _> =
        std::env::args().skip(1).map(|text| text.parse()).collect();
    let [first, seeds, steps] = arguments?[..] else {
        return Err(
            "the arguments are the first seed, the number of seeds, and the number of steps".into(),
        );
    };
    let mut out = BufWriter::new(std::io::stdout().lock());
    for seed in first..first + seeds {
        writeln!(out, "{{\"seed\":{seed}}}")?;
        let mut sequence = Sequence::new(seed);
        for _ in 0..steps {
            out.write_all(&sequence.step()?)?;
        }
    }
    Ok(out.flush()?)
}

/// A page that changes, what its client holds, and what the client is about to remove.
struct Sequence {
    rng: Rng,
    page: Page,
    differ: Differ,
    shown: Ids,
    doomed: Ids,
}

impl Sequence {
    fn new(seed: u64) -> Self {
        let mut rng = Rng::with_seed(seed);
        Self {
            page: Page::random_with_lists(&mut rng),
            rng,
            differ: Differ::new(),
            shown: Ids::new(),
            doomed: Ids::new(),
        }
    }

    /// Perhaps deletes what the client had announced, renders, and lets the client announce what it removed.
    fn step(&mut self) -> Result<Vec<u8>, Box<dyn Error>> {
        let deleted = self.delete();
        let mut line = b"{\"html\":".to_vec();
        let mut fresh = Vec::new();
        html::write(self.page.render_held(), &mut fresh)?;
        serde_json::to_writer(&mut line, std::str::from_utf8(&fresh)?)?;
        line.extend_from_slice(b",\"diff\":{");
        self.differ
            .diff(self.page.render(), &mut line, DiffOptions::default())?;
        let doomed = self.doom();
        writeln!(line, "}},\"deleted\":{deleted:?},\"doomed\":{doomed:?}}}")?;
        self.page.change(&mut self.rng);
        Ok(line)
    }

    fn delete(&mut self) -> Vec<u64> {
        if self.rng.bool() {
            return Vec::new();
        }
        let doomed: Vec<_> = std::mem::take(&mut self.doomed).into_iter().collect();
        let deleted = self.differ.delete_components(&doomed);
        deleted.into_iter().map(ComponentId::get).collect()
    }

    fn doom(&mut self) -> Vec<u64> {
        let find = |id: String| self.differ.component::<Words>(&id);
        let shown: Ids = self
            .page
            .live_components()
            .into_iter()
            .filter_map(find)
            .collect();
        let gone: Vec<_> = self.shown.difference(&shown).copied().collect();
        self.shown = shown;
        self.differ.will_delete_components(&gone);
        self.doomed.extend(&gone);
        gone.into_iter().map(ComponentId::get).collect()
    }
}
