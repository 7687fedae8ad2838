//! The dashboard for Grafana, as far as tests ask about it.

use std::path::Path;

use serde_json::Value;

/// A panel or a query of Grafana, in JSON.
pub type Part = Value;

/// The dashboard of the example `monitoring`.
#[derive(Debug)]
pub struct Dashboard(Value);

/// What a variable of the dashboard may be: the values that a label has, of the metrics that this query selects.
#[derive(Clone, Copy, Debug)]
pub struct Variable<'a> {
    /// The query.
    pub of: &'a str,
    /// The label.
    pub label: &'a str,
}

impl Dashboard {
    /// Reads it.
    ///
    /// # Panics
    /// If it is not there, or no JSON.
    pub fn read() -> Self {
        let file =
            Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/monitoring/grafana.json");
        let text = std::fs::read_to_string(file).expect("the example has a dashboard");
        Self(serde_json::from_str(&text).expect("a dashboard is JSON"))
    }

    /// Its panels, each as Grafana reads it, with rows.
    pub fn panels(&self) -> impl Iterator<Item = &Part> {
        items(&self.0["panels"])
    }

    /// The queries of all panels, each with its panel.
    pub fn queries(&self) -> impl Iterator<Item = (&Part, &Part)> {
        self.panels()
            .flat_map(|panel| items(&panel["targets"]).map(move |query| (panel, query)))
    }

    /// The variable by which one chooses where the data are: its type, then its name.
    ///
    /// # Panics
    /// If that is not its first variable.
    pub fn source(&self) -> (&str, &str) {
        let source = &self.0["templating"]["list"][0];
        assert_eq!(source["type"], "datasource", "it is the first variable");
        (text(source, "query"), text(source, "name"))
    }

    /// The other variables.
    ///
    /// # Panics
    /// If one does not have the values of a label.
    pub fn variables(&self) -> impl Iterator<Item = Variable<'_>> {
        let variables = items(&self.0["templating"]["list"]).skip(1);
        variables.map(|variable| {
            let definition = text(variable, "definition");
            assert_eq!(text(&variable["query"], "query"), definition);
            let values = definition.strip_prefix("label_values(");
            let values = values.and_then(|values| values.strip_suffix(')'));
            let parts = values.and_then(|values| values.rsplit_once(", "));
            let (of, label) = parts.expect("it has the values of a label");
            Variable { of, label }
        })
    }
}

/// The items of a list; none if there is no list.
fn items(list: &Part) -> impl Iterator<Item = &Part> {
    list.as_array().into_iter().flatten()
}

/// A text of a panel, a query or a variable.
///
/// # Panics
/// If it has no text of this name.
pub fn text<'a>(part: &'a Part, name: &str) -> &'a str {
    let text = part[name].as_str();
    text.unwrap_or_else(|| panic!("no text `{name}`: {part}"))
}
