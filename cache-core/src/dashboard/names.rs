//! Tags, keys and namespaces: who declares them, and who invalidates them.

use serde_json::{Map, Value, json};

use super::sites::SiteNumbers;
use crate::audit::{NameUse, audit_of_names};
use crate::site::{Named, SiteInfo, all_sites};

pub(super) fn names() -> Value {
    let numbers = SiteNumbers::of(&all_sites());
    let ids = |infos: &[&'static SiteInfo]| -> Vec<usize> {
        infos.iter().filter_map(|info| numbers.get(info)).collect()
    };
    let uses = audit_of_names().names();
    let mut sites = Map::new();
    for info in uses.iter().flat_map(|used| &used.invalidated_by) {
        if let Some(id) = numbers.get(info) {
            let site = json!({"name": info.name, "file": info.file, "line": info.line});
            sites.insert(id.to_string(), site);
        }
    }
    let names: Vec<_> = uses
        .iter()
        .map(|used| {
            json!({
                "what": what(used),
                "template": used.pattern.template,
                "declared_by": ids(&used.declared_by),
                "invalidated_by": ids(&used.invalidated_by),
                "dead": used.declared_by.is_empty(),
            })
        })
        .collect();
    json!({"names": names, "sites": sites})
}

fn what(used: &NameUse) -> &'static str {
    match used.pattern.what {
        Named::Key => "key",
        Named::Tag => "tag",
        Named::Namespace => "namespace",
    }
}
