//! The keys of a keyboard.

use serde_json::{Value, json};

/// Goes to the next thing that has the focus.
pub const TAB: &str = "\u{E004}";
/// Sends a form, or uses what has the focus.
pub const ENTER: &str = "\u{E007}";
/// Closes a dialogue.
pub const ESCAPE: &str = "\u{E00C}";
/// Held with the keys that follow.
pub const SHIFT: &str = "\u{E008}";

/// The input that presses these keys one after the other.
pub(super) fn actions(keys: &[&str]) -> Value {
    let mut actions = Vec::new();
    let mut held = Vec::new();
    for key in keys.iter().flat_map(|keys| keys.chars()) {
        actions.push(json!({ "type": "keyDown", "value": key }));
        if SHIFT.contains(key) {
            held.push(key);
        } else {
            actions.push(json!({ "type": "keyUp", "value": key }));
        }
    }
    let released = held.into_iter().rev();
    actions.extend(released.map(|key| json!({ "type": "keyUp", "value": key })));
    json!({ "actions": [{ "type": "key", "id": "keyboard", "actions": actions }] })
}
