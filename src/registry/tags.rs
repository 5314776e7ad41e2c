//! The first word of a bucket: a byte of the hash for each entry, and a count.

/// A byte of an entry's hash.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Tag(u8);

impl Tag {
    #[inline]
    pub(super) fn of(hash: u64) -> Self {
        Self(hash as u8)
    }
}

/// Seven places' tags from the lowest byte up, and in the highest byte how many entries passed by:
/// they belong in this bucket or one before it, found no place, and are in one behind it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Tags(u64);

/// How many tags, and thus places, there are.
pub(super) const PLACES: usize = 7;

const LOW_BITS: u64 = 0x0001_0101_0101_0101;
const HIGH_BITS: u64 = LOW_BITS << 7;
const PASSED: u32 = 8 * PLACES as u32;

impl Tags {
    pub(super) fn from_word(word: u64) -> Self {
        Self(word)
    }

    pub(super) fn word(self) -> u64 {
        self.0
    }

    /// The places that have this tag, and now and then one that has not.
    #[inline]
    pub(super) fn matching(self, tag: Tag) -> Places {
        let differing = self.0 ^ (LOW_BITS * u64::from(tag.0));
        // Subtracting borrows out of a byte that is zero, and so may mark the byte above it too.
        Places(differing.wrapping_sub(LOW_BITS) & !differing & HIGH_BITS)
    }

    /// The same tags with another at a place.
    pub(super) fn with(self, place: usize, tag: Tag) -> Self {
        Self(self.0 & !(0xff << (8 * place)) | u64::from(tag.0) << (8 * place))
    }

    /// Whether an entry that is not here may be in the next bucket.
    #[inline]
    pub(super) fn is_passed(self) -> bool {
        self.0 >> PASSED != 0
    }

    /// Counts one more that passed by; at 255 the count is lost, and stays.
    pub(super) fn passed(self) -> Self {
        self.count_by(1)
    }

    /// Counts one less.
    pub(super) fn unpassed(self) -> Self {
        self.count_by(u64::MAX)
    }

    fn count_by(self, step: u64) -> Self {
        let known = (self.0 >> PASSED) != 0xff;
        Self(self.0.wrapping_add(u64::from(known) * (step << PASSED)))
    }
}

/// Places in a bucket, in order.
#[derive(Clone, Copy, Debug)]
pub(super) struct Places(u64);

impl Iterator for Places {
    type Item = usize;

    #[inline]
    fn next(&mut self) -> Option<usize> {
        let first = self.0;
        self.0 &= first.checked_sub(1)?;
        Some(first.trailing_zeros() as usize / 8)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_is_found_wherever_it_is() {
        for tag in (0..=255).map(Tag) {
            for other in [0, 1, 2, 0x7f, 0x80, 0x81, 0xfe, 0xff].map(Tag) {
                let full = (0..PLACES).fold(Tags::default(), |tags, at| tags.with(at, other));
                for place in 0..PLACES {
                    let tags = full.passed().with(place, tag);
                    assert!(tags.matching(tag).any(|found| found == place));
                    let others = tags.matching(other).filter(|found| *found != place);
                    assert_eq!(others.count(), PLACES - 1);
                }
            }
        }
    }

    /// Only above a place that matches, and only if the two differ in the lowest bit alone.
    #[test]
    fn hardly_another_tag_is_taken_for_it() {
        let tags = (0..PLACES).fold(Tags::default(), |tags, place| {
            tags.with(place, Tag([9, 5, 4, 5, 200, 4, 0][place]))
        });
        assert_eq!(tags.matching(Tag(5)).collect::<Vec<_>>(), [1, 2, 3]);
        assert_eq!(tags.matching(Tag(0)).collect::<Vec<_>>(), [6]);
        assert_eq!(tags.matching(Tag(7)).count(), 0);
    }

    #[test]
    fn the_count_goes_up_and_down_and_never_touches_the_tags() {
        let tags = Tags::default().with(6, Tag(0x80));
        assert!(!tags.is_passed());
        let twice = tags.passed().passed();
        assert!(twice.unpassed().is_passed());
        assert_eq!(twice.unpassed().unpassed(), tags);
    }

    #[test]
    fn a_count_that_was_lost_stays_so() {
        let mut tags = Tags::default();
        for _ in 0..300 {
            tags = tags.passed();
        }
        for _ in 0..300 {
            tags = tags.unpassed();
        }
        assert!(tags.is_passed());
    }
}
