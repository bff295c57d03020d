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

    /// The item of this name, made when it is asked for the first time.
    pub(super) fn entry(&mut self, name: &str, make: impl FnOnce(Arc<str>) -> T) -> &mut T {
        let index = match self.by_name.get(name) {
            Some(&index) => index,
            None => {
                let name: Arc<str> = name.into();
                self.by_name.insert(Arc::clone(&name), self.items.len());
                self.items.push(make(name));
                self.items.len() - 1
            }
        };
        &mut self.items[index]
    }
}

impl Named<CheckTally> {
    /// Counts one outcome of a check.
    pub(super) fn count(&mut self, name: &str, passed: bool) {
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

    /// The group with this path below this one, made if need be.
    pub(super) fn at(&mut self, path: &str) -> &mut Self {
        names(path).fold(self, |group, name| {
            let parent = &group.path;
            let path = format!("{parent}{GROUP_SEPARATOR}{name}");
            group.groups.entry(name, |name| Self::new(name, path))
        })
    }

    /// Counts one outcome of a check in this group.
    pub(super) fn count_check(&mut self, name: &str, passed: bool) {
        self.checks.count(name, passed);
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
        let mut root = Group::default();
        root.at("::a::b").count_check("inner", true);
        root.at("::a").count_check("outer", false);
        root.at("").count_check("top", true);
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
        let mut root = Group::default();
        for name in ["z", "a", "z", "m"] {
            root.count_check(name, true);
        }
        let names: Vec<_> = root.checks().iter().map(|check| &*check.name).collect();
        assert_eq!(names, ["z", "a", "m"]);
    }
}
