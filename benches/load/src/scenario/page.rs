//! Pages over kept connections in a closed loop.

use std::sync::Arc;
use std::time::Instant;

use tokio::task::JoinSet;

use crate::failure::Failure;
use crate::http::Pages;
use crate::options::Page;
use crate::report::Phase;
use crate::run::Run;

pub(super) async fn run(run: &Arc<Run>, options: &Page) -> Result<Vec<Phase>, Failure> {
    let path: Arc<str> = options.path.as_str().into();
    let count = 0..options.connections;
    let open = async |run: Arc<Run>, _| Pages::open(&run.target).await;
    let mut clients = JoinSet::new();
    for pages in run.each("connecting", count, run.at_once, open).await? {
        clients.spawn(work(run.clone(), pages, path.clone()));
    }
    let phase = run.timed("page", "page", &options.timing).await?;
    run.stop(clients).await;
    Ok(vec![phase])
}

async fn work(run: Arc<Run>, mut pages: Pages, path: Arc<str>) -> Result<(), Failure> {
    while !run.stopped() {
        let start = Instant::now();
        let page = pages.get(&path).await?;
        run.recorder.record(start.elapsed());
        if page.head.closes {
            pages = Pages::open(&run.target).await?;
        }
    }
    Ok(())
}
