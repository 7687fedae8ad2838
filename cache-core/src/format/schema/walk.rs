//! The walks of the probe through a type: each goes to one place that no walk has seen, and what it finds is hashed.
//!
//! A walk makes a choice at every struct, variant, sequence and so on that it enters. The next walk repeats the choices
//! of the one before it up to the last that has an alternative left, as an odometer counts. What is found on new ground
//! is hashed in that order, so the hash is that of the whole tree.

use std::any::type_name;
use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::fmt;
use std::hash::Hasher;
use std::panic::{AssertUnwindSafe, catch_unwind};

use siphasher::sip128::{Hasher128, SipHasher13};

use super::{FieldNames, Fingerprint, Schema};

/// Walks in all. A walk ends at a leaf, and a type that was seen is not entered again: this many are a large type.
const WALKS: usize = 500;
/// How deep a walk may go, and how deep a value that it makes up may nest.
pub(super) const DEPTH: usize = 100;
/// Calls of the type on the probe in all.
const STEPS: usize = 200_000;

/// What stands at a place, as it is hashed: the numbers are part of the stored format.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub(super) enum NodeKind {
    Bool = 1,
    I8,
    I16,
    I32,
    I64,
    I128,
    U8,
    U16,
    U32,
    U64,
    U128,
    F32,
    F64,
    Char,
    Str,
    Bytes,
    Unit,
    Option,
    Newtype,
    Seq,
    Tuple,
    Map,
    Struct,
    Enum,
    UnitVariant,
    NewtypeVariant,
    TupleVariant,
    StructVariant,
    /// A type that was met before.
    Again,
    /// The next alternative of a place.
    Next,
    /// The walk did not arrive anywhere.
    Cut,
    /// Only the bytes know.
    Any,
    /// The end of all walks.
    End,
}

/// A place with parts to choose from.
pub(super) struct SchemaNode {
    pub(super) kind: NodeKind,
    pub(super) name: &'static str,
    pub(super) labels: &'static [&'static str],
    /// How many alternatives there are to walk.
    pub(super) parts: usize,
    /// What tells the type from others; `None` for what belongs to an enclosing type.
    pub(super) identity: Option<String>,
}

impl SchemaNode {
    /// A place of a type that is told from others by its visitor and by what the visitor makes.
    pub(super) fn of<V, T>(
        kind: NodeKind,
        name: &'static str,
        labels: &'static [&'static str],
        parts: usize,
    ) -> Self {
        let (visitor, value) = (type_name::<V>(), type_name::<T>());
        let identity = format!("{kind:?} {parts} {name} {labels:?} {visitor} {value}");
        Self {
            kind,
            name,
            labels,
            parts,
            identity: Some(identity),
        }
    }
}

/// The walk gives up: it has seen what it came for, or cannot go on.
#[derive(Debug)]
pub(super) struct Stop;

impl fmt::Display for Stop {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("the probe has seen enough")
    }
}

impl std::error::Error for Stop {}

impl serde::de::Error for Stop {
    fn custom<T: fmt::Display>(_: T) -> Self {
        Self
    }
}

struct Choice {
    taken: usize,
    of: usize,
}

/// All walks through one type.
pub(super) struct SchemaWalk {
    hasher: RefCell<SipHasher13>,
    script: RefCell<Vec<Choice>>,
    /// How many choices of the script this walk has made.
    at: Cell<usize>,
    seen: RefCell<HashMap<String, usize>>,
    names: RefCell<FieldNames>,
    arrived: Cell<bool>,
    whole: Cell<bool>,
    walks: Cell<usize>,
    steps: Cell<usize>,
}

impl SchemaWalk {
    pub(super) fn new() -> Self {
        // The keys are fixed: a schema must hash alike in every process that shares a store.
        let hasher = SipHasher13::new_with_keys(0x7368_6170_6520_6f66, 0x2061_2074_7970_6521);
        Self {
            hasher: RefCell::new(hasher),
            script: RefCell::default(),
            at: Cell::new(0),
            seen: RefCell::default(),
            names: RefCell::default(),
            arrived: Cell::new(false),
            whole: Cell::new(true),
            walks: Cell::new(0),
            steps: Cell::new(0),
        }
    }

    /// One walk by `visit`, and whether there is another one to go.
    pub(super) fn next(&self, visit: impl FnOnce() -> bool) -> bool {
        self.at.set(0);
        self.arrived.set(false);
        self.walks.set(self.walks.get() + 1);
        let panicked = catch_unwind(AssertUnwindSafe(visit)).is_err();
        if panicked || !self.arrived.get() {
            self.cut();
        }
        self.advance()
    }

    fn advance(&self) -> bool {
        let mut script = self.script.borrow_mut();
        while let Some(last) = script.last_mut() {
            last.taken += 1;
            if last.taken < last.of {
                if self.walks.get() == WALKS || self.steps.get() >= STEPS {
                    break;
                }
                let (depth, taken) = (script.len(), script[script.len() - 1].taken);
                drop(script);
                self.note(NodeKind::Next);
                self.number(depth);
                self.number(taken);
                return true;
            }
            script.pop();
        }
        if !script.is_empty() {
            self.cut();
        }
        false
    }

    pub(super) fn finish(self, name: &str) -> Schema {
        let whole = self.whole.get();
        self.note(NodeKind::End);
        if !whole {
            self.text(name);
        }
        Schema {
            fingerprint: Fingerprint::of_hash(self.hasher.borrow().finish128().as_u128()),
            whole,
            names: self.names.into_inner(),
        }
    }

    /// Enters a place, and says which of its parts this walk is to look at.
    pub(super) fn enter(&self, place: SchemaNode) -> Result<usize, Stop> {
        self.step()?;
        let at = self.at.get();
        if let Some(choice) = self.script.borrow().get(at) {
            self.at.set(at + 1);
            return Ok(choice.taken);
        }
        if at == DEPTH {
            return Err(Stop);
        }
        if let Some(identity) = place.identity {
            let mut seen = self.seen.borrow_mut();
            let fresh = seen.len();
            let first = *seen.entry(identity).or_insert(fresh);
            if first != fresh {
                let stop = self.leaf_found(NodeKind::Again);
                self.number(first);
                return Err(stop);
            }
        }
        self.note(place.kind);
        self.text(place.name);
        self.number(place.labels.len());
        for label in place.labels {
            self.text(label);
        }
        self.number(place.parts);
        if place.parts == 0 {
            self.arrived.set(true);
            return Err(Stop);
        }
        self.script.borrow_mut().push(Choice {
            taken: 0,
            of: place.parts,
        });
        self.at.set(at + 1);
        Ok(0)
    }

    /// The end of this walk: a place without parts.
    pub(super) fn leaf(&self, kind: NodeKind) -> Stop {
        match self.step() {
            Ok(()) => self.leaf_found(kind),
            Err(stop) => stop,
        }
    }

    fn leaf_found(&self, kind: NodeKind) -> Stop {
        self.note(kind);
        self.arrived.set(true);
        Stop
    }

    /// The end of this walk: what stands here is decided by the bytes.
    pub(super) fn opaque(&self) -> Stop {
        self.whole.set(false);
        self.leaf(NodeKind::Any)
    }

    pub(super) fn names(&self, change: impl FnOnce(&mut FieldNames)) {
        change(&mut self.names.borrow_mut());
    }

    /// A call on the probe. Who goes on after the walk has arrived swallows errors, and has nothing more to tell.
    pub(super) fn step(&self) -> Result<(), Stop> {
        self.steps.set(self.steps.get() + 1);
        if self.arrived.get() || self.steps.get() >= STEPS {
            return Err(Stop);
        }
        Ok(())
    }

    fn cut(&self) {
        self.whole.set(false);
        self.note(NodeKind::Cut);
    }

    fn note(&self, kind: NodeKind) {
        self.hasher.borrow_mut().write_u8(kind as u8);
    }

    fn number(&self, number: usize) {
        self.hasher.borrow_mut().write_u64(number as u64);
    }

    fn text(&self, text: &str) {
        self.number(text.len());
        self.hasher.borrow_mut().write(text.as_bytes());
    }
}
