//! The values of one key: dense for visiting, with stable ids for constant-time removal.

/// Names one member of one [`Members`] until it is removed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct MemberId(u32);

/// A sparse set: `dense` holds the members without gaps, `places` says for each id where.
pub(super) struct Members<V> {
    dense: Vec<Member<V>>,
    /// By id: the member's index in `dense`, or for an unused id the next unused one.
    places: Vec<u32>,
    /// The first unused id, or [`NONE`].
    unused: u32,
}

struct Member<V> {
    value: V,
    id: u32,
}

/// Never an id: a registry has at most this many entries, so the ids below it suffice.
const NONE: u32 = u32::MAX;

/// Below this capacity it is not worth giving memory back.
const KEPT_CAPACITY: usize = 64;

impl<V> Members<V> {
    /// Starts with room for one: most keys have a single value.
    pub(super) fn new(value: V) -> (Self, MemberId) {
        let mut members = Self {
            dense: Vec::with_capacity(1),
            places: Vec::with_capacity(1),
            unused: NONE,
        };
        let id = members.push(value);
        (members, id)
    }

    pub(super) fn push(&mut self, value: V) -> MemberId {
        let place = self.dense.len() as u32;
        let id = self.take_id(place);
        self.dense.push(Member { value, id });
        MemberId(id)
    }

    /// Moves the last member into the gap.
    pub(super) fn remove(&mut self, MemberId(id): MemberId) -> V {
        let place = self.places[id as usize];
        let member = self.dense.swap_remove(place as usize);
        if let Some(moved) = self.dense.get(place as usize) {
            self.places[moved.id as usize] = place;
        }
        self.places[id as usize] = self.unused;
        self.unused = id;
        self.give_memory_back();
        member.value
    }

    pub(super) fn len(&self) -> usize {
        self.dense.len()
    }

    pub(super) fn first(&self) -> Option<&V> {
        self.iter().next()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &V> {
        self.dense.iter().map(|member| &member.value)
    }

    fn take_id(&mut self, place: u32) -> u32 {
        let id = self.unused;
        if id == NONE {
            self.places.push(place);
            return self.places.len() as u32 - 1;
        }
        self.unused = std::mem::replace(&mut self.places[id as usize], place);
        id
    }

    /// `places` stays as long as it ever was: ids in use may be anywhere in it.
    fn give_memory_back(&mut self) {
        let capacity = self.dense.capacity();
        if capacity > KEPT_CAPACITY && self.dense.len() < capacity / 4 {
            self.dense.shrink_to(capacity / 2);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn removing_moves_the_last_member_into_the_gap_and_ids_stay_true() {
        let (mut members, first) = Members::new('a');
        let second = members.push('b');
        let third = members.push('c');

        assert_eq!(members.remove(first), 'a');
        assert_eq!(members.iter().collect::<String>(), "cb");
        assert_eq!(members.remove(third), 'c');
        assert_eq!(members.remove(second), 'b');
        assert_eq!(members.len(), 0);
    }

    #[test]
    fn ids_are_used_again_so_places_grow_only_with_the_peak() {
        let (mut members, _) = Members::new(0);
        for round in 1..1_000 {
            let id = members.push(round);
            assert_eq!(members.remove(id), round);
        }
        assert_eq!(members.places.len(), 2);
    }

    #[test]
    fn memory_is_given_back_as_members_leave() {
        let (mut members, _) = Members::new(0);
        let ids: Vec<_> = (1..10_000).map(|value| members.push(value)).collect();
        for id in ids {
            members.remove(id);
        }
        assert_eq!(members.first(), Some(&0));
        assert!(members.dense.capacity() <= 2 * KEPT_CAPACITY);
    }
}
