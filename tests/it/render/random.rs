use fastrand::Rng;

use super::View;
use super::model::Page;

// 5.7, 5.8, 5.10: whatever changes, the client shows what a fresh page would show.
#[test]
fn random_pages_stay_right_under_random_changes() {
    for seed in 0..300 {
        let mut rng = Rng::with_seed(seed);
        let (mut page, mut view) = (Page::random(&mut rng), View::default());
        for step in 0..20 {
            let checked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
                view.render(|| page.render())
            }));
            assert!(checked.is_ok(), "seed {seed}, step {step}: {page:?}");
            page.change(&mut rng);
        }
    }
}
