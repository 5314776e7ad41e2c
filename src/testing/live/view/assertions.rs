//! What a test asserts about a view.

use std::panic::Location;

use serde_json::Value;

use super::View;
use crate::protocol::Payload;
use crate::testing::Pattern;
use crate::testing::live::Redirected;
use crate::testing::live::excerpt::excerpt;
use crate::testing::live::page::{Navigation, Page};

impl View {
    /// Waits until the URL is patched, and gives the path: `assert_patch/1`. Patches that a link or
    /// [`render_patch`](Self::render_patch) made count too.
    ///
    /// # Panics
    /// When it is not in time.
    #[track_caller]
    pub fn assert_patch(&self) -> impl Future<Output = String> {
        let at = Location::caller();
        async move {
            let patched = self.navigated(at, |navigation| match navigation {
                Navigation::Patch(to) => Some(to.clone()),
                Navigation::Left(_) => None,
            });
            patched
                .await
                .unwrap_or_else(|| self.not_gone(at, "was not patched"))
        }
    }

    /// Waits until the URL is patched to this: `assert_patch/2`.
    ///
    /// # Panics
    /// When it is not in time.
    #[track_caller]
    pub fn assert_patch_to(&self, to: &str) -> impl Future<Output = ()> {
        let at = Location::caller();
        async move {
            let patched = self.navigated(at, |navigation| match navigation {
                Navigation::Patch(patched) => (patched == to).then_some(()),
                Navigation::Left(_) => None,
            });
            patched
                .await
                .unwrap_or_else(|| self.not_gone(at, &format!("was not patched to {to}")));
        }
    }

    /// Waits until the page goes elsewhere, and gives where: `assert_redirect/1`.
    ///
    /// # Panics
    /// When it does not in time.
    #[track_caller]
    pub fn assert_redirect(&self) -> impl Future<Output = Redirected> {
        let at = Location::caller();
        async move {
            let left = self.navigated(at, |navigation| match navigation {
                Navigation::Left(left) => Some(left.clone()),
                Navigation::Patch(_) => None,
            });
            left.await
                .unwrap_or_else(|| self.not_gone(at, "did not go elsewhere"))
        }
    }

    /// Waits until the page goes there: `assert_redirect/2`.
    ///
    /// # Panics
    /// When it does not in time.
    #[track_caller]
    pub fn assert_redirect_to(&self, to: &str) -> impl Future<Output = Redirected> {
        let at = Location::caller();
        async move {
            let left = self.navigated(at, |navigation| match navigation {
                Navigation::Left(left) if left.to() == to => Some(left.clone()),
                _ => None,
            });
            left.await
                .unwrap_or_else(|| self.not_gone(at, &format!("did not go to {to}")))
        }
    }

    /// Makes sure that the page goes nowhere: `refute_redirected/1`.
    ///
    /// # Panics
    /// When it does.
    #[track_caller]
    pub fn refute_redirected(&self) -> impl Future<Output = ()> {
        let at = Location::caller();
        async move {
            let left = self
                .client
                .wait(at, self.refute_timeout, |page| page.left.clone())
                .await;
            if let Some(left) = left {
                panic!("{at}: {left}");
            }
        }
    }

    /// Makes sure that the page does not go there: `refute_redirected/2`.
    ///
    /// # Panics
    /// When it does.
    #[track_caller]
    pub fn refute_redirected_to(&self, to: &str) -> impl Future<Output = ()> {
        let at = Location::caller();
        async move {
            let is_left = |page: &mut Page| {
                let left = page.left.clone()?;
                (left.to() == to).then_some(left)
            };
            let left = self.client.wait(at, self.refute_timeout, is_left).await;
            if let Some(left) = left {
                panic!("{at}: {left}");
            }
        }
    }

    /// Makes sure that the URL is not patched, beyond what was asserted already: `refute_patched/1`.
    ///
    /// # Panics
    /// When it is.
    #[track_caller]
    pub fn refute_patched(&self) -> impl Future<Output = ()> {
        self.not_patched(Location::caller(), |_| true)
    }

    /// Makes sure that the URL is not patched to this: `refute_patched/2`.
    ///
    /// # Panics
    /// When it is.
    #[track_caller]
    pub fn refute_patched_to(&self, to: &str) -> impl Future<Output = ()> {
        self.not_patched(Location::caller(), move |patched| patched == to)
    }

    async fn not_patched(&self, at: &Location<'_>, refuted: impl Fn(&str) -> bool) {
        let patched = |page: &mut Page| {
            page.navigations
                .iter()
                .find_map(|navigation| match navigation {
                    Navigation::Patch(to) if refuted(to) => Some(to.clone()),
                    _ => None,
                })
        };
        let patched = self.client.wait(at, self.refute_timeout, patched).await;
        if let Some(to) = patched {
            panic!("{at}: the page was patched to {to}");
        }
    }

    async fn navigated<T>(
        &self,
        at: &Location<'_>,
        wanted: impl Fn(&Navigation) -> Option<T>,
    ) -> Option<T> {
        let navigated = self.client.wait(at, self.assert_timeout, |page| {
            let (place, found) = page
                .navigations
                .iter()
                .enumerate()
                .find_map(|(place, navigation)| Some((place, wanted(navigation)?)))?;
            page.navigations.remove(place);
            Some(found)
        });
        navigated.await
    }

    fn not_gone(&self, at: &Location<'_>, what: &str) -> ! {
        let list: Vec<_> = self
            .page()
            .navigations
            .iter()
            .map(|navigation| format!("{navigation:?}"))
            .collect();
        panic!(
            "{at}: the page {what}; where it went and was not asserted: {}",
            none_or(&list)
        )
    }

    /// Waits for an event that the view pushed to the page, and takes it: `assert_push_event/4`.
    ///
    /// # Panics
    /// When there is none like that in time.
    #[track_caller]
    pub fn assert_push_event(
        &self,
        event: &str,
        pattern: impl Pattern,
    ) -> impl Future<Output = Value> {
        let at = Location::caller();
        async move {
            let pushed = self.client.wait(at, self.assert_timeout, |page| {
                self.take_event(page, event, &pattern)
            });
            if let Some(payload) = pushed.await {
                return payload;
            }
            let page = self.page();
            let events = page
                .views
                .get(&self.id)
                .into_iter()
                .flat_map(|view| &view.events);
            let list: Vec<_> = events
                .map(|(name, payload)| format!("{name}: {payload}"))
                .collect();
            drop(page);
            let list = none_or(&list);
            panic!(
                "{at}: no event {event} of {}; what was pushed and not asserted: {list}",
                pattern.describe()
            )
        }
    }

    /// Makes sure that the view does not push such an event: `refute_push_event/4`.
    ///
    /// # Panics
    /// When it does.
    #[track_caller]
    pub fn refute_push_event(
        &self,
        event: &str,
        pattern: impl Pattern,
    ) -> impl Future<Output = ()> {
        let at = Location::caller();
        async move {
            let pushed = self.client.wait(at, self.refute_timeout, |page| {
                self.take_event(page, event, &pattern)
            });
            if let Some(payload) = pushed.await {
                panic!("{at}: unexpected event {event}: {payload}");
            }
        }
    }

    fn take_event(&self, page: &mut Page, event: &str, pattern: &impl Pattern) -> Option<Value> {
        let events = &mut page.views.get_mut(&self.id)?.events;
        let place = events
            .iter()
            .position(|(name, payload)| name == event && matches(pattern, payload))?;
        Some(events.remove(place)?.1)
    }

    /// Waits for a reply of the view's `handle_event`, and takes it: `assert_reply/3`.
    ///
    /// # Panics
    /// When there is none like that in time.
    #[track_caller]
    pub fn assert_reply(&self, pattern: impl Pattern) -> impl Future<Output = Value> {
        let at = Location::caller();
        async move {
            let replied = self.client.wait(at, self.assert_timeout, |page| {
                let replies = &mut page.views.get_mut(&self.id)?.hook_replies;
                let place = replies.iter().position(|reply| matches(&pattern, reply))?;
                replies.remove(place)
            });
            if let Some(reply) = replied.await {
                return reply;
            }
            let page = self.page();
            let replies = page
                .views
                .get(&self.id)
                .into_iter()
                .flat_map(|view| &view.hook_replies);
            let list: Vec<_> = replies.map(Value::to_string).collect();
            drop(page);
            let list = none_or(&list);
            panic!(
                "{at}: no reply of {}; what was replied and not asserted: {list}",
                pattern.describe()
            )
        }
    }

    /// Makes sure that an HTML fragment is on the page; the message of a failure shows the page.
    ///
    /// # Panics
    /// When it is not.
    #[track_caller]
    pub fn assert_html(&self, fragment: &str) -> impl Future<Output = ()> {
        let at = Location::caller();
        async move {
            self.settle(at).await;
            let html = self.page().document.inner_html(&self.id);
            assert!(
                html.contains(fragment),
                "{at}: {fragment:?} is not in{}",
                excerpt(&html)
            );
        }
    }
}

fn matches(pattern: &impl Pattern, value: &Value) -> bool {
    pattern.matches(&Payload::json(value).expect("a JSON value can be written as JSON"))
}

fn none_or(list: &[String]) -> String {
    if list.is_empty() {
        "nothing".to_owned()
    } else {
        list.iter().map(|line| format!("\n  {line}")).collect()
    }
}
