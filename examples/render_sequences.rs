//! Prints random renders of a random page, for the test that merges them with the npm client: a line of JSON each, with
//! the diff and the HTML it must give. `cargo run --example render_sequences -- SEED STEPS`.

#[path = "../tests/it/render/model.rs"]
mod model;

use std::io::Write;

use bennu::live::differ::{DiffOptions, Differ};
use bennu::live::html;
use fastrand::Rng;
use model::Page;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1).map(|argument| argument.parse());
    let seed = arguments.next().ok_or("the first argument is a seed")??;
    let steps = arguments
        .next()
        .ok_or("the second argument is the number of steps")??;
    let mut rng = Rng::with_seed(seed);
    let (mut page, mut differ) = (Page::random(&mut rng), Differ::new());
    let mut out = std::io::stdout().lock();
    for _ in 0..steps {
        out.write_all(&line(&page, &mut differ)?)?;
        page.change(&mut rng);
    }
    Ok(())
}

fn line(page: &Page, differ: &mut Differ) -> Result<Vec<u8>, Box<dyn std::error::Error>> {
    let mut fresh = Vec::new();
    html::write(page.render(), &mut fresh)?;
    let mut line = b"{\"html\":".to_vec();
    serde_json::to_writer(&mut line, std::str::from_utf8(&fresh)?)?;
    line.extend_from_slice(b",\"diff\":{");
    differ.diff(page.render(), &mut line, DiffOptions::default())?;
    line.extend_from_slice(b"}}\n");
    Ok(line)
}
