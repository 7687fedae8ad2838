//! Templates to text.

use std::sync::LazyLock;

use axum::response::Html;
use include_dir::{Dir, include_dir};
use minijinja::value::Serde;
use minijinja::{Environment, UndefinedBehavior, Value};
use time::macros::format_description;
use time::{Date, UtcDateTime};

use crate::negotiate::Language;
use crate::problem::Problem;
use crate::work;

static TEMPLATES: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/examples/blog/templates");

static ENGINE: LazyLock<Environment<'static>> = LazyLock::new(|| {
    let mut engine = Environment::new();
    engine.set_undefined_behavior(UndefinedBehavior::SemiStrict);
    for file in TEMPLATES.files() {
        let (name, text) = (
            file.path().to_str().unwrap_or_default(),
            file.contents_utf8().unwrap_or_default(),
        );
        engine
            .add_template(name, text)
            .expect("the templates of the program are well formed");
    }
    engine.add_global("t", Value::from(Serde(Language::English.texts())));
    engine.add_function("moment", moment);
    cache_core::minijinja::add_to(&mut engine);
    engine.add_filter("date", date);
    engine
});

/// Values by their names, for a template: `context! { post, n => 7 }`. Serde writes them.
macro_rules! context {
    (@ $name:ident) => { $name };
    (@ $name:ident => $value:expr) => { $value };
    ($($name:ident $(=> $value:expr)?),* $(,)?) => {
        minijinja::context! {
            $($name => minijinja::value::Serde(&$crate::render::context!(@ $name $(=> $value)?))),*
        }
    };
}

pub(crate) use context;

/// A page of the blog.
pub fn page(template: &str, context: Value) -> Result<Html<String>, Problem> {
    Ok(Html(ENGINE.get_template(template)?.render(context)?))
}

/// When a page is rendered, and how many queries that took. It stays true for as long as the page is kept.
fn moment() -> Value {
    let at = UtcDateTime::now()
        .format(format_description!("[hour]:[minute]:[second]"))
        .unwrap_or_default();
    context! { at, queries => work::queries_so_far() }
}

/// `{{ post.published|date }}`, or `date("de")`: as the language writes it.
fn date(iso: &str, code: Option<&str>) -> Result<String, minijinja::Error> {
    let date = Date::parse(iso, format_description!("[year]-[month]-[day]")).map_err(|error| {
        minijinja::Error::new(minijinja::ErrorKind::InvalidOperation, error.to_string())
    })?;
    Ok(Language::from_code(code.unwrap_or_default()).date(date))
}
