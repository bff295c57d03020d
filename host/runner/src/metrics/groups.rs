//! The tree of groups and the checks in it.

use std::collections::HashMap;
use std::sync::Arc;

/// What stands before every name in the path of a group: `::outer::inner`.
pub const GROUP_SEPARATOR: &str = "::";

/// How often a check passed and failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckTally {
    /// The name of the check.
    pub name: Arc<str>,
    /// How often it passed.
    pub passes: u64,
    /// How often it failed.
    pub fails: u64,
}

/// How many groups results keep apart. Each costs memory, and in the full summary a sink for each metric, so a
/// script with more has most likely put data into the name. What belongs to further ones counts for the group
/// around them.
pub const MAX_GROUPS: usize = 1_000;

/// How many checks results keep apart, for the same reason. Further ones count as [`FURTHER_CHECKS`].
pub const MAX_CHECKS: usize = 10_000;

/// The name that checks beyond [`MAX_CHECKS`] count under.
pub const FURTHER_CHECKS: &str = "(further checks)";

/// How many sums of metrics the full summary keeps for its groups and scenarios, all together. That of a trend may
/// take 128 KiB, so these are 512 MiB at the very worst: 200 groups with all that a group commonly has. Further ones
/// are left out.
pub const MAX_DETAILS: usize = 4_096;

/// How many names a tree of groups still has room for.
#[derive(Debug)]
pub(super) struct Room {
    groups: Left,
    checks: Left,
    sinks: Left,
}

impl Default for Room {
    fn default() -> Self {
        let left = |left| Left { left, refused: 0 };
        Self { groups: left(MAX_GROUPS), checks: left(MAX_CHECKS), sinks: left(MAX_DETAILS) }
    }
}

impl Room {
    /// How much has found no room.
    pub(super) fn refused(&self) -> Refused {
        Refused {
            groups: self.groups.refused,
            checks: self.checks.refused,
            details: self.sinks.refused,
        }
    }

    /// Whether there is room for one more sum of a metric.
    pub(super) fn admits_sink(&mut self) -> bool {
        self.sinks.take()
    }
}

/// What results had no room for: samples that were not kept apart.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Refused {
    /// Those that count for the group around theirs; see [`MAX_GROUPS`].
    pub groups: u64,
    /// Those that count as [`FURTHER_CHECKS`].
    pub checks: u64,
    /// Those that the full summary leaves out in its parts; see [`MAX_DETAILS`].
    pub details: u64,
}

#[derive(Debug)]
struct Left {
    left: usize,
    refused: u64,
}

impl Left {
    fn take(&mut self) -> bool {
        match self.left.checked_sub(1) {
            Some(left) => {
                self.left = left;
                true
            }
            None => {
                self.refused += 1;
                false
            }
        }
    }
}

/// A list in order of arrival, with an index by name.
#[derive(Debug)]
pub(super) struct Named<T> {
    items: Vec<T>,
    by_name: HashMap<Arc<str>, usize>,
}

impl<T> Default for Named<T> {
    fn default() -> Self {
        Self { items: Vec::new(), by_name: HashMap::new() }
    }
}

impl<T> Named<T> {
    pub(super) fn items(&self) -> &[T] {
        &self.items
    }

    fn index(&self, name: &str) -> Option<usize> {
        self.by_name.get(name).copied()
    }

    /// The item of this name, made when it is asked for the first time.
    pub(super) fn entry(&mut self, name: &str, make: impl FnOnce(Arc<str>) -> T) -> &mut T {
        let index = self.index(name).unwrap_or_else(|| {
            let name: Arc<str> = name.into();
            self.by_name.insert(Arc::clone(&name), self.items.len());
            self.items.push(make(name));
            self.items.len() - 1
        });
        &mut self.items[index]
    }

    /// Whether there is an item of this name, or room for one.
    fn admits(&self, name: &str, left: &mut Left) -> bool {
        self.index(name).is_some() || left.take()
    }

    /// Whether there is a group of this name, or room for one.
    pub(super) fn admits_group(&self, name: &str, room: &mut Room) -> bool {
        self.admits(name, &mut room.groups)
    }
}

impl Named<CheckTally> {
    /// Counts one outcome of a check.
    pub(super) fn count(&mut self, name: &str, passed: bool, room: &mut Room) {
        let name = if self.admits(name, &mut room.checks) { name } else { FURTHER_CHECKS };
        let check = self.entry(name, |name| CheckTally { name, passes: 0, fails: 0 });
        if passed {
            check.passes += 1;
        } else {
            check.fails += 1;
        }
    }
}

/// A group of a script, with the groups and checks directly in it, each in the order of their first use.
#[derive(Debug)]
pub struct Group {
    name: Arc<str>,
    path: String,
    groups: Named<Group>,
    checks: Named<CheckTally>,
}

impl Default for Group {
    fn default() -> Self {
        Self::new(Arc::default(), String::new())
    }
}

impl Group {
    fn new(name: Arc<str>, path: String) -> Self {
        Self { name, path, groups: Named::default(), checks: Named::default() }
    }

    /// The name; empty for the root.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The path from the root, as in the tag `group`: `::outer::inner`; empty for the root.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The groups directly in this one.
    pub fn groups(&self) -> &[Self] {
        self.groups.items()
    }

    /// The checks directly in this group.
    pub fn checks(&self) -> &[CheckTally] {
        self.checks.items()
    }

    /// The group with this path below this one, made if need be, or the innermost around it that there is
    /// room for.
    pub(super) fn at(&mut self, path: &str, room: &mut Room) -> &mut Self {
        let mut group = self;
        for name in names(path) {
            if !group.groups.admits_group(name, room) {
                return group;
            }
            let Self { groups, path, .. } = group;
            let below =
                |name: Arc<str>| Self::new(name.clone(), format!("{path}{GROUP_SEPARATOR}{name}"));
            group = groups.entry(name, below);
        }
        group
    }

    /// Counts one outcome of a check in this group.
    pub(super) fn count_check(&mut self, name: &str, passed: bool, room: &mut Room) {
        self.checks.count(name, passed, room);
    }
}

/// The names in the path of a group, from the outermost to the innermost.
pub(super) fn names(path: &str) -> impl Iterator<Item = &str> {
    path.split(GROUP_SEPARATOR).filter(|name| !name.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_nest_by_their_path() {
        let (mut root, mut room) = (Group::default(), Room::default());
        root.at("::a::b", &mut room).count_check("inner", true, &mut room);
        root.at("::a", &mut room).count_check("outer", false, &mut room);
        root.at("", &mut room).count_check("top", true, &mut room);
        assert_eq!(root.checks()[0].name.as_ref(), "top");
        let a = &root.groups()[0];
        assert_eq!((a.name(), a.path()), ("a", "::a"));
        assert_eq!((a.checks()[0].passes, a.checks()[0].fails), (0, 1));
        let b = &a.groups()[0];
        assert_eq!((b.name(), b.path()), ("b", "::a::b"));
        assert_eq!((b.checks()[0].passes, b.checks()[0].fails), (1, 0));
    }

    #[test]
    fn checks_keep_the_order_of_their_first_use() {
        let (mut root, mut room) = (Group::default(), Room::default());
        for name in ["z", "a", "z", "m"] {
            root.count_check(name, true, &mut room);
        }
        let names: Vec<_> = root.checks().iter().map(|check| &*check.name).collect();
        assert_eq!(names, ["z", "a", "m"]);
    }

    #[test]
    fn checks_beyond_the_limit_are_counted_together() {
        let (mut root, mut room) = (Group::default(), Room::default());
        for number in 0..MAX_CHECKS + 3 {
            root.count_check(&format!("message {number}"), number % 2 == 0, &mut room);
        }
        root.count_check("message 0", false, &mut room);
        assert_eq!(root.checks().len(), MAX_CHECKS + 1);
        assert_eq!((root.checks()[0].passes, root.checks()[0].fails), (1, 1));
        let further = &root.checks()[MAX_CHECKS];
        assert_eq!((&*further.name, further.passes, further.fails), (FURTHER_CHECKS, 2, 1));
        assert_eq!(room.refused(), Refused { checks: 3, ..Refused::default() });
    }

    #[test]
    fn what_belongs_to_groups_beyond_the_limit_counts_for_the_group_around_them() {
        let (mut root, mut room) = (Group::default(), Room::default());
        for number in 0..MAX_GROUPS - 1 {
            let group = root.at(&format!("::all::{number}"), &mut room);
            assert_eq!(group.name(), number.to_string());
        }
        assert_eq!(room.refused(), Refused::default());
        assert_eq!(root.at("::all::more::and more", &mut room).path(), "::all");
        assert_eq!(root.at("::more", &mut room).path(), "");
        assert_eq!(root.at("::all::7", &mut room).path(), "::all::7");
        assert_eq!(room.refused().groups, 2);
    }
}
