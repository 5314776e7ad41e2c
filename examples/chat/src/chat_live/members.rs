//! Who is in a room.

use bennu::live::rendered::Render;
use bennu::presence::{Entry, Presence};
use bennu::{component, heex};
use serde::{Deserialize, Serialize};

use crate::chats::User;
use crate::chats::message::topic;
use crate::pages::{hue, initial};

/// What is tracked of a person in one tab.
#[derive(Serialize, Deserialize)]
pub(super) struct Meta {
    name: String,
    typing: bool,
}

impl Meta {
    pub(super) fn new(user: &User, typing: bool) -> Self {
        let name = user.name.clone();
        Self { name, typing }
    }
}

/// Everybody in a room, by name.
pub(super) struct Members(Vec<Member>);

/// Someone in the room, however many tabs they have it open in.
struct Member {
    user_id: i64,
    name: String,
    typing: bool,
}

impl Members {
    pub(super) async fn list(presence: &Presence, chat_id: i64) -> Self {
        let present = presence.list(&topic(chat_id)).await;
        let members = present
            .iter()
            .filter_map(|(key, entry)| Member::new(key, entry));
        let mut members: Vec<_> = members.collect();
        members.sort_by_cached_key(|member| member.name.to_lowercase());
        Self(members)
    }

    /// What to say of those who are typing, besides oneself.
    pub(super) fn who_is_typing(&self, you: i64) -> Option<String> {
        let others = self.0.iter();
        let others = others.filter(|member| member.typing && member.user_id != you);
        let names: Vec<&str> = others.map(|member| &*member.name).collect();
        match *names {
            [] => None,
            [one] => Some(format!("{one} is typing")),
            [one, other] => Some(format!("{one} and {other} are typing")),
            _ => Some("Several people are typing".to_owned()),
        }
    }
}

impl Member {
    fn new(key: &str, entry: &Entry) -> Option<Self> {
        let metas = entry.metas.iter();
        let metas = metas.filter_map(|meta| meta.deserialize::<Meta>().ok());
        let metas: Vec<Meta> = metas.collect();
        Some(Self {
            user_id: key.parse().ok()?,
            typing: metas.iter().any(|meta| meta.typing),
            name: metas.into_iter().next()?.name,
        })
    }
}

/// The column of members.
#[component]
pub(super) fn column(members: &Members, you: i64) -> impl Render {
    heex! {
        <aside class="members" aria-labelledby="members-title">
            <h2 id="members-title">
                <span class="label">Members</span>
                <span id="members-count" class="count online">{members.0.len()}</span>
            </h2>
            <ul id="members" aria-labelledby="members-title">
                <.member :for={member in &members.0} :key={member.user_id}
                    member={member} you={member.user_id == you}/>
            </ul>
        </aside>
    }
}

#[component]
fn member(member: &Member, you: bool) -> impl Render {
    let hue = hue(member.user_id);
    heex! {
        <li id={format!("member-{}", member.user_id)} class={["member", &hue]}>
            <span class="avatar" aria-hidden="true">{initial(&member.name)}</span>
            <span class="name">{&member.name}</span>
            {if you { <span class="you">"(you)"</span> }}
            {if member.typing && !you {
                <span class="typing-dots"><i>.</i><i>.</i><i>.</i></span> <span class="visually-hidden">is typing</span>
            }}
        </li>
    }
}
