//! The requests of users of the chat, and the replies.

use serde::{Deserialize, Serialize};

use crate::engine::term::Term;

/// A request of a user.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Operation {
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
pub enum Answer {
    /// The post has this place in its room, counted from 1.
    Posted(u64),
    /// The messages of the room, oldest first: a list that is passed on as it is, however long.
    Messages(Term),
    /// The room has so many members now.
    Joined(u64),
}

impl Operation {
    /// Its name.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Operation::Post { .. } => "post",
            Operation::Read { .. } => "read",
            Operation::Join { .. } => "join",
        }
    }

    /// The room that it is about.
    #[must_use]
    pub fn room(&self) -> &str {
        match self {
            Operation::Post { room, .. }
            | Operation::Read { room }
            | Operation::Join { room, .. } => room,
        }
    }

    /// The same without what would make a second sending of it harmless.
    #[must_use]
    pub fn without_key(self) -> Operation {
        match self {
            Operation::Post { room, text, key: _ } => Operation::Post { room, text, key: None },
            other @ (Operation::Read { .. } | Operation::Join { .. }) => other,
        }
    }
}
