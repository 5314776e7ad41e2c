//! The way from room to room, over the same connection.

use bennu::live::components::link;
use bennu::live::rendered::Render;
use bennu::{component, heex};

use crate::chats::{Chat, ROOMS_MAX};

/// The rooms, by name.
pub(super) struct RoomList(Vec<Chat>);

impl RoomList {
    pub(super) const fn new(rooms: Vec<Chat>) -> Self {
        Self(rooms)
    }

    /// Takes up a room that was made just now; past [`ROOMS_MAX`] the last one of the list goes.
    pub(super) fn insert(&mut self, room: Chat) {
        if self.0.iter().any(|known| known.id == room.id) {
            return;
        }
        self.0.push(room);
        self.0.sort_by_cached_key(|room| room.name.to_lowercase());
        self.0.truncate(ROOMS_MAX as usize);
    }
}

/// The column of rooms; on a phone a sheet that the header's button opens.
#[component]
pub(super) fn column(rooms: &RoomList, current: i64) -> impl Render {
    heex! {
        <nav id="room-list" class="room-list" aria-labelledby="room-list-title" popover>
            <h2 id="room-list-title">Rooms</h2>
            <ul>
                <li :for={room in &rooms.0} :key={room.id}>
                    <.link navigate={&format!("/chats/{}", room.id)} id={format!("to-room-{}", room.id)}
                        aria-current={(room.id == current).then_some("page")}>{&room.name}</.link>
                </li>
            </ul>
            <a class="new-room" href="/">"New room"</a>
        </nav>
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;

    fn chat(id: i64, name: &str) -> Chat {
        Chat {
            id,
            name: name.to_owned(),
            created_at: Timestamp::UNIX_EPOCH,
        }
    }

    #[test]
    fn a_new_room_takes_its_place_once() {
        let mut rooms = RoomList::new(vec![chat(1, "general"), chat(2, "Lunch")]);
        for _ in 0..2 {
            rooms.insert(chat(3, "Jokes"));
        }
        let names: Vec<_> = rooms.0.iter().map(|room| &*room.name).collect();
        assert_eq!(names, ["general", "Jokes", "Lunch"]);
    }

    #[test]
    fn rooms_are_500_at_most() {
        let rooms = (0..500).map(|id| chat(id, "n"));
        let mut rooms = RoomList::new(rooms.collect());
        rooms.insert(chat(500, "a"));
        assert_eq!(rooms.0.len(), 500);
        assert_eq!(rooms.0[0].id, 500);
    }
}
