//! Notes: bytes beside the entries, which no invalidation reaches.

use std::time::Duration;

use super::{Far, token};
use crate::error::Result;
use crate::name::Name;
use crate::store::{Put, When};

impl Far {
    /// Writes a note in the place of the one of this name.
    ///
    /// # Errors
    ///
    /// If the store could not be reached.
    pub(crate) async fn note(&self, name: Name, text: &[u8], ttl: Duration) -> Result<()> {
        let (key, value) = (self.space.note(name), [&token::fresh().0, text].concat());
        let put = Put {
            key: &key,
            value: &value,
            ttl: Some(ttl),
            when: When::Always,
        };
        // What the store has no room for is not noted.
        self.put(&[put]).await.map(drop)
    }

    /// The note of this name.
    ///
    /// # Errors
    ///
    /// If the store could not be reached.
    #[cfg(feature = "axum")]
    pub(crate) async fn noted(&self, name: Name) -> Result<Option<Vec<u8>>> {
        let answer = self.get(&[&self.space.note(name)], false).await?;
        let found = answer.found.into_iter().next().flatten();
        Ok(found.map(|found| found.value[crate::store::Token::LENGTH..].to_vec()))
    }
}
