//! Whether somebody is typing, told to the room at a bounded rate.

use std::time::Duration;

use bennu::channel::{NotDelivered, Recipient};
use bennu::live::task::Timer;
use tokio::task::JoinSet;
use tokio::time::sleep;

use super::Info;

/// How long the room rests after it was told of a change; a page that changes its mind meanwhile is told of once.
const REST: Duration = Duration::from_secs(1);

/// Who leaves a draft alone for this long is not typing.
pub(super) const PAUSE: Duration = Duration::from_secs(10);

/// What a person does and what the room was told.
#[derive(Default)]
pub(super) struct Typing {
    now: bool,
    told: bool,
    resting: bool,
    /// Ends the rest. Dropping it stops the timer, so that none outlives its view.
    timer: JoinSet<()>,
    /// Runs while the person pauses.
    pause: Option<Timer>,
}

impl Typing {
    /// Notes what the person does; returns what to tell the room, if it is to be told at once.
    #[must_use]
    pub(super) fn change(&mut self, now: bool) -> Option<bool> {
        self.now = now;
        self.tell()
    }

    /// Notes that the person has sent what was typed; returns what to tell the room, which is told of it whether it
    /// rests or not: with the message.
    #[must_use]
    pub(super) fn sent(&mut self) -> Option<bool> {
        self.resting = false;
        self.change(false)
    }

    /// The person has typed: the pause begins anew.
    pub(super) fn pause(&mut self, pause: Timer) {
        if let Some(earlier) = self.pause.replace(pause) {
            earlier.cancel();
        }
    }

    /// Ends the rest; returns what to tell the room, if that changed meanwhile.
    #[must_use]
    pub(super) fn rested(&mut self) -> Option<bool> {
        self.resting = false;
        self.tell()
    }

    /// Sends [`Info::Rested`] to the view when the rest is over, for it to call [`Typing::rested`].
    pub(super) fn wake(&mut self, view: Recipient<Info>) {
        self.timer = JoinSet::new();
        self.timer.spawn(async move {
            sleep(REST).await;
            while let Err(NotDelivered::Full(_)) = view.send(Info::Rested) {
                sleep(REST).await;
            }
        });
    }

    fn tell(&mut self) -> Option<bool> {
        if self.resting || self.now == self.told {
            return None;
        }
        self.told = self.now;
        self.resting = true;
        Some(self.told)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_change_is_told_at_once() {
        let mut typing = Typing::default();
        assert_eq!(typing.change(false), None);
        assert_eq!(typing.change(true), Some(true));
    }

    #[test]
    fn of_the_changes_during_a_rest_the_last_is_told_after_it() {
        let mut typing = Typing::default();
        assert_eq!(typing.change(true), Some(true));
        for now in [false, true, false] {
            assert_eq!(typing.change(now), None);
        }
        assert_eq!(typing.rested(), Some(false));
        assert_eq!(typing.change(true), None, "the room rests again");
        assert_eq!(typing.rested(), Some(true));
    }

    #[test]
    fn the_end_of_typing_is_told_with_the_message_and_the_next_beginning_after_a_rest() {
        let mut typing = Typing::default();
        assert_eq!(typing.change(true), Some(true));
        assert_eq!(typing.sent(), Some(false));
        assert_eq!(typing.change(true), None);
        assert_eq!(typing.rested(), Some(true));
        assert_eq!(typing.rested(), None);
        assert_eq!(typing.sent(), Some(false));
        assert_eq!(typing.sent(), None);
    }

    #[test]
    fn a_state_that_came_back_during_the_rest_is_not_told_again() {
        let mut typing = Typing::default();
        assert_eq!(typing.change(true), Some(true));
        assert_eq!(typing.change(false), None);
        assert_eq!(typing.change(true), None);
        assert_eq!(typing.rested(), None);
        assert_eq!(typing.change(false), Some(false));
    }
}
