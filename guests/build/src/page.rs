//! The page docs/wit.md: worlds, interfaces, types and functions with what `wit/` says of them.

use std::fmt::Write as _;

use wit_parser::{
    Docs, Function, FunctionKind, Handle, Interface, InterfaceId, PackageId, Resolve, Result_,
    Stability, Type, TypeDef, TypeDefKind, TypeId, WorldId, WorldItem,
};

const INTRODUCTION: &str = "\
What a guest may call, and what it exports: the package of `wit/`, of which `make wit` makes this page, and
`target/wit/wasock-websocket-0.1.0.wasm`, the package as a registry takes it. Guests in other languages:
[guests.md](guests.md); other hosts: [hosts.md](hosts.md).

`make wit` needs nothing but cargo. Description, licence, source and version are in the file. Whoever has a registry
publishes it by `wkg`, of [wasm-pkg-tools](https://github.com/bytecodealliance/wasm-pkg-tools):

```console
$ make wit
$ wkg publish target/wit/wasock-websocket-0.1.0.wasm --registry registry.example
```

That was done with wkg 0.16.1 and a registry of its own, Debian's docker-registry; `wkg get wasock:websocket@0.1.0` gave
the same bytes back.

All of it is there since 0.1.0, except for what is unstable. A component that was built for this version keeps running:
tests keep one.

What is marked as unstable may change with any version. It is in `wit/` behind a feature (`@unstable`), which has to be
named to whatever reads the package, and not in the package for registries. The world [`async-client`](#async-client) is
for guests and hosts with `async` functions (component-model async): [hosts.md](hosts.md#guests-with-async-functions).
";

/// The page of a package.
pub fn page(resolve: &Resolve, package: PackageId) -> String {
    let package = &resolve.packages[package];
    let mut page = format!("# The WIT of {}\n\n{INTRODUCTION}\n", package.name);
    page += "## Worlds\n\n";
    for world in package.worlds.values() {
        page += &world_item(resolve, *world);
    }
    for interface in package.interfaces.values() {
        page += &interface_section(resolve, *interface);
    }
    page.truncate(page.trim_end().len());
    page + "\n"
}

fn world_item(resolve: &Resolve, world: WorldId) -> String {
    let world = &resolve.worlds[world];
    let names = |items: &mut dyn Iterator<Item = &WorldItem>| {
        let links = items.filter_map(|item| match item {
            WorldItem::Interface { id, .. } => resolve.interfaces[*id].name.as_deref(),
            _ => None,
        });
        links.map(|name| format!("[{name}](#{name})")).collect::<Vec<_>>().join(", ")
    };
    let mut text =
        format!("### `{}`\n\n{}{}", world.name, stability(&world.stability), prose(&world.docs));
    let _ = writeln!(text, "Imports {}.", names(&mut world.imports.values()));
    let exports = names(&mut world.exports.values());
    if !exports.is_empty() {
        let _ = writeln!(text, "Exports {exports}.");
    }
    text + "\n"
}

fn interface_section(resolve: &Resolve, id: InterfaceId) -> String {
    let interface = &resolve.interfaces[id];
    let name = interface.name.as_deref().unwrap_or_default();
    let mut text =
        format!("## {name}\n\n{}{}", stability(&interface.stability), prose(&interface.docs));
    for (name, id) in &interface.types {
        text += &type_section(resolve, interface, name, *id);
    }
    for function in interface.functions.values().filter(|function| is_free(function)) {
        text += &function_item(resolve, function);
    }
    text
}

fn is_free(function: &Function) -> bool {
    function.kind.resource().is_none()
}

fn type_section(resolve: &Resolve, interface: &Interface, name: &str, id: TypeId) -> String {
    let of = &resolve.types[id];
    let rows = |rows: Vec<(String, String, &Docs)>| table(&rows);
    let body = match &of.kind {
        TypeDefKind::Type(Type::Id(other))
            if of.docs.is_empty() && of.owner != resolve.types[*other].owner =>
        {
            return String::new();
        }
        TypeDefKind::Type(ty) => format!("The same as `{}`.\n\n", type_text(resolve, ty)),
        TypeDefKind::Record(record) => rows(
            record
                .fields
                .iter()
                .map(|f| (f.name.clone(), type_text(resolve, &f.ty), &f.docs))
                .collect(),
        ),
        TypeDefKind::Variant(variant) => rows(
            variant
                .cases
                .iter()
                .map(|case| {
                    let ty = case.ty.as_ref().map(|ty| type_text(resolve, ty)).unwrap_or_default();
                    (case.name.clone(), ty, &case.docs)
                })
                .collect(),
        ),
        TypeDefKind::Enum(cases) => rows(
            cases.cases.iter().map(|case| (case.name.clone(), String::new(), &case.docs)).collect(),
        ),
        TypeDefKind::Resource => methods(resolve, interface, id),
        _ => String::new(),
    };
    format!("### {} `{name}`\n\n{}{body}", kind_name(of), prose(&of.docs))
}

fn kind_name(of: &TypeDef) -> &'static str {
    of.kind.as_str()
}

fn methods(resolve: &Resolve, interface: &Interface, resource: TypeId) -> String {
    let of_resource = |function: &&Function| function.kind.resource() == Some(resource);
    let methods = interface.functions.values().filter(of_resource);
    methods.map(|function| function_item(resolve, function)).collect()
}

fn function_item(resolve: &Resolve, function: &Function) -> String {
    let skipped = usize::from(matches!(function.kind, FunctionKind::Method(_)));
    let parameters = function.params.iter().skip(skipped);
    let parameters: Vec<_> = parameters
        .map(|parameter| format!("{}: {}", parameter.name, type_text(resolve, &parameter.ty)))
        .collect();
    let result = match &function.result {
        Some(ty) if !matches!(function.kind, FunctionKind::Constructor(_)) => {
            format!(" -> {}", type_text(resolve, ty))
        }
        _ => String::new(),
    };
    let (name, keyword) = match function.kind {
        FunctionKind::Constructor(_) => ("constructor", ""),
        FunctionKind::Static(_) => (function.item_name(), ": static func"),
        _ if function.kind.is_async() => (function.item_name(), ": async func"),
        _ => (function.item_name(), ": func"),
    };
    let signature = format!("{name}{keyword}({}){result}", parameters.join(", "));
    format!("#### `{name}`\n\n```wit\n{signature}\n```\n\n{}", prose(&function.docs))
}

fn table(rows: &[(String, String, &Docs)]) -> String {
    let typed = rows.iter().any(|(_, ty, _)| !ty.is_empty());
    let mut text =
        if typed { "| | | |\n| --- | --- | --- |\n" } else { "| | |\n| --- | --- |\n" }.to_owned();
    for (name, ty, docs) in rows {
        let docs = docs.contents.as_deref().unwrap_or_default();
        let docs = docs.split_whitespace().collect::<Vec<_>>().join(" ").replace('|', "\\|");
        let ty = match (typed, ty.as_str()) {
            (false, _) => String::new(),
            (true, "") => " |".to_owned(),
            (true, ty) => format!(" `{ty}` |"),
        };
        let _ = writeln!(text, "| `{name}` |{ty} {docs} |");
    }
    text + "\n"
}

/// That a world or an interface may change, if it may.
fn stability(of: &Stability) -> String {
    match of {
        Stability::Unstable { feature, .. } => {
            format!("Unstable, behind the feature `{feature}`.\n\n")
        }
        Stability::Stable { .. } | Stability::Unknown => String::new(),
    }
}

/// What is said of an item. Its headings are set in bold: the page has headings of its own.
fn prose(docs: &Docs) -> String {
    let Some(text) = &docs.contents else { return String::new() };
    let lines = text.trim().lines().map(|line| match line.strip_prefix("# ") {
        Some(heading) => format!("**{heading}**\n"),
        None => format!("{line}\n"),
    });
    lines.collect::<String>() + "\n"
}

fn type_text(resolve: &Resolve, ty: &Type) -> String {
    let text = |ty: &Type| type_text(resolve, ty);
    let optional = |ty: &Option<Type>| ty.as_ref().map_or_else(|| "_".to_owned(), text);
    let Type::Id(id) = ty else { return format!("{ty:?}").to_lowercase() };
    let of = &resolve.types[*id];
    if let Some(name) = &of.name {
        return name.clone();
    }
    let named = |id: &TypeId| text(&Type::Id(*id));
    match &of.kind {
        TypeDefKind::Handle(Handle::Own(id)) => named(id),
        TypeDefKind::Handle(Handle::Borrow(id)) => format!("borrow<{}>", named(id)),
        TypeDefKind::Tuple(tuple) => {
            format!("tuple<{}>", tuple.types.iter().map(text).collect::<Vec<_>>().join(", "))
        }
        TypeDefKind::Option(ty) => format!("option<{}>", text(ty)),
        TypeDefKind::List(ty) => format!("list<{}>", text(ty)),
        TypeDefKind::Result(Result_ { ok, err: None }) => format!("result<{}>", optional(ok)),
        TypeDefKind::Result(Result_ { ok, err }) => {
            format!("result<{}, {}>", optional(ok), optional(err))
        }
        other => other.as_str().to_owned(),
    }
}
