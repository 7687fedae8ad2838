//! What the editor tells an author once: what was saved or deleted, and what that made stale.

use std::collections::BTreeSet;

use rusqlite::Row;
use serde::Serialize;

use crate::account::AuthUser;
use crate::db::{Db, Result};
use crate::writing::Edit;

/// "Saved “A title”."
#[derive(Serialize)]
pub struct Message {
    text: String,
    /// The post to look at, if readers see it.
    slug: Option<String>,
    /// The tags that were invalidated, separated by commas.
    tags: String,
}

/// Leaves a message for the next time that the user sees the list of posts.
pub async fn leave(db: &Db, user: &AuthUser, done: &str, edit: &Edit) -> Result<()> {
    let Some(post) = edit.after.as_ref().or(edit.before.as_ref()) else {
        return Ok(());
    };
    let live = edit.after.as_ref().filter(|post| !post.draft);
    // Before and after have most tags in common. `%-` is how a key spells `None`, which the code calls `ALL`.
    let stale = edit.stale();
    let tags = stale
        .iter()
        .map(|tag| String::from_utf8_lossy(tag.as_bytes()));
    let tags: BTreeSet<_> = tags.map(|tag| tag.replace("%-", "{ALL}")).collect();
    let message = (
        user.id,
        format!("{done} “{}”.", post.title),
        live.map(|post| post.slug.clone()),
        tags.into_iter().collect::<Vec<_>>().join(", "),
    );
    db.execute("REPLACE INTO messages VALUES (?1, ?2, ?3, ?4)", message)
        .await?;
    Ok(())
}

/// Takes the message that was left for the user, if any.
pub async fn take(db: &Db, user: &AuthUser) -> Result<Option<Message>> {
    let sql = "DELETE FROM messages WHERE user_id = ?1 RETURNING *";
    db.first(sql, (user.id,)).await
}

impl TryFrom<&Row<'_>> for Message {
    type Error = rusqlite::Error;

    fn try_from(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            text: row.get("text")?,
            slug: row.get("slug")?,
            tags: row.get("tags")?,
        })
    }
}
