//! What the blog as a whole looks like: topics with their counts, and the statistics of the archive.

use cache_core::cached;
use serde::{Deserialize, Serialize};

use crate::db::{Db, Result};
use crate::posts::ALL;

/// How many posts there are of something.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Count {
    pub name: String,
    pub posts: u32,
}

/// The categories, and the tags most used.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Topics {
    pub categories: Vec<Count>,
    pub tags: Vec<Count>,
}

/// One year of the blog.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Year {
    pub name: String,
    pub posts: u32,
    pub words: u64,
}

/// The archive in numbers.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Statistics {
    pub posts: u32,
    pub words: u64,
    pub years: Vec<Year>,
    pub authors: Vec<Count>,
}

/// Counts categories and tags: of all posts, or of those in a category.
#[cached(
    key = "topics:{category}",
    ttl = "10m",
    skip(db),
    tags("category:{category}")
)]
pub async fn topics(db: &Db, category: Option<&str>) -> Result<Topics> {
    let categories = "SELECT category, count(*) FROM live WHERE ?1 IS NULL OR category = ?1 GROUP BY 1 ORDER BY 2 DESC, 1";
    let tags =
        "SELECT value, count(*) FROM live, json_each(live.tags) WHERE ?1 IS NULL OR category = ?1
                GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 18";
    Ok(Topics {
        categories: counts(db, categories, category).await?,
        tags: counts(db, tags, category).await?,
    })
}

/// Counts posts, words and authors. Reads every word of every post.
#[cached(key = "statistics", ttl = "1h", skip(db), tags("category:{ALL}"))]
pub async fn statistics(db: &Db) -> Result<Statistics> {
    let bodies: Vec<(String, String)> = db
        .all("SELECT substr(published, 1, 4), body FROM live", ())
        .await?;
    let years = crate::work::blocking(move || words_by_year(&bodies)).await;
    let authors = "SELECT value, count(*) FROM live, json_each(live.authors) WHERE ?1 IS NULL OR category = ?1
                   GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 10";
    Ok(Statistics {
        posts: years.iter().map(|year| year.posts).sum(),
        words: years.iter().map(|year| year.words).sum(),
        years,
        authors: counts(db, authors, ALL).await?,
    })
}

/// The newest year first.
fn words_by_year(bodies: &[(String, String)]) -> Vec<Year> {
    let mut years = std::collections::BTreeMap::<&str, Year>::new();
    for (year, body) in bodies {
        let entry = years.entry(year).or_insert_with(|| Year {
            name: year.clone(),
            posts: 0,
            words: 0,
        });
        entry.posts += 1;
        entry.words += body.split_whitespace().count() as u64;
    }
    years.into_values().rev().collect()
}

async fn counts(db: &Db, sql: &'static str, category: Option<&str>) -> Result<Vec<Count>> {
    let rows: Vec<(String, u32)> = db.all(sql, (category.map(str::to_owned),)).await?;
    Ok(rows
        .into_iter()
        .map(|(name, posts)| Count { name, posts })
        .collect())
}
