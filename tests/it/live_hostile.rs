//! What no page of ours would send, and views that fail: a clear answer each time, and nobody else notices (liveview-wire 3.5,
//! 4.4, 6.5, 6.6, 7, 14.10).

mod components;
mod floods;
mod house;
mod messages;
mod panics;
mod races;
mod tokens;
