//! Who is present under which topic.

#[cfg_attr(
    not(test),
    expect(
        dead_code,
        reason = "the tracker that drives the state comes with the face"
    )
)]
pub(crate) mod state;
