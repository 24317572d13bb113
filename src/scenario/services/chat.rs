//! The requests of users of the chat, and the replies.

use serde::{Deserialize, Serialize};

use crate::engine::term::Term;

/// A request of a user.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChatOperation {
    /// To say something in a room.
    Post {
        /// The room.
        room: String,
        /// The text of the message.
        text: String,
        /// Tells this post from all others, so that one that is sent twice appears once.
        key: Option<String>,
    },
    /// To see all that has been said in a room.
    Read {
        /// The room.
        room: String,
    },
    /// To be listed as a member of a room.
    Join {
        /// The room.
        room: String,
        /// The user.
        user: String,
    },
}

/// A reply to a user.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChatAnswer {
    /// The post has this place in its room, counted from 1.
    Posted(u64),
    /// The messages of the room, oldest first: a list that is passed on as it is, however long.
    Messages(Term),
    /// The room has this many members now.
    Joined(u64),
}

impl ChatOperation {
    /// Its name.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            ChatOperation::Post { .. } => "post",
            ChatOperation::Read { .. } => "read",
            ChatOperation::Join { .. } => "join",
        }
    }

    /// The room that it is about.
    #[must_use]
    pub fn room(&self) -> &str {
        match self {
            ChatOperation::Post { room, .. }
            | ChatOperation::Read { room }
            | ChatOperation::Join { room, .. } => room,
        }
    }

    /// The same without what would make a second sending of it harmless.
    #[must_use]
    pub fn without_key(self) -> ChatOperation {
        match self {
            ChatOperation::Post { room, text, key: _ } => {
                ChatOperation::Post { room, text, key: None }
            }
            other @ (ChatOperation::Read { .. } | ChatOperation::Join { .. }) => other,
        }
    }
}
